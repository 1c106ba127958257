namespace SparseCoding.Backends;

/// <content>Fused operations: each has a body composed of primitives, which is its specification.</content>
internal abstract partial class Backend
{
    /// <summary>codes = select(x·weightsᵀ + bias): x [rows, d], weights [atoms, d], bias [1, atoms]. The default needs a [rows, atoms] scratch; a device may work in tiles.</summary>
    public virtual void EncodeAndSelect(DeviceMatrix x, DeviceMatrix weights, DeviceMatrix? bias, SelectionRule rule, DeviceCodes codes)
    {
        DeviceMatrix pre = Scratch("encode.pre", x.Rows, (int)weights.Rows);
        Product(x, false, weights, true, pre, new ProductEpilogue { Bias = bias });
        Select(pre, rule, codes);
    }

    /// <summary>residual = codes·dictionary + offset − x, all [rows, d]; the sign is that of the gradient. Without x it is the plain product.</summary>
    public virtual void DecodeResidual(DeviceCodes codes, DeviceMatrix dictionary, DeviceMatrix? offset, DeviceMatrix? x, DeviceMatrix residual)
    {
        DeviceMatrix dense = Scratch("decode.dense", codes.Rows, codes.AtomCount);
        Densify(codes, dense);
        if (x is not null)
        {
            Map(MapOperation.Scale, residual, x);
        }

        Product(dense, false, dictionary, false, residual, new ProductEpilogue { Beta = x is null ? 0 : -1, Bias = offset });
    }

    /// <summary>values(r, i) = alpha·⟨dictionary[index(r, i)], residual[r]⟩ at the support only.</summary>
    public virtual void SampledProduct(DeviceCodes support, DeviceMatrix dictionary, DeviceMatrix residual, DeviceMatrix values, float alpha)
    {
        DeviceMatrix all = Scratch("sampled.all", residual.Rows, (int)dictionary.Rows);
        Product(residual, false, dictionary, true, all, ProductEpilogue.None);
        GatherAtSupport(all, support, values, alpha);
    }

    /// <summary>values = gradient + lambda·sign(code) at the support: the l1 penalty's part of the gradient.</summary>
    public virtual void PenaltyGradient(DeviceCodes codes, DeviceMatrix gradient, float lambda)
    {
        DeviceMatrix sign = Scratch("penalty.sign", gradient.Rows, gradient.Columns);
        Map(MapOperation.Sign, sign, codes.Values);
        Map(MapOperation.Add, gradient, gradient, sign, 1, lambda);
    }

    /// <summary>target = alpha·codesᵀ·right, added to what it holds with <paramref name="add"/>: codes [rows, atoms], right [rows, d], target [atoms, d]. Sums run over rows in ascending order.</summary>
    public virtual void WeightGradient(DeviceCodes codes, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false)
    {
        DeviceMatrix dense = Scratch("decode.dense", codes.Rows, codes.AtomCount);
        Densify(codes, dense);
        Product(dense, true, right, false, target, new ProductEpilogue { Alpha = alpha, Beta = add ? 1 : 0 });
    }

    /// <summary>target = target + codesᵀ·codes, [atoms, atoms]. A device may sum wider than it stores; the processor sums a batch in float64.</summary>
    public virtual void AddCodesGram(DeviceCodes codes, DeviceMatrix target)
    {
        DeviceMatrix dense = Scratch("decode.dense", codes.Rows, codes.AtomCount);
        Densify(codes, dense);
        Product(dense, true, dense, false, target, new ProductEpilogue { Beta = 1 });
    }

    /// <summary>target [1, atoms] = alpha · (sum of the codes' values, for each atom): the gradient of an encoder's bias.</summary>
    public virtual void SumCodes(DeviceCodes codes, DeviceMatrix target, float alpha)
    {
        DeviceMatrix dense = Scratch("decode.dense", codes.Rows, codes.AtomCount);
        Densify(codes, dense);
        Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, target, dense, null, alpha);
    }

    /// <summary>fired [1, atoms] = number of rows whose code has the atom active.</summary>
    public virtual void CountActive(DeviceCodes codes, DeviceMatrix fired)
    {
        DeviceMatrix dense = Scratch("decode.dense", codes.Rows, codes.AtomCount);
        Densify(codes, dense);
        Reduce(ReduceOperation.CountNonZero, ReduceAxis.EachColumn, fired, dense);
    }

    /// <summary>
    /// One step of Adam (Kingma and Ba 2015, as PyTorch writes it): m = β₁m + (1 − β₁)g, v = β₂v + (1 − β₂)g²,
    /// w −= rate/(1 − β₁ᵗ) · m / (√(v/(1 − β₂ᵗ)) + ε), with the gradient projected before and the rows normalised after where the step says so.
    /// What the gradient holds afterwards is undefined. A weight or second moment that is no longer finite shows in <see cref="HasNonFinite"/>.
    /// </summary>
    public virtual void Optimize(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, DeviceMatrix second, in OptimizerStep step)
    {
        float scale = step.GradientScale == 0 ? 1 : step.GradientScale;
        if (scale != 1)
        {
            Map(MapOperation.Scale, gradient, gradient, null, scale);
        }

        if (step.GradientFactor is { } factor)
        {
            Map(MapOperation.Multiply, gradient, gradient, factor);
        }

        if (step.ProjectGradient)
        {
            ProjectGradients(gradient, weights);
        }

        DeviceMatrix work = Scratch("adam.work", weights.Rows, weights.Columns);
        Map(MapOperation.Add, first, first, gradient, step.Beta1, 1 - step.Beta1);
        Map(MapOperation.Multiply, work, gradient, gradient, 1 - step.Beta2);
        Map(MapOperation.Add, second, second, work, step.Beta2, 1);
        double correction1 = 1 - Math.Pow(step.Beta1, step.Number);
        double correction2 = 1 - Math.Pow(step.Beta2, step.Number);
        AdamDirection(work, first, second, (float)(1 / Math.Sqrt(correction2)), step.Epsilon);
        Map(MapOperation.Add, weights, weights, work, 1, (float)(-step.LearningRate / correction1));
        if (step.NormalizeRows)
        {
            NormalizeRows(weights);
        }

        // 0 · Σ|w| is 0 unless something is not finite; the sum of such zeros stays on the device until somebody asks.
        DeviceMatrix flag = Scratch("optimizer.flag", 1, 1), sum = Scratch("optimizer.sum", 1, 1);
        Reduce(ReduceOperation.SumAbsolute, ReduceAxis.All, sum, weights, null, 0);
        Map(MapOperation.Add, flag, flag, sum);
        Reduce(ReduceOperation.SumAbsolute, ReduceAxis.All, sum, second, null, 0);
        Map(MapOperation.Add, flag, flag, sum);
    }

    /// <summary>
    /// Whether a weight or second moment was NaN or infinite after any <see cref="Optimize"/> of this backend; stays true once it is. A device
    /// whose work runs ahead may answer for the step before.
    /// </summary>
    public virtual bool HasNonFinite() => double.IsNaN(ReadLagged(Scratch("optimizer.flag", 1, 1)));

    /// <summary>target = first / (√second · rootScale + epsilon).</summary>
    public abstract void AdamDirection(DeviceMatrix target, DeviceMatrix first, DeviceMatrix second, float rootScale, float epsilon);

    /// <summary>
    /// One sweep of block coordinate descent on the dictionary (Mairal et al. 2010, algorithm 2): for each atom k with A_kk above
    /// <paramref name="threshold"/>: d_k += (B_k − A_k D)/A_kk, negative entries set to 0 with <paramref name="nonNegative"/>, then scaled to unit norm (or, with
    /// <paramref name="unitBall"/>, into the unit ball): the exact minimiser over that set.
    /// A = codesᵀcodes [atoms, atoms], B = codesᵀX [atoms, d]. An atom uses the atoms before it as they are after their update; an update of norm 0
    /// leaves a zero atom; where A_kk is NaN the atom stays.
    /// </summary>
    public abstract void UpdateAtoms(DeviceMatrix dictionary, DeviceMatrix codesGram, DeviceMatrix codesSignals, float threshold, bool unitBall, bool nonNegative = false);
}

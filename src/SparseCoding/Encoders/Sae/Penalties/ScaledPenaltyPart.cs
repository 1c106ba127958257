using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>weight · Σ φ(|z_j| n_j) with the norms n of the atoms, or without them; a penalty of this kind says only φ and its slope.</summary>
internal abstract class ScaledPenaltyPart(SaeModel model, Schedule weight, L0Controller? controller, bool scaled) : PenaltyPart(model, weight, controller)
{
    /// <summary>Element-wise operations of φ and of φ' on each place, at most.</summary>
    protected virtual int OperationsPerPlace => 6;

    /// <summary>Whether the gradient is wanted at places of value 0 too, where a straight-through threshold would see it; else those get none, as from |z|.</summary>
    protected virtual bool ReachesZeros => false;

    /// <summary>result = alpha · φ'(a) for every place of a ≥ 0; result is not a.</summary>
    protected abstract void Slope(SaeStep step, DeviceMatrix a, DeviceMatrix result, float alpha);

    /// <summary>result = φ(a) for every place of a ≥ 0, 0 where a is 0; result is not a.</summary>
    protected abstract void Shape(SaeStep step, DeviceMatrix a, DeviceMatrix result);

    /// <inheritdoc/>
    public override void AddGradient(SaeStep step)
    {
        float factor = Weight(step) * step.Mean;
        if (factor == 0)
        {
            return;
        }

        Backend backend = Model.Backend;
        CodeBatch codes = step.Penalized;
        DeviceMatrix? norms = scaled ? Model.Decoder.AtomNorms(step) : null;
        DeviceMatrix slope = codes.Places("penalty.slope");
        Slope(step, Argument(codes, norms), slope, factor);
        if (norms is not null)
        {
            DeviceMatrix product = codes.Places("penalty.product"), row = step.Scratch("penalty.row", 1, Model.AtomCount);
            backend.Map(MapOperation.Multiply, product, slope, Magnitude(codes));
            codes.SumPerAtom(product, row);
            Model.Decoder.AddNormGradient(step, row);
            backend.Map(MapOperation.Multiply, slope, slope, codes.PerPlace(norms, "penalty.norms"));
        }

        if (Model.Options.Selection.IsSigned)
        {
            DeviceMatrix sign = codes.Places("penalty.sign");
            backend.Map(MapOperation.Sign, sign, codes.Values);
            backend.Map(MapOperation.Multiply, slope, slope, sign);
        }
        else if (codes.IsGradientMasked || !ReachesZeros)
        {
            backend.Map(MapOperation.ReluGradient, slope, slope, codes.Values);
        }

        backend.Map(MapOperation.Add, codes.Gradient, codes.Gradient, slope);
    }

    /// <inheritdoc/>
    public override double Value(SaeStep step) => Weight(step) * step.Mean * Sum(step);

    /// <inheritdoc/>
    public override UInt128 Operations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount;
        UInt128 total = base.Operations(rows) + ((UInt128)(OperationsPerPlace + 7) * size);
        return !scaled || Model.Decoder.HasUnitNorm ? total : total + (5 * size) + (8 * (UInt128)Model.AtomCount * (UInt128)Model.OutputDimension);
    }

    /// <summary>Σ φ over the batch, on the host.</summary>
    private double Sum(SaeStep step)
    {
        DeviceMatrix result = step.Penalized.Places("penalty.slope");
        Shape(step, Argument(step.Penalized, scaled ? Model.Decoder.AtomNorms(step) : null), result);
        return step.Total(ReduceOperation.Sum, result);
    }

    /// <summary>|z|: the values themselves where no code is negative.</summary>
    protected DeviceMatrix Magnitude(CodeBatch codes)
    {
        if (!Model.Options.Selection.IsSigned)
        {
            return codes.Values;
        }

        DeviceMatrix magnitude = codes.Places("penalty.magnitude");
        Model.Backend.Map(MapOperation.Sign, magnitude, codes.Values);
        Model.Backend.Map(MapOperation.Multiply, magnitude, magnitude, codes.Values);
        return magnitude;
    }

    /// <summary>|z| n.</summary>
    private DeviceMatrix Argument(CodeBatch codes, DeviceMatrix? norms)
    {
        DeviceMatrix magnitude = Magnitude(codes);
        if (norms is null)
        {
            return magnitude;
        }

        DeviceMatrix argument = codes.Places("penalty.argument");
        Model.Backend.Map(MapOperation.Multiply, argument, magnitude, codes.PerPlace(norms, "penalty.norms"));
        return argument;
    }
}

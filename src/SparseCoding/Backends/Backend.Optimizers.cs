namespace SparseCoding.Backends;

/// <content>Optimisers beside Adam, and the clipping of gradients.</content>
internal abstract partial class Backend
{
    /// <summary>
    /// One step of Signum (Bernstein et al. 2018): m = β₁m + (1 − β₁)g, w −= rate · sign(m), with the gradient scaled and projected before and the
    /// rows normalised after as in <see cref="Optimize"/>; sign(0) is 0. What the gradient holds afterwards is undefined. A weight or moment that is
    /// no longer finite shows in <see cref="HasNonFinite"/>.
    /// </summary>
    public virtual void OptimizeSign(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, in OptimizerStep step)
    {
        if (step.GradientScale is not (0 or 1))
        {
            Map(MapOperation.Scale, gradient, gradient, null, step.GradientScale);
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
        Map(MapOperation.Sign, work, first, null, 1);
        Map(MapOperation.Add, weights, weights, work, 1, -step.LearningRate);
        if (step.NormalizeRows)
        {
            NormalizeRows(weights);
        }

        FlagNonFinite(weights, first);
    }

    /// <summary>Makes the flag of <see cref="HasNonFinite"/> NaN where one of the two is not finite: 0 times what is not is NaN.</summary>
    private void FlagNonFinite(DeviceMatrix weights, DeviceMatrix first)
    {
        DeviceMatrix flag = Scratch("optimizer.flag", 1, 1), sum = Scratch("optimizer.sum", 1, 1);
        Reduce(ReduceOperation.SumAbsolute, ReduceAxis.All, sum, weights, null, 0);
        Map(MapOperation.Add, flag, flag, sum);
        Reduce(ReduceOperation.SumAbsolute, ReduceAxis.All, sum, first, null, 0);
        Map(MapOperation.Add, flag, flag, sum);
    }

    /// <summary>
    /// One step of Muon on a matrix [rows, columns] (see <see cref="MuonOptions"/>): m = β₁m + g, u = g + β₁m, w −= rate · √max(1, rows/columns) · O(u), with the gradient scaled and projected
    /// before and the rows normalised after as in <see cref="Optimize"/>. A gradient of 0 with no momentum moves nothing. What the gradient holds afterwards is undefined; a weight or moment that is
    /// no longer finite shows in <see cref="HasNonFinite"/>.
    /// </summary>
    public virtual void OptimizeOrthogonal(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, in OptimizerStep step, int rounds)
    {
        if (step.GradientScale is not (0 or 1))
        {
            Map(MapOperation.Scale, gradient, gradient, null, step.GradientScale);
        }

        if (step.GradientFactor is { } factor)
        {
            Map(MapOperation.Multiply, gradient, gradient, factor);
        }

        if (step.ProjectGradient)
        {
            ProjectGradients(gradient, weights);
        }

        const float A = 3.4445f, B = -4.775f, C = 2.0315f;
        bool isTall = weights.Rows >= weights.Columns;
        int side = (int)Math.Min(weights.Rows, weights.Columns);
        DeviceMatrix x = Scratch("adam.work", weights.Rows, weights.Columns), next = Scratch("muon.next", weights.Rows, weights.Columns);
        DeviceMatrix gram = Scratch("muon.gram", side, side), square = Scratch("muon.square", side, side), norm = Scratch("muon.norm", 1, 1);
        Map(MapOperation.Add, first, first, gradient, step.Beta1, 1);
        Map(MapOperation.Add, x, gradient, first, 1, step.Beta1);
        Reduce(ReduceOperation.SumSquares, ReduceAxis.All, norm, x);
        Map(MapOperation.InverseSquareRoot, norm, norm, null, 0);
        Map(MapOperation.Multiply, x, x, norm);

        // X ← XQ with Q = aI + q, q = bA + cA², and so A ← QAQ: all of it are polynomials of the first A, which is small. The product P of all Q is kept as sI + (the rest), s = aⁿ.
        DeviceMatrix rest = Scratch("muon.rest", side, side), q = Scratch("muon.q", side, side), other = Scratch("muon.other", side, side);
        float scale = A;
        Product(x, isTall, x, !isTall, gram, ProductEpilogue.None);
        for (int round = 0; round < rounds; round++)
        {
            Product(gram, false, gram, false, square, ProductEpilogue.None);
            Map(MapOperation.Add, q, gram, square, B, C);
            if (round == 0)
            {
                Map(MapOperation.Scale, rest, q);
            }
            else
            {
                Product(rest, false, q, false, other, ProductEpilogue.None);
                Map(MapOperation.Add, rest, rest, other, A, 1);
                Map(MapOperation.Add, rest, rest, q, 1, scale);
                scale *= A;
            }

            if (round < rounds - 1)
            {
                Product(gram, false, q, false, square, ProductEpilogue.None);
                Map(MapOperation.Add, square, square, gram, 1, A);
                Product(square, false, q, false, gram, ProductEpilogue.None);
                Map(MapOperation.Add, gram, gram, square, 1, A);
            }
        }

        if (isTall)
        {
            Product(x, false, rest, false, next, ProductEpilogue.None);
        }
        else
        {
            Product(rest, false, x, false, next, ProductEpilogue.None);
        }

        Map(MapOperation.Add, x, x, next, scale, 1);
        Map(MapOperation.Add, weights, weights, x, 1, -step.LearningRate * MathF.Sqrt(Math.Max(1, (float)weights.Rows / weights.Columns)));
        if (step.NormalizeRows)
        {
            NormalizeRows(weights);
        }

        FlagNonFinite(weights, first);
    }

    /// <summary>
    /// factor [1, 1] = 1 / max(1, ‖g‖ / limit) with ‖g‖ over all gradients together, without a word to the host. Exactly 1 within the limit; NaN
    /// where the norm is not finite, so that the step shows in <see cref="HasNonFinite"/>.
    /// </summary>
    public void ClipFactor(IReadOnlyList<DeviceMatrix> gradients, float limit, DeviceMatrix factor)
    {
        DeviceMatrix square = Scratch("clip.square", 1, 1), part = Scratch("clip.part", 1, 1);

        // In units of the limit, so that float32 holds the square as long as the norm is within 1e19 limits.
        float scale = (float)(1 / ((double)limit * limit));
        Fill(square, 0);
        foreach (DeviceMatrix gradient in gradients)
        {
            Reduce(ReduceOperation.SumSquares, ReduceAxis.All, part, gradient, null, scale);
            Map(MapOperation.Add, square, square, part);
        }

        // The ratio is square · square^(-1/2); max(1, r) is 1 + max(r − 1, 0).
        Map(MapOperation.InverseSquareRoot, part, square, null, 0);
        Map(MapOperation.Multiply, part, part, square);
        Map(MapOperation.NonNegativeSoftThreshold, factor, part, null, 1);
        Map(MapOperation.Affine, factor, factor, null, 1, 1);
        Fill(part, 1);
        Map(MapOperation.Divide, factor, part, factor);

        // The maximum above may drop a NaN; 0 · square brings it back.
        Map(MapOperation.Scale, square, square, null, 0);
        Map(MapOperation.Add, factor, factor, square);
    }
}

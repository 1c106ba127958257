using SparseCoding.Backends;

namespace SparseCoding.Cost;

/// <summary>Floating-point operations of unrolled encoders in closed form: exactly what a backend that counts by <see cref="OperationCost"/> records.</summary>
internal static class UnrolledCost
{
    /// <summary>Encoding that many signals: for each layer about 4MN (coupled, analytic) or 2MN + 2N² (free) and 5N for the shrinkage. Exact.</summary>
    public static FlopCount Inference(UnrolledCostSettings settings, long samples) =>
        new(Load(settings, samples) + Layers(settings, samples, settings.Kept.Length));

    /// <summary>One training step on a new batch of that many signals. Exact: codes are dense on the way.</summary>
    public static FlopCount TrainingStep(UnrolledCostSettings settings, long rows, UnrolledStepSettings step)
    {
        int m = settings.Dimension, n = settings.AtomCount;
        bool learns = !step.KnownDictionary && !step.OnCodes && !step.NewestOnly, toInput = learns && settings.Offset;
        UInt128 total = Load(settings, rows) + Layers(settings, rows, step.Depth);
        if (step.OnCodes)
        {
            total += step.SquaredCodeLoss ? OperationCost.Map(MapOperation.Add, rows * n) : CosineGradient(rows, n);
        }
        else
        {
            total += OperationCost.Product(rows, m, n, beta: true, bias: settings.Offset) + OperationCost.Product(rows, n, m);
            total += step.Penalized ? OperationCost.Map(MapOperation.Sign, rows * n) + OperationCost.Map(MapOperation.Add, rows * n) : 0;
            total += learns ? OperationCost.Product(n, m, rows) : 0;
            total += toInput ? (2 * OperationCost.Reduce(ReduceOperation.Sum, rows * m)) + OperationCost.Map(MapOperation.Add, m) : 0;
        }

        for (int i = step.Depth - 1; i >= (step.NewestOnly ? step.Depth - 1 : 0); i--)
        {
            bool last = i == step.Depth - 1, further = i > 0 && !step.NewestOnly, add = !last && (settings.Tied || settings.Analytic);
            total += OperationCost.Map(MapOperation.Mask, rows * n) + OperationCost.Map(MapOperation.Sign, rows * n) + OperationCost.Reduce(ReduceOperation.Dot, rows * n);
            total += settings.Kept[i] > 0 ? OperationCost.Map(MapOperation.Add, rows * n) : 0;
            if (settings.Free)
            {
                total += OperationCost.Product(n, m, rows, beta: add) + (toInput ? OperationCost.Product(rows, m, n, beta: !last) : 0);
                total += (i > 0 ? OperationCost.Product(n, n, rows, beta: add) : 0) + (further ? OperationCost.Product(rows, n, n) : 0);
                continue;
            }

            total += settings.Analytic ? 0 : OperationCost.Product(n, m, rows, beta: add);
            total += further || toInput || settings.Analytic ? OperationCost.Product(rows, m, n) : 0;
            total += settings.Analytic ? OperationCost.Reduce(ReduceOperation.Dot, rows * m) + (further ? OperationCost.Map(MapOperation.Multiply, rows * m) : 0) : 0;
            total += toInput && !last ? OperationCost.Map(MapOperation.Add, rows * m) : 0;
            total += further ? OperationCost.Product(rows, n, m, beta: true) + (learns ? OperationCost.Product(n, m, rows, beta: true) : 0) : 0;
        }

        return new FlopCount(total + Optimizer(settings, step, learns));
    }

    private static UInt128 Load(UnrolledCostSettings settings, long rows) =>
        (UInt128)rows * (UInt128)settings.Dimension * ((settings.Scaled ? 1u : 0u) + (settings.Offset ? 1u : 0u));

    private static UInt128 Layers(UnrolledCostSettings settings, long rows, int depth)
    {
        int m = settings.Dimension, n = settings.AtomCount;
        UInt128 total = 0;
        for (int i = 0; i < depth; i++)
        {
            total += OperationCost.Product(rows, n, m, beta: i > 0 && !settings.Free);
            total += settings.Analytic ? OperationCost.Map(MapOperation.Multiply, rows * m) : 0;
            total += i == 0 ? 0 : settings.Free ? OperationCost.Product(rows, n, n, beta: true) : OperationCost.Product(rows, m, n, beta: true);
            total += (settings.NonNegative ? 1u : 2u) * (OperationCost.Map(MapOperation.Add, rows * n) + OperationCost.Map(MapOperation.Relu, rows * n));
            total += settings.NonNegative ? 0 : OperationCost.Map(MapOperation.Add, rows * n);
            total += settings.Kept[i] == 0 ? 0
                : OperationCost.Select(rows, n) + OperationCost.Map(MapOperation.Mask, rows * n) + OperationCost.Map(MapOperation.Sign, rows * n)
                    + OperationCost.Map(MapOperation.Multiply, rows * n) + OperationCost.Map(MapOperation.Add, rows * n);
        }

        return total;
    }

    private static UInt128 CosineGradient(long rows, int atoms) =>
        (2 * (OperationCost.Reduce(ReduceOperation.SumSquares, rows * atoms) + OperationCost.Map(MapOperation.InverseSquareRoot, atoms)))
        + OperationCost.Reduce(ReduceOperation.Dot, rows * atoms)
        + (4 * OperationCost.Map(MapOperation.Multiply, atoms))
        + (2 * OperationCost.Map(MapOperation.Multiply, rows * atoms))
        + OperationCost.Map(MapOperation.Add, rows * atoms);

    /// <summary>Adam for what moves, and the thresholds kept from falling below 0.</summary>
    private static UInt128 Optimizer(UnrolledCostSettings settings, UnrolledStepSettings step, bool learns)
    {
        int m = settings.Dimension, n = settings.AtomCount, thresholds = settings.ThresholdPerAtom ? n : 1;
        UInt128 total = 0;
        for (int i = 0; i < step.Depth; i++)
        {
            bool own = !step.NewestOnly || i == step.Depth - 1;
            total += own ? OperationCost.Optimize(1, thresholds) + OperationCost.Map(MapOperation.Relu, thresholds) : 0;
            total += own && settings.Analytic ? OperationCost.Optimize(1, 1) : 0;
            total += !settings.Analytic && (settings.Tied ? i == 0 : own) ? OperationCost.Optimize(n, m) : 0;
            total += settings.Free && i > 0 && (settings.Tied ? i == 1 : own) ? OperationCost.Optimize(n, n) : 0;
        }

        total += learns ? OperationCost.Optimize(n, m, step.Projected, normalize: true) : 0;
        return total + (learns && settings.Offset ? OperationCost.Optimize(1, m) : 0);
    }
}

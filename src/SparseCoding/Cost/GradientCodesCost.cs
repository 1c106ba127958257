using SparseCoding.Backends;

namespace SparseCoding.Cost;

/// <summary>
/// Floating-point operations of codes that are found by gradient steps (sparse coding, inference-time optimisation), with z = exp(s) or
/// z = max(s, 0): exactly what a backend that counts by <see cref="OperationCost"/> records for the calls of the solver, and the paper's count
/// beside it. Both forms of z cost the same.
/// </summary>
internal static class GradientCodesCost
{
    /// <summary>
    /// Codes of new signals on a fixed dictionary, with the paper's equation 31 beside it; a bound where the solver may stop early. The scaling of the
    /// signals and the gap's sums of a row, which the host does, are not in it.
    /// </summary>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="atoms">Number of atoms.</param>
    /// <param name="iterations">The most iterations of a signal.</param>
    /// <param name="checkEvery">Iterations between two checks of the duality gap; 0 looks at it at the end only and never stops early.</param>
    /// <param name="samples">Number of signals.</param>
    public static FlopCount Inference(int dimension, int atoms, long iterations, int checkEvery, long samples)
    {
        UInt128 step = Gradient(dimension, atoms, samples) + OperationCost.Optimize(samples, atoms);
        UInt128 check = Residual(dimension, atoms, samples, false) + OperationCost.Product(samples, atoms, dimension);
        long checks = checkEvery == 0 ? 1 : 1 + Math.Max(1, (iterations + checkEvery - 1) / checkEvery);
        UInt128? published = samples == 0 ? 0 : PaperFlops.InferenceTimeOptimization(dimension, atoms, samples, iterations);
        return new FlopCount(((UInt128)iterations * step) + ((UInt128)checks * check), published, checkEvery > 0);
    }

    /// <summary>One joint step on codes and dictionary, with the paper's equations 18 to 22, the double counting included, beside it.</summary>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="atoms">Number of atoms.</param>
    /// <param name="samples">Signals of the step.</param>
    /// <param name="projected">Whether atom gradients are projected.</param>
    /// <param name="offset">Whether an offset is learned too.</param>
    /// <param name="freeNorm">Whether atoms keep the norms that they get; their gradients are then not projected.</param>
    public static FlopCount TrainingStep(int dimension, int atoms, long samples, bool projected, bool offset, bool freeNorm = false)
    {
        UInt128 exact = Gradient(dimension, atoms, samples, offset)
            + OperationCost.Optimize(samples, atoms)
            + OperationCost.Product(atoms, dimension, samples)
            + OperationCost.Optimize(atoms, dimension, projected && !freeNorm, normalize: !freeNorm);
        if (offset)
        {
            exact += OperationCost.Reduce(ReduceOperation.Sum, samples * dimension) + OperationCost.Optimize(1, dimension);
        }

        return new FlopCount(exact, samples == 0 ? 0 : PaperFlops.SparseCodingStep(dimension, atoms, samples, learnsDictionary: true));
    }

    /// <summary>Codes, residual R = Z·D (+ offset) − X as one product, R·Dᵀ + λ as one product with a bias, and the chain rule of z.</summary>
    private static UInt128 Gradient(int dimension, int atoms, long rows, bool offset = false) =>
        Residual(dimension, atoms, rows, offset)
        + OperationCost.Product(rows, atoms, dimension, bias: true)
        + OperationCost.Map(MapOperation.Multiply, rows * atoms);

    private static UInt128 Residual(int dimension, int atoms, long rows, bool offset) =>
        OperationCost.Map(MapOperation.Exp, rows * atoms) + OperationCost.Product(rows, dimension, atoms, beta: true, bias: offset);
}

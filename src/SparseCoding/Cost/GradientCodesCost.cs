using SparseCoding.Backends;

namespace SparseCoding.Cost;

/// <summary>
/// Floating-point operations of codes that are found by gradient steps (sparse coding, inference-time optimisation), with z = exp(s) or
/// z = max(s, 0): exactly what a backend that counts by <see cref="OperationCost"/> records for the calls that each member names.
/// </summary>
internal static class GradientCodesCost
{
    /// <summary>
    /// One iteration on the codes: activation; residual R = Z·D − X as one product; gradient R·Dᵀ + λ as one product with a bias, times z (exp) or under
    /// the mask z > 0 (ReLU); one Adam step on s [rows, atoms].
    /// </summary>
    /// <param name="rows">Signals that are optimised together.</param>
    /// <param name="atoms">Number of atoms.</param>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="penalized">Whether there is a λ.</param>
    /// <param name="exponential">z = exp(s) rather than max(s, 0).</param>
    public static UInt128 Iteration(long rows, int atoms, int dimension, bool penalized, bool exponential = true) =>
        OperationCost.Map(exponential ? MapOperation.Exp : MapOperation.Relu, rows * atoms)
        + OperationCost.Product(rows, dimension, atoms, beta: true)
        + OperationCost.Product(rows, atoms, dimension, bias: penalized, mask: !exponential)
        + (exponential ? OperationCost.Map(MapOperation.Multiply, rows * atoms) : 0)
        + OperationCost.Optimize(rows, atoms);

    /// <summary>What a step adds that learns the dictionary too: the gradient Zᵀ·R and Adam with unit norm.</summary>
    /// <param name="rows">Signals of the step.</param>
    /// <param name="atoms">Number of atoms.</param>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="projected">Whether atom gradients are projected.</param>
    public static UInt128 DictionaryStep(long rows, int atoms, int dimension, bool projected) =>
        OperationCost.Product(atoms, dimension, rows) + OperationCost.Optimize(atoms, dimension, projected, normalize: true);

    /// <summary>Codes of new signals after that many iterations, with the paper's equation 31 beside it; an upper bound where the solver may stop early.</summary>
    /// <param name="samples">Number of signals.</param>
    /// <param name="atoms">Number of atoms.</param>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="iterations">Iterations of each signal.</param>
    /// <param name="penalized">Whether there is a λ.</param>
    /// <param name="exponential">z = exp(s) rather than max(s, 0).</param>
    /// <param name="mayStopEarly">Whether the count is a bound.</param>
    public static FlopCount Inference(long samples, int atoms, int dimension, long iterations, bool penalized, bool exponential, bool mayStopEarly) => new(
        (UInt128)iterations * Iteration(samples, atoms, dimension, penalized, exponential),
        samples == 0 ? 0 : PaperFlops.InferenceTimeOptimization(dimension, atoms, samples, iterations),
        mayStopEarly);

    /// <summary>One step of joint sparse coding, with the paper's equations 18 to 22 beside it.</summary>
    /// <param name="batch">Signals of the step.</param>
    /// <param name="atoms">Number of atoms.</param>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="penalized">Whether there is a λ.</param>
    /// <param name="exponential">z = exp(s) rather than max(s, 0).</param>
    /// <param name="learnsDictionary">Whether the dictionary is learned.</param>
    /// <param name="projected">Whether atom gradients are projected.</param>
    public static FlopCount TrainingStep(long batch, int atoms, int dimension, bool penalized, bool exponential, bool learnsDictionary, bool projected) => new(
        Iteration(batch, atoms, dimension, penalized, exponential) + (learnsDictionary ? DictionaryStep(batch, atoms, dimension, projected) : 0),
        batch == 0 ? 0 : PaperFlops.SparseCodingStep(dimension, atoms, batch, learnsDictionary));
}

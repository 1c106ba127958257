using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Floating-point operations by the formulas of O'Neill, Gumran and Klindt, "Compute Optimal Inference and Provable Amortisation Gap in Sparse
/// Autoencoders", equations 17 to 31, as published: M is the dimension, N the number of atoms, H a hidden width, n the number of signals, b the batch.
/// They count products without biases and selections as the paper does, so they differ from the exact counts in <see cref="FlopCount.Value"/>.
/// A training run is the count of one step times its steps: the paper's iterations_eff · n is steps · b. Terms of a learned dictionary stand in
/// [brackets].
/// </summary>
public static class PaperFlops
{
    /// <summary>Equation 17, sparse coding of n signals with codes that are given: [3MN] + Nn + 2MNn.</summary>
    /// <param name="dimension">M.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="samples">n.</param>
    /// <param name="learnsDictionary">Whether the normalisation of the atoms is counted.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 SparseCodingInference(int dimension, int atomCount, long samples, bool learnsDictionary)
    {
        (UInt128 m, UInt128 n, UInt128 s) = Sizes(dimension, atomCount, samples, nameof(samples));
        return (learnsDictionary ? 3 * m * n : 0) + (n * s) + (2 * m * n * s);
    }

    /// <summary>
    /// Equations 18 to 22, one step of sparse coding, as published: b (F + L + B + U) with F = [3MN] + N + 2MN, L = 2Mb + Nb, B = 2F and U = Nb [+ MN].
    /// L and U are totals of the batch already, and equation 18 multiplies them by the batch again: at the paper's size (M 8, N 16, b 1024) that is 59 times
    /// what <see cref="SparseCodingStepCorrected"/> gives, and it reverses the paper's comparison of training costs.
    /// </summary>
    /// <param name="dimension">M.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="batch">b.</param>
    /// <param name="learnsDictionary">Whether the dictionary is learned.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 SparseCodingStep(int dimension, int atomCount, long batch, bool learnsDictionary)
    {
        (UInt128 m, UInt128 n, UInt128 b) = Sizes(dimension, atomCount, batch, nameof(batch));
        UInt128 forward = (learnsDictionary ? 3 * m * n : 0) + n + (2 * m * n);
        return b * ((3 * forward) + LossAndUpdate(m, n, b, learnsDictionary));
    }

    /// <summary>
    /// The same step with everything counted once: 3 ([3MN] + Nb + 2MNb) + L + U. The normalisation of the atoms (3MN), the loss L and the update U happen
    /// once in a batch.
    /// </summary>
    /// <param name="dimension">M.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="batch">b.</param>
    /// <param name="learnsDictionary">Whether the dictionary is learned.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 SparseCodingStepCorrected(int dimension, int atomCount, long batch, bool learnsDictionary)
    {
        (UInt128 m, UInt128 n, UInt128 b) = Sizes(dimension, atomCount, batch, nameof(batch));
        return (3 * SparseCodingInference(dimension, atomCount, batch, learnsDictionary)) + LossAndUpdate(m, n, b, learnsDictionary);
    }

    /// <summary>Equations 23 to 25, one step of an SAE: b (F + B) with F = 4MN + N [+ MN] and B = N + (2MN + N) + 2MN + 2(MN + N) [+ 2MN].</summary>
    /// <param name="dimension">M.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="batch">b.</param>
    /// <param name="learnsDictionary">Whether the dictionary is learned.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 SaeStep(int dimension, int atomCount, long batch, bool learnsDictionary)
    {
        (UInt128 m, UInt128 n, UInt128 b) = Sizes(dimension, atomCount, batch, nameof(batch));
        UInt128 mn = m * n;
        UInt128 forward = (4 * mn) + n + (learnsDictionary ? mn : 0);
        UInt128 backward = n + ((2 * mn) + n) + (2 * mn) + (2 * (mn + n)) + (learnsDictionary ? 2 * mn : 0);
        return b * (forward + backward);
    }

    /// <summary>Equation 26, encoding and decoding n signals with an SAE: (4MN + N) n.</summary>
    /// <param name="dimension">M.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="samples">n.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 SaeInference(int dimension, int atomCount, long samples)
    {
        (UInt128 m, UInt128 n, UInt128 s) = Sizes(dimension, atomCount, samples, nameof(samples));
        return ((4 * m * n) + n) * s;
    }

    /// <summary>
    /// Equations 27 to 29, one step of an MLP with one hidden layer: b (F + B) with F = 2MH + H + 2HN + N + 2MN [+ MN] and
    /// B = N + (2HN + N) + H + (2MH + H) + 2MN + 2(MH + H + HN + N) [+ 2MN].
    /// </summary>
    /// <param name="dimension">M.</param>
    /// <param name="hidden">H.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="batch">b.</param>
    /// <param name="learnsDictionary">Whether the dictionary is learned.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 MlpStep(int dimension, int hidden, int atomCount, long batch, bool learnsDictionary)
    {
        (UInt128 m, UInt128 n, UInt128 b) = Sizes(dimension, atomCount, batch, nameof(batch));
        UInt128 h = (UInt128)Throw.AtLeast(hidden, 1, nameof(hidden));
        UInt128 mn = m * n, mh = m * h, hn = h * n;
        UInt128 forward = (2 * mh) + h + (2 * hn) + n + (2 * mn) + (learnsDictionary ? mn : 0);
        UInt128 backward = n + ((2 * hn) + n) + h + ((2 * mh) + h) + (2 * mn) + (2 * (mh + h + hn + n)) + (learnsDictionary ? 2 * mn : 0);
        return b * (forward + backward);
    }

    /// <summary>Equation 30, encoding and decoding n signals with an MLP: (2MH + H + 2HN + N + 2MN) n.</summary>
    /// <param name="dimension">M.</param>
    /// <param name="hidden">H.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="samples">n.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public static UInt128 MlpInference(int dimension, int hidden, int atomCount, long samples)
    {
        (UInt128 m, UInt128 n, UInt128 s) = Sizes(dimension, atomCount, samples, nameof(samples));
        UInt128 h = (UInt128)Throw.AtLeast(hidden, 1, nameof(hidden));
        return ((2 * m * h) + h + (2 * h * n) + n + (2 * m * n)) * s;
    }

    /// <summary>Equation 31, inference-time optimisation: (MN + N + (4MN + 2M + 11N) · iterations) n.</summary>
    /// <param name="dimension">M.</param>
    /// <param name="atomCount">N.</param>
    /// <param name="samples">n.</param>
    /// <param name="iterations">Iterations of the optimiser, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1, or <paramref name="iterations"/> is negative.</exception>
    public static UInt128 InferenceTimeOptimization(int dimension, int atomCount, long samples, long iterations)
    {
        (UInt128 m, UInt128 n, UInt128 s) = Sizes(dimension, atomCount, samples, nameof(samples));
        UInt128 steps = (UInt128)Throw.AtLeast(iterations, 0, nameof(iterations));
        return ((m * n) + n + (((4 * m * n) + (2 * m) + (11 * n)) * steps)) * s;
    }

    /// <summary>Equations 20 and 22 together: 2Mb + Nb and Nb [+ MN].</summary>
    private static UInt128 LossAndUpdate(UInt128 m, UInt128 n, UInt128 b, bool learns) => (2 * m * b) + (n * b) + (n * b) + (learns ? m * n : 0);

    private static (UInt128 M, UInt128 N, UInt128 Rows) Sizes(int dimension, int atomCount, long rows, string rowsName) => (
        (UInt128)Throw.AtLeast(dimension, 1, nameof(dimension)), (UInt128)Throw.AtLeast(atomCount, 1, nameof(atomCount)), (UInt128)Throw.AtLeast(rows, 1, rowsName));
}

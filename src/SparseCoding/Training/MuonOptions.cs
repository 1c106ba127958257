using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Constants of Muon (Jordan et al. 2024): for a matrix m = βm + g, u = g + βm, w −= rate · √max(1, rows/columns) · O, where O has the singular vectors of u and singular values near 1. It comes from
/// <see cref="Iterations"/> rounds of X ← aX + (bA + cA²)X with A = XXᵀ (or XᵀX, whichever is smaller), from X = u/‖u‖, with a = 3.4445, b = −4.7750, c = 2.0315: after five, singular values that
/// were above a thousandth of ‖u‖ lie between 0.6 and 1.3. Parameters of one row (biases, thresholds) and of one column are stepped by Adam.
/// </summary>
/// <remarks>
/// Cost of a step beside the gradients: the rounds are worked out on the square of the smaller side, so about 4 n² m + 8 · 5 · n³ operations for [m, n], n ≤ m. One moment is kept for a matrix.
/// </remarks>
public sealed record MuonOptions : OptimizerOptions
{
    /// <summary>Decay β of the momentum, at least 0 and below 1.</summary>
    /// <value>Default: 0.95 (Jordan et al.).</value>
    public float Momentum
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.99999999);
    } = 0.95f;

    /// <summary>Rounds of the iteration, at least 1.</summary>
    /// <value>Default: 5.</value>
    public int Iterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 5;

    /// <summary>What moves parameters of one row or column.</summary>
    /// <value>Default: Adam with its defaults.</value>
    public AdamOptions Vectors
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Vectors must not be null.");
    } = new();

    /// <summary>Learning rate of those parameters over that of matrices, positive.</summary>
    /// <value>Default: 1.</value>
    public float VectorRate
    {
        get;
        init => field = Throw.Positive(value);
    } = 1;
}

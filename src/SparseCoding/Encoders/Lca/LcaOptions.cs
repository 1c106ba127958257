using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Thresholds and stops of the locally competitive algorithm.</summary>
public sealed record LcaOptions
{
    /// <summary>The threshold: λ of ½‖u − zD‖² + λ‖z‖₁ with soft thresholds, of ½‖u − zD‖² + ½λ²‖z‖₀ with hard ones.</summary>
    public required float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>How a potential becomes a coefficient.</summary>
    /// <value>Default: <see cref="LcaThreshold.Soft"/>.</value>
    public LcaThreshold Threshold
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>With soft thresholds a row stops when its duality gap is at most this share of ½‖u‖²; with hard ones, when no potential drifts faster than this share of the largest correlation.</summary>
    /// <value>Default: 1e-6.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-6f;

    /// <summary>The most steps, at least 1.</summary>
    /// <value>Default: 10 000.</value>
    public int MaxIterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10_000;
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Which correlations a thresholding code keeps.</summary>
public sealed record ThresholdOptions
{
    /// <summary>Threshold on the correlations; what is not above it becomes 0.</summary>
    /// <value>Default: 0.</value>
    public float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Whether what is above the threshold stays whole; otherwise it is shrunk by λ, as scikit-learn does.</summary>
    /// <value>Default: false.</value>
    public bool Hard { get; init; }

    /// <summary>The most active atoms: of those above the threshold, the ones with the largest coefficients for atoms scaled to norm 1; null keeps all.</summary>
    /// <value>Default: null.</value>
    public int? MaxActive
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Inference-time decomposition of activations (ITDA, 2025): the dictionary consists of training signals that matching pursuit could not represent.</summary>
public sealed record ItdaOptions
{
    /// <summary>Steps of matching pursuit, at least 1.</summary>
    /// <value>Default: 40.</value>
    public int MaxActive
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 40;

    /// <summary>A signal becomes an atom when the mean over its entries of (x/‖x‖ − x̂)² is above this.</summary>
    /// <value>Default: 0.01.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 0.01f;

    /// <summary>The most atoms, at least 1.</summary>
    /// <value>Default: 8192.</value>
    public int MaxAtoms
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 8192;

    /// <summary>Signals that are tried on the same dictionary before it grows, at least 1.</summary>
    /// <value>Default: 512.</value>
    public int BatchSize
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 512;

    /// <summary>Whether a signal that an atom just added from the same batch already represents is left out; without it near-copies enter together, as in the published form.</summary>
    /// <value>Default: true.</value>
    public bool SkipNearCopies { get; init; } = true;
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What a sparse autoencoder is, apart from how it is trained.</summary>
public sealed record SaeOptions
{
    /// <summary>Number of atoms (latents), at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Which pre-activations become entries of the code.</summary>
    /// <value>Default: <see cref="Selection.Relu"/>.</value>
    public Selection Selection
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Selection must not be null.");
    } = Selection.Relu;

    /// <summary>Whether encoder and decoder have biases; the decoder's is also subtracted from the signal before encoding and starts at the data's mean.</summary>
    /// <value>Default: true.</value>
    public bool Bias { get; init; } = true;

    /// <summary>How signals are scaled first.</summary>
    /// <value>Default: <see cref="InputNormalization.None"/>.</value>
    public InputNormalization Normalization { get; init; }
}

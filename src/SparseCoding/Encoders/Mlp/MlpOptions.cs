using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What a multi-layer encoder is, apart from how it is trained.</summary>
public sealed record MlpOptions
{
    /// <summary>Number of atoms (latents), at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Widths of the hidden layers, each at least 1; at least one layer.</summary>
    /// <value>Default: one layer of 256.</value>
    public ValueList<int> Hidden
    {
        get;
        init => field = Check(value);
    } = [256];

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

    /// <summary>
    /// Whether the atoms of a dictionary that is learned are scaled to unit norm after every step; otherwise their norms are free, and the penalty is evaded by large atoms.
    /// They start at norm 1 all the same, and their gradients are not projected, whatever <see cref="TrainingOptions.ProjectAtomGradients"/> says.
    /// </summary>
    /// <value>Default: true.</value>
    public bool UnitNorm { get; init; } = true;

    /// <summary>How signals are scaled first; refused by the forms of Fit on a known dictionary and on known codes, which bring their own units.</summary>
    /// <value>Default: <see cref="InputNormalization.None"/>.</value>
    public InputNormalization Normalization
    {
        get;
        init => field = Throw.Defined(value);
    }

    private static ValueList<int> Check(ValueList<int>? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Count == 0)
        {
            Throw.Argument("Hidden needs at least one layer; an encoder without hidden layers is a SaeEncoder.", nameof(Hidden));
        }

        foreach (int width in value)
        {
            Throw.AtLeast(width, 1, nameof(Hidden));
        }

        return value;
    }
}

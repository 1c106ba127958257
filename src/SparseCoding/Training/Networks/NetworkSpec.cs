namespace SparseCoding.Training;

/// <summary>What a network is to be, before it has weights.</summary>
internal sealed record NetworkSpec
{
    /// <summary>Dimension of the signals.</summary>
    public required int Dimension { get; init; }

    /// <summary>Number of atoms.</summary>
    public required int AtomCount { get; init; }

    /// <summary>Widths of the hidden layers; empty for an SAE.</summary>
    public required IReadOnlyList<int> Hidden { get; init; }

    /// <summary>Which pre-activations become entries.</summary>
    public required Selection Selection { get; init; }

    /// <summary>Whether layers have biases.</summary>
    public required bool EncoderBias { get; init; }

    /// <summary>Whether the decoder has a bias that is also subtracted from the signal.</summary>
    public required bool DecoderBias { get; init; }

    /// <summary>Whether the atoms of a learned dictionary keep the norms that they get; of multi-layer encoders, an SAE's decoder has options of its own.</summary>
    public bool FreeNorm { get; init; }

    /// <summary>Signals are divided by it; the decoder multiplies by it again.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>Dimension of what is reconstructed where it is something else than the signals (a transcoder); null otherwise.</summary>
    public int? TargetDimension { get; init; }

    /// <summary>Mean and divisor of each coordinate of the signals, applied before <see cref="InputScale"/>; null where there is none, or where a checkpoint brings it.</summary>
    public UnitRows? InputRows { get; init; }

    /// <summary>The same of a transcoder's targets.</summary>
    public UnitRows? TargetRows { get; init; }

    /// <summary>Rows of the data [points, dimension], in scaled units, that an archetypal decoder stays near; null otherwise.</summary>
    public float[]? Points { get; init; }

    /// <summary>Where the decoder's bias starts, in scaled units; null starts at 0.</summary>
    public float[]? InitialOffset { get; init; }

    /// <summary>Signals that the atoms start from, in scaled units with the offset subtracted, [atoms, dimension]; null starts at random.</summary>
    public float[]? DataPoints { get; init; }

    /// <summary>Dictionary that stays as it is; null learns one.</summary>
    public IDictionary? KnownDictionary { get; init; }

    /// <summary>State to start from (fine-tuning); null starts at random.</summary>
    public NetworkState? Start { get; init; }

    /// <summary>Widths from the signal to the atoms.</summary>
    public IReadOnlyList<int> Widths => [Dimension, .. Hidden, AtomCount];
}

using SparseCoding.Cost;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>A trained or loaded SAE on the host: u = (x − input offset)/input scale, pre = uWᵀ + b, the selection with its vectors, the decoder. Immutable.</summary>
internal sealed record SaeState
{
    /// <summary>No vectors.</summary>
    public static readonly IReadOnlyDictionary<string, float[]> NoVectors = new Dictionary<string, float[]>();

    /// <summary>The encoder: W [atoms, dimension] and b [atoms] or none.</summary>
    public required LinearLayer Encoder { get; init; }

    /// <summary>Which pre-activations become entries.</summary>
    public required Selection Selection { get; init; }

    /// <summary>Codes to signals.</summary>
    public required IDecoder Decoder { get; init; }

    /// <summary>Subtracted from a signal, [dimension]; null subtracts nothing.</summary>
    public float[]? InputOffset { get; init; }

    /// <summary>Signals are divided by it after the offset is subtracted.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>What is done to each row before the offset is subtracted: by its own norm or mean and deviation; None for nothing.</summary>
    public InputNormalization Normalization { get; init; }

    /// <summary>The selection's own vectors [atoms], by name.</summary>
    public IReadOnlyDictionary<string, float[]> Vectors { get; init; } = NoVectors;

    /// <summary>Dimension of the signals.</summary>
    public int Dimension => Encoder.Inputs;

    /// <summary>Number of atoms.</summary>
    public int AtomCount => Encoder.Outputs;

    /// <summary>The decoder where it is affine; NotSupportedException by name where it is not.</summary>
    public AtomDictionary Dictionary => Decoder switch
    {
        AtomDictionary dictionary => dictionary,
        RowNormalizedDecoder rows => throw new NotSupportedException($"This SAE has no dictionary x̂ = offset + scale · zD: it scales each row by its own figures ({rows.Normalization}), which no fixed offset and scale undo. Use Decoder (an ISignalDecoder), or normalise the signals yourself and train with Normalization = None."),
        TranscoderDecoder => throw new NotSupportedException("This SAE is a transcoder: its atoms make targets, not the signals that it encodes, so signals cannot be solved for on them. Use Decoder; ((TranscoderDecoder)Decoder).Atoms is the dictionary of the targets."),
        PolynomialDecoder => throw new NotSupportedException("This SAE has a polynomial decoder, which is no dictionary x̂ = offset + scale · zD. Use Decoder; ((PolynomialDecoder)Decoder).LinearPart() is the dictionary of its linear part."),
        var other => throw new NotSupportedException($"The decoder of this SAE is no dictionary x̂ = offset + scale · zD ({other.GetType().Name}): use Decoder."),
    };

    /// <summary>Threshold of each atom, [atoms]; null for a selection without.</summary>
    public float[]? Thresholds => Vectors.GetValueOrDefault(JumpReluSelection.ThresholdName);

    /// <summary>What decides the operations of a pass.</summary>
    public NetworkCostSettings CostSettings => new()
    {
        EncoderBias = Encoder.Bias is not null,
        DecoderBias = InputOffset is not null,
        Scaled = InputScale != 1,
        TopK = Selection.Rule.Kind == Backends.SelectionKind.Relu ? 0 : Selection.Rule.K,
        Thresholded = Thresholds is not null,
    };

    /// <summary>The same as a network of one layer; only with a dictionary.</summary>
    public NetworkState AsNetwork() => new()
    {
        Layers = [Encoder],
        Selection = Selection,
        Dictionary = Dictionary,
        InputOffset = InputOffset,
        InputScale = InputScale,
    };
}

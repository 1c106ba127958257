using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>One form of an amortised encoder, small enough to differentiate by hand: [8, 4] signals, 7 atoms.</summary>
public sealed record NetworkCase
{
    /// <summary>Dimension of the signals.</summary>
    public const int Dimension = 4;

    /// <summary>Number of atoms.</summary>
    public const int AtomCount = 7;

    /// <summary>Signals in the batch: a power of two, so that the mean is exact in float32.</summary>
    public const int Rows = 8;

    /// <summary>Active atoms of a TopK.</summary>
    public const int K = 2;

    /// <summary>Widths of the hidden layers.</summary>
    public required int[] Hidden { get; init; }

    /// <summary>TopK or ReLU.</summary>
    public required bool TopK { get; init; }

    /// <summary>Whether layers have biases.</summary>
    public required bool EncoderBias { get; init; }

    /// <summary>Whether the decoder has one.</summary>
    public required bool DecoderBias { get; init; }

    /// <summary>Whether the dictionary is given.</summary>
    public required bool Known { get; init; }

    /// <summary>Input scale.</summary>
    public required float Scale { get; init; }

    /// <summary>Loss on known codes; null for the reconstruction.</summary>
    public required CodeLoss? Loss { get; init; }

    /// <summary>Weight of the penalty.</summary>
    public float Lambda { get; init; } = 0.0625f;

    /// <summary>Every combination.</summary>
    public static IEnumerable<NetworkCase> All() =>
        from hidden in (int[][])[[], [6], [6, 5]]
        from topK in (bool[])[false, true]
        from encoderBias in (bool[])[false, true]
        from decoderBias in (bool[])[false, true]
        from known in (bool[])[false, true]
        from loss in (CodeLoss?[])[null, CodeLoss.Cosine, CodeLoss.SquaredError]
        from plain in (bool[])[false, true]
        select new NetworkCase
        {
            Hidden = hidden,
            TopK = topK,
            EncoderBias = encoderBias,
            DecoderBias = decoderBias,
            Known = known,
            Loss = loss,
            Scale = plain ? 1 : 2,
            Lambda = plain ? 0 : 0.0625f,
        };

    internal NetworkCostSettings Settings => new()
    {
        EncoderBias = EncoderBias,
        DecoderBias = DecoderBias,
        Scaled = Scale != 1,
        TopK = TopK ? K : 0,
        KnownDictionary = Known,
        OnCodes = Loss is not null,
        SquaredCodeLoss = Loss == CodeLoss.SquaredError,
        Projected = true,
        Penalized = Lambda != 0,
    };

    internal int[] Widths => [Dimension, .. Hidden, AtomCount];

    /// <summary>The network on a backend. Adam has an ε far above the rounding of float32, or a gradient that is 0 but for rounding would step by its noise's sign.</summary>
    internal TrainableNetwork Create(Backend backend)
    {
        var spec = new NetworkSpec
        {
            Dimension = Dimension,
            AtomCount = AtomCount,
            Hidden = Hidden,
            Selection = TopK ? Selection.TopK(K) : Selection.Relu,
            EncoderBias = EncoderBias,
            DecoderBias = DecoderBias,
            InputScale = Scale,
            KnownDictionary = Known ? new AtomDictionary(TestMatrices.Dictionary<float>(AtomCount, Dimension, 3), Dimension) : null,
        };
        var training = new TrainingOptions { Lambda = Lambda, CodeLoss = Loss ?? CodeLoss.Cosine, LearningRate = 0.01f, Optimizer = new AdamOptions { Epsilon = 1e-3f } };
        return Hidden.Length > 0
            ? new Network(backend, spec, training)
            : new SaeNetwork(backend, spec, new SaeOptions { AtomCount = AtomCount, Selection = spec.Selection }, training);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"[{string.Join(',', Hidden)}]{(TopK ? " TopK" : " ReLU")}{(EncoderBias ? " biases" : string.Empty)}{(DecoderBias ? " offset" : string.Empty)}"
        + FormattableString.Invariant($"{(Known ? " known" : string.Empty)} scale {Scale} λ {Lambda} {Loss?.ToString() ?? "reconstruction"}");
}

using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>One form of an unrolled encoder, small enough to differentiate by hand: [8, 4] signals, 7 atoms, 3 layers.</summary>
public sealed record UnrolledCase
{
    /// <summary>Dimension of the signals.</summary>
    public const int Dimension = 4;

    /// <summary>Number of atoms.</summary>
    public const int AtomCount = 7;

    /// <summary>Signals in the batch.</summary>
    public const int Rows = 8;

    /// <summary>Layers.</summary>
    public const int Layers = 3;

    /// <summary>Steps of the run.</summary>
    public const int Steps = 12;

    /// <summary>What the layers learn.</summary>
    public required ListaWeights Weights { get; init; }

    /// <summary>Whether they share it.</summary>
    public required bool Tied { get; init; }

    /// <summary>A threshold for each atom, and support selection, which keeps 1, 2 and 2 entries.</summary>
    public required bool Rich { get; init; }

    /// <summary>Whether codes are not negative.</summary>
    public required bool NonNegative { get; init; }

    /// <summary>Whether the dictionary is given.</summary>
    public required bool Known { get; init; }

    /// <summary>Loss on known codes; null for the reconstruction.</summary>
    public required CodeLoss? Loss { get; init; }

    /// <summary>Share of the steps that trains layer by layer.</summary>
    public double LayerwiseShare { get; init; }

    /// <summary>Weight of the penalty, and with it an offset and a scale of 2.</summary>
    public float Lambda { get; init; } = 0.0625f;

    /// <summary>Every combination that exists.</summary>
    public static IEnumerable<UnrolledCase> All() =>
        from weights in Enum.GetValues<ListaWeights>()
        from tied in (bool[])[false, true]
        from rich in (bool[])[false, true]
        from nonNegative in (bool[])[false, true]
        from known in (bool[])[false, true]
        from loss in (CodeLoss?[])[null, CodeLoss.Cosine, CodeLoss.SquaredError]
        where weights != ListaWeights.Analytic || (known && !tied)
        select new UnrolledCase { Weights = weights, Tied = tied, Rich = rich, NonNegative = nonNegative, Known = known, Loss = loss, Lambda = rich == nonNegative ? 0.0625f : 0 };

    internal bool Affine => Lambda != 0;

    internal float Scale => Affine ? 2 : 1;

    internal UnrolledSpec Spec => new()
    {
        LayerCount = Layers,
        Weights = Weights,
        Tied = Tied,
        ThresholdPerAtom = Rich,
        SupportShare = Rich ? 0.15 : 0,
        MaxSupportShare = 0.3,
        NonNegative = NonNegative,
        Lambda = Lambda,
        LayerwiseShare = LayerwiseShare,
    };

    /// <summary>The network on a backend. Adam has an ε far above the rounding of float32, or a gradient that is 0 but for rounding would step by its noise's sign.</summary>
    internal UnrolledNetwork Create(Backend backend)
    {
        var dictionary = new AtomDictionary(TestMatrices.Dictionary<float>(AtomCount, Dimension, 3), Dimension);
        var spec = new NetworkSpec
        {
            Dimension = Dimension,
            AtomCount = AtomCount,
            Hidden = [],
            Selection = Selection.Relu,
            EncoderBias = Affine,
            DecoderBias = Affine,
            InputScale = Scale,
            KnownDictionary = Known ? dictionary : null,
        };
        var training = new TrainingOptions { Steps = Steps, CodeLoss = Loss ?? CodeLoss.Cosine, LearningRate = 0.01f, Optimizer = new AdamOptions { Epsilon = 1e-3f } };
        return new UnrolledNetwork(backend, spec, Spec, training, null);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Weights}{(Tied ? " tied" : string.Empty)}{(Rich ? " rich" : string.Empty)}{(NonNegative ? " non-negative" : string.Empty)}{(Known ? " known" : string.Empty)}"
        + FormattableString.Invariant($" λ {Lambda} {Loss?.ToString() ?? "reconstruction"}");
}

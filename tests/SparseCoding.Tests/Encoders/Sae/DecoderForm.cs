using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>One decoder with a selection, an input normalisation and biases or none, small enough to differentiate by hand: [8, 4] signals, [8, 3] targets, 7 atoms.</summary>
public sealed record DecoderForm(SaeDecoderOptions Decoder, Selection Selection, InputNormalization Normalization, bool Bias, SparsityPenalty? Penalty)
{
    /// <summary>Dimension of the signals.</summary>
    public const int Dimension = 4;

    /// <summary>Dimension of the targets.</summary>
    public const int Targets = 3;

    /// <summary>Number of atoms.</summary>
    public const int AtomCount = 7;

    /// <summary>Signals in the batch.</summary>
    public const int Rows = 8;

    /// <summary>The decoders that are not the default.</summary>
    public static readonly SaeDecoderOptions[] Decoders =
    [
        new LinearDecoderOptions { UnitNorm = false },
        new TranscoderDecoderOptions { OutputDimension = Targets },
        new TranscoderDecoderOptions { OutputDimension = Targets, Skip = true, UnitNorm = false },
        new CrosscoderDecoderOptions { ViewDimensions = [1, 3] },
        new ArchetypalDecoderOptions { Points = 5, Relaxation = 0.25f },
        new PolynomialDecoderOptions { Rank = 3, QuadraticRank = 2, CubicRank = 3 },
    ];

    /// <summary>Whether there are targets.</summary>
    public bool IsPaired => Decoder is TranscoderDecoderOptions;

    /// <summary>Dimension of what is reconstructed.</summary>
    public int OutputDimension => IsPaired ? Targets : Dimension;

    /// <summary>The options.</summary>
    public SaeOptions Options => new()
    {
        AtomCount = AtomCount,
        Selection = Selection,
        Penalty = Penalty,
        Decoder = Decoder,
        Normalization = Normalization,
        NormalizationFactor = Normalization == InputNormalization.Constant ? 0.5f : null,
        Bias = Bias,
    };

    /// <summary>Every decoder with every normalisation that it takes, with and without biases.</summary>
    public static IEnumerable<DecoderForm> All() =>
        from decoder in Decoders
        from normalization in Enum.GetValues<InputNormalization>()
        where decoder is not TranscoderDecoderOptions || normalization is not (InputNormalization.RowNorm or InputNormalization.LayerNorm)
        from selection in (Selection[])[Selection.Relu, Selection.TopK(2)]
        from bias in (bool[])[false, true]
        from penalty in (SparsityPenalty?[])[null, new TanhPenalty { Weight = 0.25f, Slope = 2 }]
        where penalty is null || decoder is not PolynomialDecoderOptions && normalization == InputNormalization.None
        select new DecoderForm(decoder, selection, normalization, bias, penalty);

    /// <summary>Signals around a mean that is not 0, with another scale for each coordinate.</summary>
    public static float[,] Signals(int rows, int dimension, int seed)
    {
        var signals = new float[rows, dimension];
        foreach ((int i, float value) in TestMatrices.Normal<float>(rows, dimension, seed).Index())
        {
            (int row, int column) = Math.DivRem(i, dimension);
            signals[row, column] = (value * (1 + (0.5f * column))) + 0.25f + column;
        }

        return signals;
    }

    /// <summary>The signals with their targets where there are any.</summary>
    public ActivationSource Source(int rows)
    {
        ActivationSource signals = Signals(rows, Dimension, 11);
        return IsPaired ? signals.WithTargets(Signals(rows, Targets, 12)) : signals;
    }

    internal SaeNetwork Create(Backend backend) => new(
        backend,
        SaeSpec.Learning(Source(Rows), Options, new TrainingOptions { Seed = 3 }, RunContext.Default),
        Options,
        new TrainingOptions { LearningRate = 0.01f, Optimizer = new AdamOptions { Epsilon = 1e-3f } });

    internal void Load(SaeNetwork network)
    {
        var batch = new SignalBatch(Rows, Dimension);
        Source(Rows).Read(batch);
        network.Load(batch);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        string name = Decoder.GetType().Name.Replace("DecoderOptions", string.Empty, StringComparison.Ordinal) + (Decoder is TranscoderDecoderOptions { Skip: true } ? "+skip" : string.Empty);
        return $"{name} {Normalization} {Selection.GetType().Name}{(Bias ? " biases" : string.Empty)}{(Penalty is null ? string.Empty : " tanh")}";
    }
}

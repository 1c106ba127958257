using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>One combination of parts, small enough to differentiate by hand: [8, 4] signals, 7 atoms.</summary>
public sealed partial record SaeForm(Selection Selection, SparsityPenalty? Penalty, DeadLatentRemedy? Remedy, bool UnitNorm, bool Bias, int[]? Prefixes = null)
{
    /// <summary>Dimension of the signals.</summary>
    public const int Dimension = 4;

    /// <summary>Number of atoms.</summary>
    public const int AtomCount = 7;

    /// <summary>Signals in the batch: a power of two, so that the mean is exact in float32.</summary>
    public const int Rows = 8;

    /// <summary>Weight of the loss of a prefix, where there are some.</summary>
    public const float PrefixWeight = 0.5f;

    /// <summary>The options.</summary>
    public SaeOptions Options => new()
    {
        AtomCount = AtomCount,
        Selection = Selection,
        Penalty = Penalty,
        Remedies = Remedy is null ? [] : [Remedy],
        Decoder = Prefixes is null ? new LinearDecoderOptions { UnitNorm = UnitNorm } : new MatryoshkaDecoderOptions { Prefixes = [.. Prefixes], PrefixWeight = PrefixWeight, UnitNorm = UnitNorm },
        Bias = Bias,
    };

    private static readonly Selection[] s_first = [Selection.Relu, Selection.TopK(2), Selection.AbsTopK(2), Selection.BatchTopK(1.5), new JumpReluSelection { Bandwidth = 0.5f, InitialThreshold = 0.25f }];

    /// <summary>The combinations that tests go through: all of the first parts with each other, later ones with a few.</summary>
    public static IEnumerable<SaeForm> All() => [.. First(), .. MorePenalties(), .. MoreSelections(), .. Kernels(), .. Matryoshkas(), .. OfRemedies()];

    private static IEnumerable<SaeForm> MoreSelections()
    {
        Selection[] selections =
        [
            Selection.GroupMax(3),
            new FeatureChoiceSelection(1.5) { ZipfExponent = 1 },
            Selection.SignedSoft(0.25f),
            Selection.SignedHard(0.03125f),
            Selection.ProLu,
            new ProLuSelection { StraightThrough = true },
            Selection.Gated,
            Selection.TopAfa,
            new TopAfaSelection { LossWeight = 0.25f },
            Selection.MatchingPursuit(3),
            Selection.OrthogonalPursuit(3),
            new VariationalTopKSelection(2) { DivergenceWeight = 0.125f, Deviation = 0.5f },
            new VariationalTopKSelection(2) { DivergenceWeight = 0.125f, Deviation = null },
        ];
        foreach (Selection selection in selections)
        {
            var auxK = new AuxKRemedy { K = 2, Weight = 0.5f, DeadAfter = 1 };
            yield return new SaeForm(selection, null, selection.IsTied ? null : auxK, true, true);
            yield return new SaeForm(selection, new TanhPenalty { Weight = 0.25f, Slope = 2 }, null, selection.IsTied, true);
            yield return new SaeForm(selection, new L1Penalty { Weight = 0.0625f }, null, selection.IsTied, selection.NeedsBias);
        }
    }

    private static IEnumerable<SaeForm> Kernels() =>
        from kernel in Enum.GetValues<StraightThroughKernel>()
        from penalty in (SparsityPenalty[])[new L0Penalty { Weight = 0.125f }, new SquaredL0Penalty { Weight = 0.5f, Target = 1.25 }]
        select new SaeForm(new JumpReluSelection { Bandwidth = 0.5f, InitialThreshold = 0.25f, Kernel = kernel }, penalty, null, true, true);

    private static IEnumerable<SaeForm> Matryoshkas() =>
        from selection in (Selection[])[.. s_first, Selection.MatchingPursuit(3), Selection.Gated]
        from penalty in (SparsityPenalty?[])[null, new L1Penalty { Weight = 0.0625f }]
        select new SaeForm(selection, penalty, null, penalty is null || selection.IsTied, true, [2, 5]);

    private static IEnumerable<SaeForm> MorePenalties() =>
        from selection in s_first
        from penalty in (SparsityPenalty[])
        [
            new L1Penalty { Weight = 0.0625f, TimesDecoderNorm = true, Controller = new L0Controller { Target = 1, Rate = 0.1f } },
            new LogPenalty { Weight = 0.0625f, Offset = 0.25f },
            new LpPenalty { Weight = 0.0625f, Power = 0.5f, Offset = 0.0625f, FinalPower = 0.25f, Changes = 3, Queue = 2 },
        ]
        from unitNorm in (bool[])[false, true]
        select new SaeForm(selection, penalty, null, unitNorm, !unitNorm);

    /// <summary>Every selection with every penalty and remedy that it takes.</summary>
    private static IEnumerable<SaeForm> First() =>
        from selection in s_first
        from penalty in (SparsityPenalty?[])[null, new L1Penalty { Weight = 0.0625f }, new L0Penalty { Weight = 0.125f }, new TanhPenalty { Weight = 0.25f, Slope = 2 }]
        where penalty is not L0Penalty || selection is JumpReluSelection
        from remedy in (DeadLatentRemedy?[])[null, new AuxKRemedy { K = 2, Weight = 0.5f, DeadAfter = 1 }]
        from unitNorm in (bool[])[false, true]
        from bias in (bool[])[false, true]
        select new SaeForm(selection, penalty, remedy, unitNorm, bias);

    internal SaeNetwork Create(Backend backend) => new(
        backend,
        new NetworkSpec { Dimension = Dimension, AtomCount = AtomCount, Hidden = [], Selection = Selection, EncoderBias = Bias, DecoderBias = Bias, InputScale = 2 },
        Options,
        new TrainingOptions { LearningRate = 0.01f, Optimizer = new AdamOptions { Epsilon = 1e-3f } });

    /// <inheritdoc/>
    public override string ToString() => $"{Selection.GetType().Name} {Penalty?.GetType().Name ?? "default"} {Remedy?.GetType().Name ?? "none"}{(UnitNorm ? " unit" : " free")}{(Bias ? " biases" : string.Empty)}{(Prefixes is null ? string.Empty : " prefixes")}{(Selection is JumpReluSelection { Kernel: not StraightThroughKernel.Rectangle and var kernel } ? " " + kernel : string.Empty)}{(Selection is ProLuSelection { StraightThrough: true } or TopAfaSelection { LossWeight: > 0 } or VariationalTopKSelection { Deviation: null } ? " (2)" : string.Empty)}";
}

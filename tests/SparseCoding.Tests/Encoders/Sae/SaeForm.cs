using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>One combination of parts, small enough to differentiate by hand: [8, 4] signals, 7 atoms.</summary>
public sealed record SaeForm(Selection Selection, SparsityPenalty? Penalty, DeadLatentRemedy? Remedy, bool UnitNorm, bool Bias)
{
    /// <summary>Dimension of the signals.</summary>
    public const int Dimension = 4;

    /// <summary>Number of atoms.</summary>
    public const int AtomCount = 7;

    /// <summary>Signals in the batch: a power of two, so that the mean is exact in float32.</summary>
    public const int Rows = 8;

    /// <summary>The options.</summary>
    public SaeOptions Options => new()
    {
        AtomCount = AtomCount,
        Selection = Selection,
        Penalty = Penalty,
        Remedies = Remedy is null ? [] : [Remedy],
        Decoder = new LinearDecoderOptions { UnitNorm = UnitNorm },
        Bias = Bias,
    };

    /// <summary>Every selection with every penalty and remedy that it takes.</summary>
    public static IEnumerable<SaeForm> All() =>
        from selection in (Selection[])[Selection.Relu, Selection.TopK(2), Selection.AbsTopK(2), Selection.BatchTopK(1.5), new JumpReluSelection { Bandwidth = 0.5f, InitialThreshold = 0.25f }]
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
    public override string ToString() => $"{Selection.GetType().Name} {Penalty?.GetType().Name ?? "default"} {Remedy?.GetType().Name ?? "none"}{(UnitNorm ? " unit" : " free")}{(Bias ? " biases" : string.Empty)}";
}

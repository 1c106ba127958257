namespace SparseCoding;

/// <summary>What a training run did; kept by the encoder that came out of it.</summary>
public sealed record TrainingRecord
{
    /// <summary>Steps that were done; fewer than asked when the run was cancelled.</summary>
    public required long Steps { get; init; }

    /// <summary>Signals that were consumed.</summary>
    public required long Rows { get; init; }

    /// <summary>Floating-point operations of the run.</summary>
    public required FlopCount Flops { get; init; }

    /// <summary>Loss of the last measured step; NaN when none was measured.</summary>
    public required double FinalLoss { get; init; }

    /// <summary>Wall-clock time of the run.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Device and SIMD tier, "cpu/avx512".</summary>
    public required string Device { get; init; }

    /// <summary>Whether all steps were done.</summary>
    public required bool Completed { get; init; }

    /// <summary>The training curve: at most about a thousand points.</summary>
    public IReadOnlyList<TrainingPoint> Curve { get; init; } = [];

    /// <summary>Atoms that dictionary learning replaced, in the order of the steps; at most the last ten thousand. Empty for other kinds of training.</summary>
    public IReadOnlyList<AtomReplacement> Replacements { get; init; } = [];
}

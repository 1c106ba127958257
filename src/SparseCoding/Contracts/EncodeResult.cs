namespace SparseCoding;

/// <summary>Codes with what happened at every row.</summary>
public sealed class EncodeResult
{
    private readonly int[] _iterations;
    private readonly StopReason[] _stopReasons;
    private readonly double[] _accuracies;

    internal EncodeResult(SparseCodes codes, int[] iterations, StopReason[] stopReasons, double[] accuracies, string accuracyMeaning)
    {
        Codes = codes;
        _iterations = iterations;
        _stopReasons = stopReasons;
        _accuracies = accuracies;
        AccuracyMeaning = accuracyMeaning;
    }

    /// <summary>The codes, [samples, atoms].</summary>
    public SparseCodes Codes { get; }

    /// <summary>Iterations (atoms added, path segments, sweeps, gradient steps) of each row, [samples].</summary>
    public ReadOnlySpan<int> Iterations => _iterations;

    /// <summary>Why each row stopped, [samples].</summary>
    public ReadOnlySpan<StopReason> StopReasons => _stopReasons;

    /// <summary>Squared residual or duality gap of each row, [samples]; <see cref="AccuracyMeaning"/> says which.</summary>
    public ReadOnlySpan<double> Accuracies => _accuracies;

    /// <summary>What <see cref="Accuracies"/> holds: "squared residual" (of (x − offset)/scale) or "duality gap".</summary>
    public string AccuracyMeaning { get; }

    /// <summary>What the encoder did otherwise than its options may lead one to expect, such as a selection that had no gradients; null where there is nothing to say.</summary>
    public string? Remark { get; internal init; }

    /// <summary>Number of rows that stopped for the given reason.</summary>
    /// <param name="reason">The reason.</param>
    public int Count(StopReason reason) => _stopReasons.AsSpan().Count(reason);
}

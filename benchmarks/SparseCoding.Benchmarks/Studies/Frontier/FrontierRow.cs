namespace SparseCoding.Benchmarks;

/// <summary>What one trained encoder came to.</summary>
internal sealed record FrontierRow
{
    /// <summary>Name of the data.</summary>
    public required string Data { get; init; }

    /// <summary>Name of the architecture.</summary>
    public required string Selection { get; init; }

    /// <summary>Wanted number of active atoms; 0 where there is none.</summary>
    public required double Target { get; init; }

    /// <summary>Seed of start and order.</summary>
    public required long Seed { get; init; }

    /// <summary>Active atoms of a code.</summary>
    public required double L0 { get; init; }

    /// <summary>Fraction of variance unexplained.</summary>
    public required double Fvu { get; init; }

    /// <summary>Mean squared error of an entry.</summary>
    public required double Mse { get; init; }

    /// <summary>FVU of the rows that the pursuit codes too.</summary>
    public required double MatchedFvu { get; init; }

    /// <summary>FVU there of codes by orthogonal least squares on the same dictionary with as many active atoms.</summary>
    public required double OlsFvu { get; init; }

    /// <summary>Share of latents that are active in no training row.</summary>
    public required double Silent { get; init; }

    /// <summary>MCC of codes; null where truth is unknown.</summary>
    public double? Mcc { get; init; }

    /// <summary>MCC of atoms; null where truth is unknown.</summary>
    public double? DictionaryMcc { get; init; }

    /// <summary>Steps of the training.</summary>
    public required long Steps { get; init; }

    /// <summary>Seconds of the training by the clock; the machine may have been shared.</summary>
    public required double Seconds { get; init; }

    /// <summary>Seconds of the training in processor time.</summary>
    public required double Processor { get; init; }

    /// <summary>Whether this is the row of that run.</summary>
    public bool Is(string data, string selection, double target, long seed) => Data == data && Selection == selection && Target == target && Seed == seed;
}

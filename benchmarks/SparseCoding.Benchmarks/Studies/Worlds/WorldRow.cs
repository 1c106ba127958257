namespace SparseCoding.Benchmarks;

/// <summary>What one method gave in one world.</summary>
internal sealed record WorldRow
{
    /// <summary>Part of the study: lars, ito, known, codes, none, learn.</summary>
    public required string Part { get; init; }

    /// <summary>The method.</summary>
    public required string Method { get; init; }

    /// <summary>"paper" or "default".</summary>
    public required string Recipe { get; init; }

    /// <summary>Number of the world.</summary>
    public required int World { get; init; }

    /// <summary>Seed of the data.</summary>
    public required long DataSeed { get; init; }

    /// <summary>Seed of the initialisation.</summary>
    public required long InitializationSeed { get; init; }

    /// <summary>Figures by name.</summary>
    public required Dictionary<string, double> Values { get; init; }

    /// <summary>Wall-clock seconds; the machine may have been shared.</summary>
    public required double Seconds { get; init; }

    /// <summary>Device and SIMD tier.</summary>
    public required string Device { get; init; }

    /// <summary>Whether this is the row of that run in that world.</summary>
    public bool Is(WorldRun run, int world) => World == world && Part == run.Part && Method == run.Method && Recipe == run.Recipe;
}

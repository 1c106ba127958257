namespace SparseCoding.Samples.ReproducePaper;

/// <summary>One cell of a figure's grid: one method in one world from one seed. Its work is a function of what stands here and of nothing else.</summary>
internal sealed record Cell
{
    /// <summary>Id of the figure.</summary>
    public required string Figure { get; init; }

    /// <summary>The world or the setting, such as "N16 M8 K3"; a figure has a few.</summary>
    public required string Setting { get; init; }

    /// <summary>The method, such as "MLP-32".</summary>
    public required string Method { get; init; }

    /// <summary>Number of the run, from 0.</summary>
    public required int Seed { get; init; }

    /// <summary>Everything that decides the numbers (steps, rates, penalties, seeds) in words: a stored cell with another recipe is refused.</summary>
    public required string Recipe { get; init; }

    /// <summary>About how many milliseconds it takes on a quiet core: for the order and the time left.</summary>
    public required double Work { get; init; }

    /// <summary>Trains, encodes, measures. One thread.</summary>
    public required Func<CancellationToken, Outcome> Measure { get; init; }

    /// <summary>What tells cells apart.</summary>
    public string Key => $"{Figure}|{Setting}|{Method}|{Seed}";

    /// <summary>"figure 4, N16 M8 K3, SAE, run 0".</summary>
    public override string ToString() => $"figure {Figure}, {Setting}, {Method}, run {Seed}";
}

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>How much is done: the paper's own sizes, or less.</summary>
/// <param name="Name">Name on the command line.</param>
internal sealed record Scale(string Name)
{
    /// <summary>The paper's steps and runs: hours.</summary>
    public static Scale Paper { get; } = new("paper");

    /// <summary>All figures in minutes, in the paper's direction: fewer steps, larger learning rates where the paper's would not arrive.</summary>
    public static Scale Quick { get; } = new("quick");

    /// <summary>Seconds: every line of code runs, no number means anything.</summary>
    public static Scale Smoke { get; } = new("smoke");

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scale> All { get; } = [Quick, Paper, Smoke];

    /// <summary>The value for this scale.</summary>
    public T Pick<T>(T paper, T quick, T smoke) => Name switch
    {
        "paper" => paper,
        "quick" => quick,
        _ => smoke,
    };

    /// <summary>Steps at which a curve is looked at: those of the list that are not beyond the end, and the end.</summary>
    public static long[] Until(long end, params ReadOnlySpan<long> steps) => [.. steps.ToArray().Where(s => s < end), end];
}

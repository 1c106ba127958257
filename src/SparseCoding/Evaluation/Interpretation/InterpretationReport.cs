using System.Globalization;

namespace SparseCoding;

/// <summary>Explanations of an encoder's latents with their scores.</summary>
public sealed class InterpretationReport
{
    internal InterpretationReport(IReadOnlyList<LatentInterpretation> latents, int eligible, int alive) => (Latents, Eligible, Alive) = (latents, eligible, alive);

    /// <summary>The latents drawn, in ascending order.</summary>
    public IReadOnlyList<LatentInterpretation> Latents { get; }

    /// <summary>Latents that fire in enough contexts to be drawn.</summary>
    public int Eligible { get; }

    /// <summary>Latents that fire at all.</summary>
    public int Alive { get; }

    /// <summary>Latents without a score.</summary>
    public int Failures => Latents.Count(l => l.Failure is not null);

    /// <summary>Mean of F1 with its bootstrap interval over latents; refuses where every latent failed.</summary>
    public ConfidenceInterval F1 => Statistics.BootstrapMean(Scores(l => l.F1));

    /// <summary>Mean of macro F1 likewise.</summary>
    public ConfidenceInterval MacroF1 => Statistics.BootstrapMean(Scores(l => l.MacroF1));

    /// <summary>Whether this encoder's macro F1 tends to be above another's.</summary>
    /// <param name="other">The other encoder's latents.</param>
    public RankTest Compare(InterpretationReport other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return RankTest.Between(Scores(l => l.MacroF1), other.Scores(l => l.MacroF1));
    }

    /// <summary>Scores of the latents that have one, in ascending order of the latents.</summary>
    /// <param name="score">Which score.</param>
    public double[] Scores(Func<LatentInterpretation, double> score)
    {
        ArgumentNullException.ThrowIfNull(score);
        return [.. Latents.Where(l => l.Failure is null).Select(score)];
    }

    /// <summary>The latents as a table: scores and explanations.</summary>
    public ReportTable ToTable()
    {
        var table = new ReportTable("Explanations", "latent", "F1", "macro F1", "explanation");
        foreach (LatentInterpretation latent in Latents)
        {
            table.Add(latent.Latent, latent.F1, latent.MacroF1, latent.Failure ?? latent.Explanation?.Text);
        }

        return table;
    }

    /// <summary>"200 latents, macro F1 0.64 [0.61, 0.67]".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Latents.Count} latents{(Failures == Latents.Count ? string.Empty : $", macro F1 {MacroF1}")}{(Failures > 0 ? $", {Failures} without a score" : string.Empty)}");
}

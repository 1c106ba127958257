namespace SparseCoding;

/// <summary>A latent, what was said of it, and how well that predicts where it fires.</summary>
public sealed record LatentInterpretation
{
    /// <summary>The latent.</summary>
    public required int Latent { get; init; }

    /// <summary>The explanation; null where the explainer failed.</summary>
    public Explanation? Explanation { get; init; }

    /// <summary>Texts in which it fires, and the explanation says so.</summary>
    public int TruePositives { get; init; }

    /// <summary>Texts in which it is silent, but the explanation says that it fires.</summary>
    public int FalsePositives { get; init; }

    /// <summary>Texts in which it fires, but the explanation says that it does not.</summary>
    public int FalseNegatives { get; init; }

    /// <summary>Texts in which it is silent, and the explanation says so.</summary>
    public int TrueNegatives { get; init; }

    /// <summary>What went wrong; null where nothing did. Such a latent has no score.</summary>
    public string? Failure { get; init; }

    /// <summary>F1 of the texts in which it fires: 2TP/(2TP + FP + FN); NaN after a failure.</summary>
    public double F1 => Failure is null ? Ratio(TruePositives) : double.NaN;

    /// <summary>Mean of <see cref="F1"/> and the F1 of the silent texts, 2TN/(2TN + FP + FN): the paper's macro F1; NaN after a failure.</summary>
    public double MacroF1 => Failure is null ? 0.5 * (Ratio(TruePositives) + Ratio(TrueNegatives)) : double.NaN;

    private double Ratio(int hits) => hits == 0 ? 0 : 2.0 * hits / ((2.0 * hits) + FalsePositives + FalseNegatives);
}

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>One published number or statement against ours.</summary>
/// <param name="Section">Where it is from.</param>
/// <param name="Text">What is claimed.</param>
/// <param name="Published">As published, in words.</param>
/// <param name="Ours">Ours, mean and interval over runs.</param>
/// <param name="Verdict">How they compare.</param>
/// <param name="Note">What a reader must know; p-values of paired tests stand here.</param>
internal sealed record Claim(string Section, string Text, string Published, ConfidenceInterval Ours, Verdict Verdict, string Note = "")
{
    /// <summary>MCC over a few runs is known to about that; nearer is as good as equal.</summary>
    public const double MccTolerance = 0.03;

    /// <summary>Item of the acceptance list (paper.md 3.7) that this claim decides; 0 for none.</summary>
    public int Acceptance { get; init; }

    /// <summary>A number. It agrees where the published one lies in our interval, or within twice its own spread, or nearer than the tolerance.</summary>
    /// <param name="section">Where it is from.</param>
    /// <param name="text">What it is.</param>
    /// <param name="published">The number.</param>
    /// <param name="spread">Its published standard deviation; 0 for none.</param>
    /// <param name="values">Ours, one for each run.</param>
    /// <param name="tolerance">Difference that means nothing.</param>
    /// <param name="note">What a reader must know.</param>
    public static Claim Number(string section, string text, double published, double spread, double[] values, double tolerance = MccTolerance, string note = "")
    {
        ConfidenceInterval ours = Intervals.Of(values);
        bool near = Math.Abs(ours.Mean - published) <= Math.Max(tolerance, 2 * spread) || (ours.Low <= published && published <= ours.High);
        Verdict verdict = ours.Count == 0 ? Verdict.NotRun : near ? Verdict.Agrees : ours.Mean > published ? Verdict.Higher : Verdict.Lower;
        return new Claim(section, text, spread > 0 ? $"{Intervals.Number(published)} ± {Intervals.Number(spread)}" : Intervals.Number(published), ours, verdict, note);
    }

    /// <summary>A number over decades: it agrees within a factor.</summary>
    public static Claim Factor(string section, string text, double published, double[] values, double factor = 1.25, string note = "")
    {
        ConfidenceInterval ours = Intervals.Of(values);
        double ratio = ours.Mean / published;
        Verdict verdict = ours.Count == 0 ? Verdict.NotRun : ratio <= factor && ratio >= 1 / factor ? Verdict.Agrees : ratio > 1 ? Verdict.Higher : Verdict.Lower;
        return new Claim(section, text, Intervals.Number(published), ours, verdict, note);
    }

    /// <summary>The statement that first − second, run by run, is at least <paramref name="least"/>; the note has the paired tests.</summary>
    public static Claim Difference(string section, string text, string published, (double[] First, double[] Second) pairs, double least = 0, string note = "")
    {
        double[] differences = [.. pairs.First.Zip(pairs.Second, (a, b) => a - b)];
        string tests = differences.Length < 2
            ? string.Empty
            : FormattableString.Invariant($"paired t interval {Statistics.PairedDifference(pairs.First, pairs.Second)}, sign-flip p {Statistics.SignFlipTest(pairs.First, pairs.Second):0.000} of {differences.Length} runs");
        return AtLeast(section, text, published, differences, least, string.Join("; ", new[] { note, tests }.Where(t => t.Length > 0)));
    }

    /// <summary>
    /// The statement that the values are at least <paramref name="least"/> on average. Student's interval decides whether it holds, because the bootstrap's, which is what is
    /// shown, is far too narrow for a few runs.
    /// </summary>
    public static Claim AtLeast(string section, string text, string published, double[] values, double least, string note = "")
    {
        ConfidenceInterval ours = Intervals.Of(values);
        Verdict verdict = ours.Count == 0 ? Verdict.NotRun : !(ours.Mean >= least) ? Verdict.Fails : Statistics.Mean(values).Low >= least ? Verdict.Holds : Verdict.HoldsOnAverage;
        return new Claim(section, text, published, ours, verdict, note);
    }

    /// <summary>The statement that the values are at most <paramref name="most"/> on average; decided likewise.</summary>
    public static Claim AtMost(string section, string text, string published, double[] values, double most, string note = "")
    {
        ConfidenceInterval ours = Intervals.Of(values);
        Verdict verdict = ours.Count == 0 ? Verdict.NotRun : !(ours.Mean <= most) ? Verdict.Fails : Statistics.Mean(values).High <= most ? Verdict.Holds : Verdict.HoldsOnAverage;
        return new Claim(section, text, published, ours, verdict, note);
    }
}

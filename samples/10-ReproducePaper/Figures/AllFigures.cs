namespace SparseCoding.Samples.ReproducePaper;

/// <summary>The list that a new figure is added to; nothing else knows of it.</summary>
internal static class AllFigures
{
    private static readonly string[] s_first = ["2", "3", "4", "6", "9", "13", "14", "15", "12", "5"];

    /// <summary>All figures, in the order of the page.</summary>
    public static IReadOnlyList<Figure> List { get; } =
    [
        new KnownCodesFigure(),
        new KnownDictionaryFigure(),
        new NothingKnownFigure(),
        new RegimesFigure(),
        new ParetoFigure(),
        new WeightMapsFigure(),
        new WidthsFigure(),
        new BiasFigure(),
        new LarsFigure(),
        new TopKFigure(),
        new ModernFigure(),
        new FollowUpFigure(),
    ];

    /// <summary>More cells of figures above, which "all" leaves out.</summary>
    public static IReadOnlyList<Figure> OnRequest { get; } = [new FollowUpLargeFigure()];

    /// <summary>All, in the order of the run: short and much asked for first, so that a run that is stopped has whole figures.</summary>
    public static IReadOnlyList<Figure> Run { get; } = [.. List.OrderBy(f => Array.IndexOf(s_first, f.Id) is var place and >= 0 ? place : s_first.Length), .. OnRequest];
}

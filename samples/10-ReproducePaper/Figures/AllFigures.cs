namespace SparseCoding.Samples.ReproducePaper;

/// <summary>The list that a new figure is added to; nothing else knows of it.</summary>
internal static class AllFigures
{
    /// <summary>All figures, in the order of the page and of the run.</summary>
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
}

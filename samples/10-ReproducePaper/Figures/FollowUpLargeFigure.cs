namespace SparseCoding.Samples.ReproducePaper;

/// <summary>The follow-up's methods at n = 5000 and 10,000: more rows of its figure, which they are drawn in. Hours, so it runs only where it is asked for by name.</summary>
internal sealed class FollowUpLargeFigure : Figure
{
    /// <inheritdoc/>
    public override string Id => "followup-large";

    /// <inheritdoc/>
    public override string Title => "The follow-up at n = 5000 and 10,000";

    /// <inheritdoc/>
    public override string Setup => "One run of each method, drawn with the follow-up.";

    /// <inheritdoc/>
    public override IEnumerable<Cell> Cells(Scale scale, int? seeds) => new FollowUpFigure().LargeCells(scale);

    /// <inheritdoc/>
    public override void Draw(Section section, Results results)
    {
    }

    /// <inheritdoc/>
    public override IEnumerable<Claim> Claims(Results results) => [];
}

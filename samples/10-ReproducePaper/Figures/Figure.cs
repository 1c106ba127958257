namespace SparseCoding.Samples.ReproducePaper;

/// <summary>One figure: what is run for it, how it is drawn, and which published numbers it is held against.</summary>
internal abstract class Figure
{
    /// <summary>Id on the command line and in rows.</summary>
    public abstract string Id { get; }

    /// <summary>Heading on the page.</summary>
    public abstract string Title { get; }

    /// <summary>What was done, and where it is not what the paper did.</summary>
    public abstract string Setup { get; }

    /// <summary>The grid.</summary>
    /// <param name="scale">How much is done.</param>
    /// <param name="seeds">Runs of each cell; null takes the figure's own for the scale.</param>
    public abstract IEnumerable<Cell> Cells(Scale scale, int? seeds);

    /// <summary>Charts and tables from rows; called with whatever rows there are.</summary>
    public abstract void Draw(Section section, Results results);

    /// <summary>Published numbers against ours.</summary>
    public abstract IEnumerable<Claim> Claims(Results results);

    /// <summary>Runs of each cell: what was asked for, or the paper's, or those of a quick run.</summary>
    protected static int Runs(Scale scale, int? asked, int paper, int quick = 1) => asked ?? scale.Pick(paper, quick, 1);

    /// <summary>A cell of this figure.</summary>
    protected Cell Cell(string setting, string method, int seed, string recipe, double work, Func<CancellationToken, Outcome> measure) =>
        new() { Figure = Id, Setting = setting, Method = method, Seed = seed, Recipe = recipe, Work = work, Measure = measure };
}

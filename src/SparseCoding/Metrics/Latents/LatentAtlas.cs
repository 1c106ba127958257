using System.Numerics.Tensors;
using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>
/// What the latents of an encoder respond to, from its codes and the text behind them: top contexts, density, purity of labels, logit effects and nearest
/// atoms of each. What a person looks at to name a latent, and what an explainer is given. Works with the codes of any encoder.
/// </summary>
/// <remarks>Immutable. Ties go to the lower latent, row or token, so that the same codes give the same atlas.</remarks>
public sealed class LatentAtlas
{
    private const int HistogramValues = 1000;

    private LatentAtlas(SparseCodes codes, TokenContexts text, LatentAtlasOptions options, IReadOnlyList<LatentProfile> latents, PurityMetrics? purity, RowLabels? labels) =>
        (Codes, Text, Options, Latents, Purity, Labels) = (codes, text, options, latents, purity, labels);

    /// <summary>The codes that it was made from.</summary>
    public SparseCodes Codes { get; }

    /// <summary>The text behind them.</summary>
    public TokenContexts Text { get; }

    /// <summary>What was asked for.</summary>
    public LatentAtlasOptions Options { get; }

    /// <summary>The latents: the most used first, or in the order asked for.</summary>
    public IReadOnlyList<LatentProfile> Latents { get; }

    /// <summary>Purity of all latents of the codes, not only of those shown; null where there are no labels.</summary>
    public PurityMetrics? Purity { get; }

    /// <summary>The labels; null where there are none.</summary>
    public RowLabels? Labels { get; }

    /// <summary>Makes the atlas. Work: one or two passes over the codes, atoms × dimension for each latent shown, vocabulary × dimension likewise.</summary>
    /// <param name="codes">Codes of the rows, [samples, atoms].</param>
    /// <param name="text">The text of the same rows.</param>
    /// <param name="options">Which latents and how much of each; null takes the defaults.</param>
    /// <param name="dictionary">The atoms, for logit effects and neighbours; null leaves both out.</param>
    /// <param name="unembedding">From a direction of the activations to logits, [vocabulary, dimension], with the final norm's gain in it; null leaves the effects out.</param>
    /// <param name="labels">A class of each row, for purity; null leaves it out.</param>
    /// <param name="cancellationToken">Stops between latents and blocks of rows.</param>
    /// <exception cref="ArgumentException">Rows, atoms, vocabulary or dimensions do not agree, an unembedding comes without a dictionary, or a latent does not exist.</exception>
    public static LatentAtlas Build(
        SparseCodes codes,
        TokenContexts text,
        LatentAtlasOptions? options = null,
        IDictionary? dictionary = null,
        Tensor<float>? unembedding = null,
        RowLabels? labels = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(text);
        options ??= new LatentAtlasOptions();
        if (codes.RowCount != text.RowCount)
        {
            Throw.Argument($"codes has {codes.RowCount} rows, but text {text.RowCount} tokens; they must be the same rows.", nameof(text));
        }

        AtomDirections? atoms = dictionary is null ? null : new AtomDirections(dictionary, codes.AtomCount);
        LogitMap? logits = unembedding is null ? null : LogitMap.Of(unembedding, text.Vocabulary, atoms);
        LatentFirings firings = LatentFirings.Of(codes, options.Side, cancellationToken);
        int[] chosen = options.Latents is { } named ? Named(named, codes.AtomCount) : firings.MostUsed(options.LatentCount);
        PurityMetrics? purity = labels is null ? null : PurityMetrics.Measure(codes, labels, options.PurityRows, text.Tokens, options.Side, cancellationToken: cancellationToken);
        TopRowTable top = TopRowTable.Of(codes, options.ContextCount, options.Side, options.OnePerContext ? text.ContextOf : null, cancellationToken);
        List<double>[] values = firings.Values(codes, chosen, HistogramValues);
        var profiles = new LatentProfile[chosen.Length];
        for (int i = 0; i < chosen.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int latent = chosen[i];
            LatentActivation[] rows = top.Rows(latent, codes);
            float[]? direction = atoms?.Direction(latent);
            (IReadOnlyList<TokenEffect> promoted, IReadOnlyList<TokenEffect> suppressed) = logits is null ? ([], []) : logits.Effects(direction!, options.TokenEffects);
            profiles[i] = new LatentProfile
            {
                Latent = latent,
                ActiveRows = firings.Count(latent),
                Density = (double)firings.Count(latent) / codes.RowCount,
                MeanValue = firings.Mean(latent),
                Peak = rows.Length == 0 ? 0 : rows[0].Value,
                Values = values[i],
                Contexts = [.. rows.Select(row => Example(codes, text, options, latent, row.Row))],
                Purity = purity?.Latents[latent],
                Promoted = promoted,
                Suppressed = suppressed,
                Neighbours = atoms?.Nearest(latent, options.Neighbours) ?? [],
            };
        }

        return new LatentAtlas(codes, text, options, profiles, purity, labels);
    }

    /// <summary>The stretch of text around a row with the values of a latent, whether it fires there or not: for examples beyond the strongest.</summary>
    /// <param name="latent">The latent.</param>
    /// <param name="row">The row.</param>
    /// <exception cref="ArgumentOutOfRangeException">The latent or the row does not exist.</exception>
    public ContextExample ExampleAt(int latent, int row)
    {
        if ((uint)latent >= (uint)Codes.AtomCount)
        {
            Throw.OutOfRange(nameof(latent), latent, $"between 0 and {Codes.AtomCount - 1}");
        }

        return Example(Codes, Text, Options, latent, row);
    }

    /// <summary>The latents as a table: density, strongest value, label and purity, strongest context, promoted tokens.</summary>
    public ReportTable ToTable()
    {
        var table = new ReportTable("Latents", "latent", "density", "peak", "label", "purity", "promotes", "strongest context");
        foreach (LatentProfile profile in Latents)
        {
            string label = profile.Purity is { Label: >= 0 } purity && Labels is not null ? Labels.Names[purity.Label] : string.Empty;
            table.Add(
                profile.Latent,
                profile.Density,
                profile.Peak,
                label,
                profile.Purity?.Purity,
                string.Join(' ', profile.Promoted.Take(3).Select(t => t.Text)),
                profile.Contexts.Count == 0 ? string.Empty : profile.Contexts[0].ToString());
        }

        return table;
    }

    /// <summary>"LatentAtlas(50 latents of 1024, 38400 tokens in 600 contexts)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LatentAtlas({Latents.Count} latents of {Codes.AtomCount}, {Text})");

    private static ContextExample Example(SparseCodes codes, TokenContexts text, LatentAtlasOptions options, int latent, int row)
    {
        int context = text.ContextOf(row), first = text.FirstRow(context), end = first + text.Length(context);
        int from = Math.Max(first, row - options.TokensBefore), to = (int)Math.Min(end, row + 1L + options.TokensAfter);
        var tokens = new string[to - from];
        var values = new float[to - from];
        for (int r = from; r < to; r++)
        {
            (tokens[r - from], values[r - from]) = (text.TextAt(r), codes[r][latent]);
        }

        return new ContextExample { Context = context, Row = row, FirstRow = from, Tokens = tokens, Values = values };
    }

    private static int[] Named(ValueList<int> latents, int atomCount)
    {
        foreach (int latent in latents)
        {
            if ((uint)latent >= (uint)atomCount)
            {
                Throw.Argument($"Latents names {latent}, but the codes have latents 0 to {atomCount - 1}.", "options");
            }
        }

        return [.. latents];
    }
}

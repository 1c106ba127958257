using SparseCoding.Numerics;

namespace SparseCoding.Evaluations;

/// <summary>
/// Texts for one latent: silent ones to show, and the scored ones, half of them active. Active ones are random among the contexts that were not shown, around their strongest
/// row; silent ones are random contexts in which the latent never fires, around a random row. The order of the scored ones is random, so that it tells nothing.
/// </summary>
internal sealed class HeldOutExamples
{
    private HeldOutExamples(IReadOnlyList<ContextExample> shown, IReadOnlyList<ContextExample> scored, IReadOnlyList<bool> fires) => (Shown, Scored, Fires) = (shown, scored, fires);

    /// <summary>Silent texts for the explainer.</summary>
    public IReadOnlyList<ContextExample> Shown { get; }

    /// <summary>Texts to classify.</summary>
    public IReadOnlyList<ContextExample> Scored { get; }

    /// <summary>Whether the latent fires in each of them.</summary>
    public IReadOnlyList<bool> Fires { get; }

    /// <summary>Draws them; what is drawn for a latent depends on seed and latent alone.</summary>
    public static HeldOutExamples Draw(LatentAtlas atlas, LatentProfile latent, ActiveContexts contexts, InterpretationOptions options)
    {
        var random = new RandomStream(options.Seed, "interpretation.examples", (ulong)latent.Latent);
        HashSet<int> seen = [.. latent.Contexts.Select(c => c.Context)];
        (int Context, int Row)[] active = [.. contexts.Of(latent.Latent).Where(p => !seen.Contains(p.Context))];
        HashSet<int> firing = [.. contexts.Of(latent.Latent).Select(p => p.Context)];
        int[] silent = [.. Enumerable.Range(0, atlas.Text.ContextCount).Where(c => !firing.Contains(c))];
        random.Shuffle(active.AsSpan());
        random.Shuffle(silent.AsSpan());
        (ContextExample Example, bool Fires)[] scored =
        [
            .. active.Take(options.ScoredContexts).Select(p => (atlas.ExampleAt(latent.Latent, p.Row), true)),
            .. silent.Take(options.ScoredContexts).Select(c => (Silent(c), false)),
        ];
        random.Shuffle(scored.AsSpan());
        ContextExample[] shown = [.. silent.Skip(options.ScoredContexts).Take(options.SilentContexts).Select(Silent)];
        return new HeldOutExamples(shown, [.. scored.Select(s => s.Example)], [.. scored.Select(s => s.Fires)]);

        ContextExample Silent(int context) => atlas.ExampleAt(latent.Latent, atlas.Text.FirstRow(context) + random.NextInt(atlas.Text.Length(context)));
    }
}

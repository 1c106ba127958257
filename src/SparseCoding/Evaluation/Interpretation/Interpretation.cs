using System.Numerics.Tensors;
using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using SparseCoding.Evaluations;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <summary>
/// Automatic interpretation as in the paper's experiment on a language model: an explainer sees a latent's top contexts and logit effects, a scorer predicts from
/// the explanation in which held-out texts the latent fires, and F1 says how well. Works with the codes of any encoder, so that encoders can be compared.
/// </summary>
public static class Interpretation
{
    /// <summary>Explains and scores latents drawn at random among those that fire in enough contexts.</summary>
    /// <param name="codes">Codes of the rows, [samples, atoms].</param>
    /// <param name="text">The text of the same rows.</param>
    /// <param name="explainer">Who explains.</param>
    /// <param name="scorer">Who predicts from the explanation.</param>
    /// <param name="options">How many latents and texts; null takes the paper's.</param>
    /// <param name="dictionary">The atoms, for logit effects; null leaves them out.</param>
    /// <param name="unembedding">From a direction of the activations to logits, [vocabulary, dimension]; null leaves the effects out.</param>
    /// <param name="progress">Receives the number of latents done so far.</param>
    /// <param name="cancellationToken">Stops between latents, and is given to explainer and scorer.</param>
    /// <returns>The scores. An answer that cannot be read is counted as a failure of its latent, and does not end the run; any other exception does.</returns>
    /// <exception cref="ArgumentException">Shapes do not agree (see <see cref="LatentAtlas.Build"/>), or no latent fires in enough contexts.</exception>
    public static async Task<InterpretationReport> RunAsync(
        SparseCodes codes,
        TokenContexts text,
        IExplainer explainer,
        IExplanationScorer scorer,
        InterpretationOptions? options = null,
        IDictionary? dictionary = null,
        Tensor<float>? unembedding = null,
        IProgress<int>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(explainer);
        ArgumentNullException.ThrowIfNull(scorer);
        options ??= new InterpretationOptions();
        if (codes.RowCount != text.RowCount)
        {
            Throw.Argument($"codes has {codes.RowCount} rows, but text {text.RowCount} tokens; they must be the same rows.", nameof(text));
        }

        var contexts = ActiveContexts.Of(codes, text, options.Atlas.Side);
        int needed = options.Atlas.ContextCount + options.ScoredContexts, silent = options.SilentContexts + options.ScoredContexts;
        int[] eligible = [.. Enumerable.Range(0, codes.AtomCount).Where(latent => contexts.Count(latent) >= needed && text.ContextCount - contexts.Count(latent) >= silent)];
        if (eligible.Length == 0)
        {
            Throw.Argument(
                $"No latent fires in at least {needed} contexts and is silent in at least {silent}: {options.Atlas.ContextCount} are shown, {options.ScoredContexts} of each kind are scored. Give more text, or ask for fewer.",
                nameof(codes));
        }

        int[] chosen = Draw(eligible, options);
        LatentAtlas atlas = LatentAtlas.Build(codes, text, options.Atlas with { Latents = ValueList.Create(chosen), OnePerContext = true }, dictionary, unembedding, cancellationToken: cancellationToken);
        var results = new LatentInterpretation[chosen.Length];
        for (int i = 0; i < chosen.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var examples = HeldOutExamples.Draw(atlas, atlas.Latents[i], contexts, options);
            results[i] = await ScoreAsync(atlas.Latents[i], examples, explainer, scorer, cancellationToken).ConfigureAwait(false);
            progress?.Report(i + 1);
        }

        return new InterpretationReport(results, eligible.Length, Enumerable.Range(0, codes.AtomCount).Count(latent => contexts.Count(latent) > 0));
    }

    private static int[] Draw(int[] eligible, InterpretationOptions options)
    {
        var places = new int[Math.Min(options.LatentCount, eligible.Length)];
        new RandomStream(options.Seed, "interpretation.latents").SampleWithoutReplacement(eligible.Length, places);
        places.AsSpan().Sort();
        return [.. places.Select(p => eligible[p])];
    }

    private static async Task<LatentInterpretation> ScoreAsync(LatentProfile latent, HeldOutExamples examples, IExplainer explainer, IExplanationScorer scorer, CancellationToken cancellationToken)
    {
        Explanation? explanation = null;
        try
        {
            explanation = await explainer.ExplainAsync(new ExplanationRequest { Latent = latent, Silent = examples.Shown }, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<bool> answers = await scorer.ClassifyAsync(explanation, [.. examples.Scored.Select(e => e.Tokens)], cancellationToken).ConfigureAwait(false);
            if (answers.Count != examples.Scored.Count)
            {
                Throw.InvalidData($"The scorer gave {answers.Count} answers for {examples.Scored.Count} texts.");
            }

            int Count(bool fires, bool said) => Enumerable.Range(0, answers.Count).Count(i => examples.Fires[i] == fires && answers[i] == said);
            return new LatentInterpretation
            {
                Latent = latent.Latent,
                Explanation = explanation,
                TruePositives = Count(true, true),
                FalseNegatives = Count(true, false),
                FalsePositives = Count(false, true),
                TrueNegatives = Count(false, false),
            };
        }
        catch (InvalidDataException unreadable)
        {
            return new LatentInterpretation { Latent = latent.Latent, Explanation = explanation, Failure = unreadable.Message };
        }
    }
}

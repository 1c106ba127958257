using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>The scorer of <see cref="NGramExplainer"/>: a text activates the latent if it holds one of the explanation's word sequences. Needs no model.</summary>
public sealed class NGramExplanationScorer : IExplanationScorer
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The explanation has no <see cref="Explanation.NGrams"/>.</exception>
    public Task<IReadOnlyList<bool>> ClassifyAsync(Explanation explanation, IReadOnlyList<IReadOnlyList<string>> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentNullException.ThrowIfNull(texts);
        cancellationToken.ThrowIfCancellationRequested();
        if (explanation.NGrams is null)
        {
            Throw.Argument("explanation has no NGrams; only word sequences can be looked up, so use a scorer that reads text.", nameof(explanation));
        }

        return Task.FromResult<IReadOnlyList<bool>>([.. texts.Select(text => explanation.NGrams.Any(words => Holds(text, words)))]);
    }

    private static bool Holds(IReadOnlyList<string> text, IReadOnlyList<string> words)
    {
        for (int start = 0; start + words.Count <= text.Count; start++)
        {
            int same = 0;
            for (; same < words.Count && text[start + same] == words[same]; same++)
            {
            }

            if (same == words.Count)
            {
                return true;
            }
        }

        return false;
    }
}

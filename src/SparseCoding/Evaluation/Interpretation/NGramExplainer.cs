using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// An explainer without any model, in the manner of Neuron to Graph (Foote et al. 2023): the shortest word sequences that end where the latent fires in its top
/// contexts, and nowhere that it is silent. What meaning, syntax or position have to do with a latent it cannot see: a floor for what a model should reach.
/// </summary>
/// <remarks>
/// Differs from Neuron to Graph in that words are not replaced in the model's input: only the text that is shown counts. A latent fires at a word where its value is at least a
/// fifth of its peak.
/// </remarks>
public sealed class NGramExplainer : IExplainer
{
    private const float FiringShare = 0.2f;

    /// <summary>The longest sequence. Default: 3.</summary>
    public int MaximumLength
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 3;

    /// <summary>The most sequences of an explanation. Default: 12.</summary>
    public int MaximumCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 12;

    /// <summary>Share of a sequence's occurrences in which the latent fires for the sequence to be taken. Default: 0.7.</summary>
    public double MinimumPrecision
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 0.7;

    /// <inheritdoc/>
    public Task<Explanation> ExplainAsync(ExplanationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        cancellationToken.ThrowIfCancellationRequested();
        float limit = FiringShare * Math.Abs(request.Latent.Peak);
        ContextExample[] texts = [.. request.Latent.Contexts, .. request.Silent];
        var counts = new Dictionary<string, Sequence>(StringComparer.Ordinal);
        for (int text = 0; text < texts.Length; text++)
        {
            for (int end = 0; end < texts[text].Tokens.Count; end++)
            {
                for (int length = 1; length <= MaximumLength && length <= end + 1; length++)
                {
                    string[] words = [.. texts[text].Tokens.Skip(end - length + 1).Take(length)];
                    string key = string.Join('\u0001', words);
                    if (!counts.TryGetValue(key, out Sequence? sequence))
                    {
                        counts.Add(key, sequence = new Sequence(words));
                    }

                    bool fires = Math.Abs(texts[text].Values[end]) >= limit && texts[text].Values[end] != 0;
                    sequence.Occurrences++;
                    if (fires)
                    {
                        sequence.Places.Add((text, end));
                    }
                }
            }
        }

        // Greedy cover of the places where the latent fires: most new places first, then the shorter and more certain sequence, then the order of words.
        List<Sequence> candidates = [.. counts.Values.Where(s => s.Places.Count >= MinimumPrecision * s.Occurrences && s.Places.Count > 0)];
        var covered = new HashSet<(int Text, int End)>();
        var chosen = new List<IReadOnlyList<string>>();
        while (chosen.Count < MaximumCount)
        {
            Sequence? best = candidates
                .Select(s => (Sequence: s, New: s.Places.Count(p => !covered.Contains(p))))
                .Where(s => s.New > 0)
                .OrderByDescending(s => s.New)
                .ThenBy(s => s.Sequence.Words.Length)
                .ThenByDescending(s => (double)s.Sequence.Places.Count / s.Sequence.Occurrences)
                .ThenBy(s => string.Join('\u0001', s.Sequence.Words), StringComparer.Ordinal)
                .Select(s => s.Sequence)
                .FirstOrDefault();
            if (best is null)
            {
                break;
            }

            chosen.Add(best.Words);
            covered.UnionWith(best.Places);
        }

        string said = chosen.Count == 0 ? "No word sequence tells where it fires." : $"Fires on the last word of: {string.Join("; ", chosen.Select(words => $"“{string.Join(' ', words)}”"))}.";
        return Task.FromResult(new Explanation(said) { NGrams = chosen });
    }

    private sealed class Sequence(string[] words)
    {
        public string[] Words { get; } = words;

        public int Occurrences { get; set; }

        public List<(int Text, int End)> Places { get; } = [];
    }
}

using System.Globalization;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>A scorer that asks a chat model which of some numbered texts activate the feature that an explanation describes.</summary>
/// <param name="model">The model.</param>
public sealed class ChatExplanationScorer(ChatModel model) : IExplanationScorer
{
    private readonly ChatModel _model = model ?? throw new ArgumentNullException(nameof(model));

    /// <inheritdoc/>
    public async Task<IReadOnlyList<bool>> ClassifyAsync(Explanation explanation, IReadOnlyList<IReadOnlyList<string>> texts, CancellationToken cancellationToken = default)
    {
        string prompt = Prompt(explanation, texts);
        return Parse(await _model(prompt, cancellationToken).ConfigureAwait(false) ?? string.Empty, texts.Count);
    }

    /// <summary>The prompt that is sent.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="texts">The texts, each as its tokens.</param>
    public static string Prompt(Explanation explanation, IReadOnlyList<IReadOnlyList<string>> texts)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        ArgumentNullException.ThrowIfNull(texts);
        var prompt = new StringBuilder();
        prompt.AppendLine(CultureInfo.InvariantCulture, $"A feature of a neural network that reads text is described so: \"{explanation.Text}\"");
        prompt.AppendLine("For each of the following texts, say whether this feature is active somewhere in it.");
        prompt.AppendLine();
        for (int i = 0; i < texts.Count; i++)
        {
            prompt.AppendLine(CultureInfo.InvariantCulture, $"{i + 1}. {string.Join(' ', texts[i])}");
        }

        prompt.AppendLine();
        prompt.Append(CultureInfo.InvariantCulture, $"Answer with {texts.Count} digits separated by commas, 1 for active and 0 for not, in the order of the texts, and nothing else.");
        return prompt.ToString();
    }

    /// <summary>Reads "1, 0, 1"; the digits stand alone or in brackets. Anything else is refused: a guess would be counted as an answer.</summary>
    private static bool[] Parse(string answer, int count)
    {
        string[] parts = answer.Trim().Trim('[', ']', '.').Split([',', ' ', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (parts.Length != count || parts.Any(p => p is not ("0" or "1")))
        {
            Throw.InvalidData($"The model was asked for {count} digits 0 or 1, but answered \"{(answer.Length > 200 ? answer[..200] + "…" : answer)}\".");
        }

        return [.. parts.Select(p => p == "1")];
    }
}

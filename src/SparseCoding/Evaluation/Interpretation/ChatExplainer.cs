using System.Globalization;
using System.Text;

namespace SparseCoding;

/// <summary>
/// An explainer that asks a chat model in the form of the paper's experiment (O'Neill and Klindt 2024, after Bills et al. 2023): the top contexts with the
/// value at each active token, and the tokens whose logits rise and fall most; one sentence is asked for.
/// </summary>
/// <param name="model">The model.</param>
public sealed class ChatExplainer(ChatModel model) : IExplainer
{
    private readonly ChatModel _model = model ?? throw new ArgumentNullException(nameof(model));

    /// <inheritdoc/>
    public async Task<Explanation> ExplainAsync(ExplanationRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string answer = await _model(Prompt(request), cancellationToken).ConfigureAwait(false);
        return new Explanation((answer ?? string.Empty).Trim());
    }

    /// <summary>The prompt that is sent for a latent.</summary>
    /// <param name="request">What is shown of it.</param>
    public static string Prompt(ExplanationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        LatentProfile latent = request.Latent;
        var prompt = new StringBuilder();
        prompt.AppendLine("We study one feature of a neural network that reads text. Below are the texts in which it is most active. A word is followed by");
        prompt.AppendLine("its activation in brackets, on a scale from 0 to 10, where the feature is active on it; words without brackets do not activate it.");
        prompt.AppendLine();
        for (int i = 0; i < latent.Contexts.Count; i++)
        {
            ContextExample example = latent.Contexts[i];
            prompt.Append(CultureInfo.InvariantCulture, $"{i + 1}.");
            for (int t = 0; t < example.Tokens.Count; t++)
            {
                prompt.Append(' ').Append(example.Tokens[t]);
                double scaled = latent.Peak == 0 ? 0 : Math.Round(10 * example.Values[t] / latent.Peak, MidpointRounding.AwayFromZero);
                if (scaled > 0)
                {
                    prompt.Append(CultureInfo.InvariantCulture, $" [{scaled:0}]");
                }
            }

            prompt.AppendLine();
        }

        if (latent.Promoted.Count > 0)
        {
            prompt.AppendLine();
            prompt.AppendLine(CultureInfo.InvariantCulture, $"It makes these next words more likely: {string.Join(", ", latent.Promoted.Select(t => t.Text))}.");
            prompt.AppendLine(CultureInfo.InvariantCulture, $"It makes these next words less likely: {string.Join(", ", latent.Suppressed.Select(t => t.Text))}.");
        }

        prompt.AppendLine();
        prompt.Append("In one short sentence, say what this feature is active on. Answer with the sentence only.");
        return prompt.ToString();
    }
}

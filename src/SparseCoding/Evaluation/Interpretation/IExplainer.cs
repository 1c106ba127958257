namespace SparseCoding;

/// <summary>Says what a latent stands for: a chat model, a person, or an offline rule.</summary>
public interface IExplainer
{
    /// <summary>Explains one latent.</summary>
    /// <param name="request">What is shown of it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    Task<Explanation> ExplainAsync(ExplanationRequest request, CancellationToken cancellationToken = default);
}

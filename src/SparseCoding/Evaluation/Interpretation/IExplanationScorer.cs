namespace SparseCoding;

/// <summary>Predicts from an explanation alone in which texts a latent fires.</summary>
public interface IExplanationScorer
{
    /// <summary>Says for each text whether the latent fires in it. Values of the latent are not shown.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="texts">Texts, each as its tokens.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    /// <returns>One answer for each text, in their order.</returns>
    /// <exception cref="InvalidDataException">The answer could not be read.</exception>
    Task<IReadOnlyList<bool>> ClassifyAsync(Explanation explanation, IReadOnlyList<IReadOnlyList<string>> texts, CancellationToken cancellationToken = default);
}

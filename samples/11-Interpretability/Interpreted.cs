namespace SparseCoding.Samples.Interpretability;

/// <summary>What was found of one encoder.</summary>
/// <param name="Name">Its name in tables and file names.</param>
/// <param name="Quality">Error and sparsity on the test rows.</param>
/// <param name="Atlas">Its most used latents.</param>
/// <param name="Explanations">Explanations of random latents, with their scores.</param>
internal sealed record Interpreted(string Name, EncoderReport Quality, LatentAtlas Atlas, InterpretationReport Explanations)
{
    /// <summary>Its page.</summary>
    public string File => $"latents-{string.Concat(Name.ToLowerInvariant().Select(c => c == ' ' ? '-' : c).Where(c => char.IsAsciiLetterOrDigit(c) || c == '-'))}.html";
}

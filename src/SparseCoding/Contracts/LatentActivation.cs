namespace SparseCoding;

/// <summary>Where a latent fires.</summary>
/// <param name="Row">Row of the codes.</param>
/// <param name="Value">Value of the latent there.</param>
public readonly record struct LatentActivation(int Row, float Value);

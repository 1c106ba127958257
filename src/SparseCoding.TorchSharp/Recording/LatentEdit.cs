using SparseCoding.Diagnostics;

namespace SparseCoding.Torch;

/// <summary>What is done to one latent of every code: z_j becomes scale · z_j + amount, or, where only active latents are meant, only where z_j is not 0.</summary>
/// <param name="Latent">The latent, from 0.</param>
/// <param name="Scale">Factor on its value, finite.</param>
/// <param name="Amount">Added to it, finite, in units of the code.</param>
/// <param name="OnlyActive">Whether codes in which it is 0 stay as they are.</param>
public sealed record LatentEdit(int Latent, float Scale, float Amount, bool OnlyActive = false)
{
    /// <summary>The latent, from 0.</summary>
    public int Latent { get; init; } = Throw.AtLeast(Latent, 0);

    /// <summary>Factor on its value, finite.</summary>
    public float Scale { get; init; } = Finite(Scale, nameof(Scale));

    /// <summary>Added to it, finite, in units of the code.</summary>
    public float Amount { get; init; } = Finite(Amount, nameof(Amount));

    /// <summary>Turns a latent off: z_j = 0.</summary>
    /// <param name="latent">The latent, from 0.</param>
    public static LatentEdit Ablate(int latent) => new(latent, 0, 0);

    /// <summary>Sets a latent to a value in every row, whether it is active or not.</summary>
    /// <param name="latent">The latent, from 0.</param>
    /// <param name="value">Its value.</param>
    public static LatentEdit Clamp(int latent, float value) => new(latent, 0, value);

    /// <summary>Steers: adds to a latent in every row, so that its atom is added to the activation with that weight.</summary>
    /// <param name="latent">The latent, from 0.</param>
    /// <param name="amount">What is added.</param>
    public static LatentEdit Steer(int latent, float amount) => new(latent, 1, amount);

    /// <summary>Multiplies a latent where it is active.</summary>
    /// <param name="latent">The latent, from 0.</param>
    /// <param name="factor">The factor.</param>
    public static LatentEdit Multiply(int latent, float factor) => new(latent, factor, 0);

    /// <summary>The edited value.</summary>
    internal float Apply(float value) => OnlyActive && value == 0 ? 0 : (Scale * value) + Amount;

    private static float Finite(float value, string name) =>
        float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite.");
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Ghost gradients (Jermyn and Templeton 2024): dead latents code the error through an exponential, which has a gradient where a ReLU has none. For a
/// signal with error r = x − x̂, a constant, let g = Σ_dead exp(pre_j) d_j and s = ‖r‖/(2‖g‖), a constant; the loss gains
/// weight · f · ½‖s g − r‖² with the constant f = Σ‖r‖² / Σ‖s g − r‖² of the batch, which makes it as large as the reconstruction loss.
/// </summary>
/// <remarks>Made for a ReLU, whose dead latents have negative pre-activations; later work prefers <see cref="AuxKRemedy"/>. Any selection takes it.</remarks>
public sealed record GhostGradientRemedy : DeadLatentRemedy
{
    /// <summary>Weight of the loss, at least 0.</summary>
    /// <value>Default: 1.</value>
    public float Weight
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1;

    /// <summary>Steps without firing after which a latent counts as dead, at least 1.</summary>
    /// <value>Default: 256.</value>
    public long DeadAfter
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 256;

    internal override long? Window => DeadAfter;

    internal override void Validate(SaeOptions options) => RequireLinearDecoder(options, "Ghost gradients decode dead latents on their own");
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Pre-activation loss (Anthropic, January 2025; SAELens): dead latents are pulled towards their thresholds by
/// weight · Σ_dead max(θ_j − pre_j, 0) ‖d_j‖ of a signal, with gradients to pre-activations, thresholds and norms; θ = 0 for a ReLU.
/// </summary>
public sealed record PreActivationRemedy : DeadLatentRemedy
{
    /// <summary>Weight of the loss, at least 0, in units of the loss ½‖u − û‖² of a scaled signal.</summary>
    /// <value>Default: 3e-6 (Anthropic, SAELens), made for millions of steps; short runs want 1e-4 to 1e-3.</value>
    public float Weight
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 3e-6f;

    /// <summary>Steps without firing after which a latent counts as dead, at least 1.</summary>
    /// <value>Default: 256.</value>
    public long DeadAfter
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 256;

    internal override long? Window => DeadAfter;

    internal override void Validate(SaeOptions options)
    {
        RequireLinearDecoder(options, "The pre-activation loss weighs dead latents by the norms of their atoms");
        if (options.Selection is not (ReluSelection or JumpReluSelection))
        {
            Throw.Argument($"The pre-activation loss pulls latents towards their own thresholds; {options.Selection} has none that training compares with. Use Selection.Relu or JumpRelu, or another remedy (AuxK).", nameof(SaeOptions.Remedies));
        }
    }
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// AuxK (Gao et al. 2024): the k largest pre-activations among dead latents alone code what the encoder leaves over; the loss gains
/// weight · min(dead/k, 1) · ½‖r − ẑD‖² of a signal, r = x − x̂ taken as a constant and decoded without the bias (SAELens' form, in this library's
/// units: no division by the variance of the error).
/// </summary>
public sealed record AuxKRemedy : DeadLatentRemedy
{
    /// <summary>Latents that code the error of a signal; 0 takes half the dimension.</summary>
    /// <value>Default: 0.</value>
    public int K
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Weight of the auxiliary loss, at least 0.</summary>
    /// <value>Default: 1/32.</value>
    public float Weight
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1f / 32;

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
        if (options.Decoder is not (LinearDecoderOptions or MatryoshkaDecoderOptions))
        {
            Throw.Argument($"AuxK decodes dead latents on their own, which needs a linear decoder; the options have {options.Decoder}.", nameof(SaeOptions.Remedies));
        }
    }
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// AuxK (Gao et al. 2024): the k largest pre-activations among dead latents alone code what the encoder leaves over; the loss gains
/// weight · min(dead/k, 1) · s · ½‖r − ẑD‖² of a signal, r = x − x̂ taken as a constant and decoded without the bias.
/// </summary>
/// <remarks>
/// Which form: k (half the dimension) and the weight are those of Gao et al. and dictionary_learning; min(dead/k, 1) is SAELens'. The window is shorter
/// than their 10 million signals, because runs here are (the default run has 10 million in all); set <see cref="DeadAfter"/> for long ones.
/// </remarks>
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

    /// <summary>
    /// Whether the loss is measured against the variance of the error, as the main loss of Gao et al. is against that of the signals: then
    /// s = Σ‖x − x̄‖² / Σ‖r − r̄‖² of the batch, a constant, and the weight means what it means there and in dictionary_learning. Without it s = 1:
    /// SAELens' form, which has weight 1.
    /// </summary>
    /// <value>Default: true.</value>
    public bool Normalize { get; init; } = true;

    /// <summary>Steps without firing after which a latent counts as dead, at least 1.</summary>
    /// <value>Default: 256.</value>
    public long DeadAfter
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 256;

    internal override long? Window => DeadAfter;

    internal override void Validate(SaeOptions options) => RequireLinearDecoder(options, "AuxK decodes dead latents on their own");
}

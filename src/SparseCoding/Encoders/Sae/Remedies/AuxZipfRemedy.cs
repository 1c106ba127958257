using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// AuxK for latents that are used too little and not only for dead ones (Ayonrinde 2024, aux_zipf_loss): the error is coded by the k largest
/// pre-activations among the dead latents and those whose firing rate ρ, a moving average, is below τ times what Zipf's law expects of their rank:
/// ρ*_r = Σρ · (r + c)^−α / Σ_s (s + c)^−α. With <see cref="Threshold"/> τ = 0 it is <see cref="AuxKRemedy"/>, to the bit. The paper gives no constants:
/// those below are this library's.
/// </summary>
public sealed record AuxZipfRemedy : DeadLatentRemedy
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

    /// <summary>Whether the loss is measured against the variance of the error: see <see cref="AuxKRemedy.Normalize"/>.</summary>
    /// <value>Default: true.</value>
    public bool Normalize { get; init; } = true;

    /// <summary>Steps without firing after which a latent counts as dead, at least 1.</summary>
    /// <value>Default: 256.</value>
    public long DeadAfter
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 256;

    /// <summary>Share τ of the expected rate below which a latent counts as used too little, 0 to 1; 0 leaves only the dead ones.</summary>
    /// <value>Default: 0.1.</value>
    public double Threshold
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 0.1;

    /// <summary>Exponent α of Zipf's law, 0 to 10; 0 expects the same rate of all.</summary>
    /// <value>Default: 1.</value>
    public double Exponent
    {
        get;
        init => field = Throw.InRange(value, 0, 10);
    } = 1;

    /// <summary>Shift c of the ranks, 0 to 10⁹; null takes a hundredth of the atoms.</summary>
    /// <value>Default: null.</value>
    public double? RankShift
    {
        get;
        init => field = value is { } given ? Throw.InRange(given, 0, 1e9) : null;
    }

    /// <summary>Decay of the moving average of the firing rates, 0 to 1.</summary>
    /// <value>Default: 0.99.</value>
    public float DensityDecay
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 1);
    } = 0.99f;

    internal override long? Window => DeadAfter;

    internal override void Validate(SaeOptions options)
    {
        RequireLinearDecoder(options, "AuxZipf decodes the latents it helps on their own");
        Refuse<AuxKRemedy>(options, "AuxZipf treats dead latents as AuxK does, so that they would count twice");
    }
}

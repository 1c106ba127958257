using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Group bias adaptation (Chen et al. 2025, arXiv 2506.14002): the encoder's biases take no gradient, nor does the decoder's bias, which is subtracted before the encoder and so shifts every latent (it stays where it started); they hold every latent's firing rate below a
/// target instead. Latents are split at random into groups with targets p_1 &gt; … &gt; p_K in geometric steps. After every <see cref="BufferSteps"/> steps,
/// with the rate p̂ of a latent over them, its largest code r and the mean T of r over the latents of its group that fired:
/// b ← max(b − γ₋ r, −<see cref="Floor"/> · ‖w‖ · max‖u − b‖) where p̂ &gt; p_k, b ← min(b + γ₊ T, 0) where p̂ &lt; <see cref="DeadRate"/>, else b stays.
/// </summary>
/// <remarks>
/// The paper has signals and weights of norm 1, for which the floor is −1, where a latent can no longer fire; it has no penalty: set <see cref="TrainingOptions.Lambda"/> to 0. It ties
/// decoder and encoder: set <see cref="TieEncoder"/>, without which an encoder that is free to rotate finds far fewer planted features (docs/results/seed-systems.md). Its pseudocode is printed with the two bounds exchanged; this is the form that its text describes.
/// </remarks>
public sealed record BiasAdaptationRemedy : DeadLatentRemedy
{
    /// <summary>Number K of groups, at least 1.</summary>
    /// <value>Default: 10.</value>
    public int Groups
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10;

    /// <summary>Target rate of the first group, above 0 and at most 1.</summary>
    /// <value>Default: 0.1.</value>
    public double HighestRate
    {
        get;
        init => field = Throw.InRange(value, double.Epsilon, 1);
    } = 0.1;

    /// <summary>Target rate of the last group, above 0 and at most 1.</summary>
    /// <value>Default: 0.001.</value>
    public double LowestRate
    {
        get;
        init => field = Throw.InRange(value, double.Epsilon, 1);
    } = 0.001;

    /// <summary>Steps between two changes of the biases, at least 1.</summary>
    /// <value>Default: 50.</value>
    public long BufferSteps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 50;

    /// <summary>How fast a bias falls, γ₋, at least 0.</summary>
    /// <value>Default: 0.01.</value>
    public float DecreaseRate
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 0.01f;

    /// <summary>How fast the bias of a dead latent rises, γ₊, at least 0.</summary>
    /// <value>Default: 0.01.</value>
    public float IncreaseRate
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 0.01f;

    /// <summary>Firing rate below which a latent counts as dead, 0 to 1.</summary>
    /// <value>Default: 1e-6.</value>
    public double DeadRate
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 1e-6;

    /// <summary>Bound from below, in units of ‖w‖ · max‖u − b‖, positive.</summary>
    /// <value>Default: 1.</value>
    public float Floor
    {
        get;
        init => field = Throw.Positive(value);
    } = 1;

    /// <summary>
    /// Whether every encoder row keeps the direction of its atom, as in the paper: w = s d, where d is trained by both gradients and the scale s by the encoder's. Needs a linear decoder of
    /// unit norm. The encoder's rows stay parameters of their own, so that files and codes are those of any other SAE.
    /// </summary>
    /// <value>Default: false.</value>
    public bool TieEncoder { get; init; }

    internal override bool OwnsEncoderBias => true;

    internal override void Validate(SaeOptions options)
    {
        if (!options.Bias)
        {
            Throw.Argument("BiasAdaptation moves the encoder's biases, but SaeOptions.Bias is false.", nameof(SaeOptions.Remedies));
        }

        if (options.Selection is not (ReluSelection or JumpReluSelection))
        {
            Throw.Argument($"BiasAdaptation needs latents that fire by their own pre-activation; {options.Selection} compares them with each other, so that a bias says little about a rate. Use Selection.Relu or JumpRelu.", nameof(SaeOptions.Remedies));
        }

        if (TieEncoder && options.Decoder is not LinearDecoderOptions { UnitNorm: true })
        {
            Throw.Argument($"BiasAdaptation.TieEncoder keeps encoder rows on the directions of unit atoms; the options have {options.Decoder}. Use SaeDecoderOptions.Linear.", nameof(SaeOptions.Remedies));
        }

        if (LowestRate > HighestRate)
        {
            Throw.Argument($"LowestRate {LowestRate} is above HighestRate {HighestRate}.", nameof(SaeOptions.Remedies));
        }
    }

    /// <summary>Target rate of a group, 0 to Groups − 1: geometric from the highest to the lowest.</summary>
    internal double Target(int group) => Groups == 1 ? HighestRate : HighestRate * Math.Pow(LowestRate / HighestRate, group / (Groups - 1.0));
}

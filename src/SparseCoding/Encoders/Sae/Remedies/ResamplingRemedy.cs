using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Resampling (Bricken et al. 2023): every so many steps each dead latent is started anew at a signal that the autoencoder reconstructs badly. Signals
/// of the batch are drawn without repetition with probability ∝ (‖x − x̂‖²)²; the atom becomes (x − b)/‖x − b‖, the encoder's row the same direction
/// with <see cref="EncoderScale"/> times the mean norm of the live rows, its bias 0, its threshold (where it has one) that of the start, and the
/// optimiser's moments of all of these 0. At most as many latents as the batch has signals start anew at once; others wait for the next time.
/// </summary>
/// <remarks>
/// The draws depend on the seed and the number of the step alone, so a resumed run makes the same. Bricken et al. draw from 819 200 signals, every 25 000
/// steps, four times; here from the batch of that step.
/// </remarks>
public sealed record ResamplingRemedy : DeadLatentRemedy
{
    /// <summary>Steps between two resamplings, at least 1.</summary>
    /// <value>Default: 1000.</value>
    public long Every
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1000;

    /// <summary>Share of the run after which nothing is resampled, 0 to 1: what starts late has no time to learn.</summary>
    /// <value>Default: 0.7.</value>
    public double UntilShare
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 0.7;

    /// <summary>Steps without firing after which a latent counts as dead, at least 1; 0 takes half of <see cref="Every"/> (Bricken et al.).</summary>
    /// <value>Default: 0.</value>
    public long DeadAfter
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>
    /// Norm of a new encoder row as a share of the mean norm of the live ones, positive. Null takes 0.2 (Bricken et al.), but 1 where the selection keeps
    /// the largest pre-activations: among those a small row would never be chosen.
    /// </summary>
    /// <value>Default: null.</value>
    public float? EncoderScale
    {
        get;
        init => field = value is { } given ? Throw.Positive(given) : null;
    }

    internal override long? Window => DeadAfter > 0 ? DeadAfter : Math.Max(1, Every / 2);

    internal override void Validate(SaeOptions options)
    {
        RequireLinearDecoder(options, "Resampling sets atoms to signals");
        Refuse<BiasAdaptationRemedy>(options, "Resampling sets biases to 0, but BiasAdaptation owns them");
    }
}

using System.Text.Json.Serialization;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What is done about latents that no longer fire. A pure value; remedies of different kinds combine, and each can be switched on alone.</summary>
[JsonDerivedType(typeof(AuxKRemedy), "auxk")]
[JsonDerivedType(typeof(AuxZipfRemedy), "auxzipf")]
[JsonDerivedType(typeof(ResamplingRemedy), "resampling")]
[JsonDerivedType(typeof(GhostGradientRemedy), "ghost")]
[JsonDerivedType(typeof(PreActivationRemedy), "preactivation")]
[JsonDerivedType(typeof(BiasAdaptationRemedy), "bias_adaptation")]
public abstract record DeadLatentRemedy
{
    private protected DeadLatentRemedy()
    {
    }

    /// <summary>Whether the encoder's biases take no gradient because the remedy moves them.</summary>
    internal virtual bool OwnsEncoderBias => false;

    /// <summary>Steps without firing after which a latent counts as dead; null where the remedy does not ask.</summary>
    internal virtual long? Window => null;

    /// <summary>Checks the remedy against the rest of the options.</summary>
    internal virtual void Validate(SaeOptions options)
    {
    }

    /// <summary>ArgumentException where x̂ is not z D + offset; the reason begins the message.</summary>
    private protected static void RequireLinearDecoder(SaeOptions options, string reason)
    {
        if (options.Decoder is not (LinearDecoderOptions or MatryoshkaDecoderOptions))
        {
            Throw.Argument($"{reason}, which needs a linear decoder; the options have {options.Decoder}.", nameof(SaeOptions.Remedies));
        }
    }

    /// <summary>ArgumentException where the options have a remedy of another kind that does not go with this one.</summary>
    private protected static void Refuse<TOther>(SaeOptions options, string reason)
        where TOther : DeadLatentRemedy
    {
        if (options.Remedies.OfType<TOther>().FirstOrDefault() is { } other)
        {
            Throw.Argument($"{reason}: leave out one of the two ({other}).", nameof(SaeOptions.Remedies));
        }
    }
}

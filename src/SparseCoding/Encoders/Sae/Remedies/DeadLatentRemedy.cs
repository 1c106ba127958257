using System.Text.Json.Serialization;

namespace SparseCoding;

/// <summary>What is done about latents that no longer fire. A pure value; remedies combine, and each can be switched on alone.</summary>
[JsonDerivedType(typeof(AuxKRemedy), "auxk")]
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
}

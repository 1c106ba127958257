using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>What the parts of one SAE on a device share. In inference there are no decoder, no latent statistics and no training options.</summary>
internal sealed class SaeModel
{
    /// <summary>The backend.</summary>
    public required Backend Backend { get; init; }

    /// <summary>What the encoder is.</summary>
    public required SaeOptions Options { get; init; }

    /// <summary>How it is trained; null in inference, where nothing has a gradient.</summary>
    public TrainingOptions? Training { get; init; }

    /// <summary>Dimension of the signals that are encoded.</summary>
    public required int InputDimension { get; init; }

    /// <summary>Dimension of what is reconstructed.</summary>
    public required int OutputDimension { get; init; }

    /// <summary>Number of atoms.</summary>
    public int AtomCount => Options.AtomCount;

    /// <summary>Whether gradients are taken.</summary>
    public bool IsTraining => Training is not null;

    /// <summary>Steps of the run; 0 in inference.</summary>
    public long TotalSteps => Training?.Steps ?? 0;

    /// <summary>The linear map to pre-activations.</summary>
    public required LinearEncoder Encoder { get; init; }

    /// <summary>The selection.</summary>
    public SelectionPart Selection { get; set; } = null!;

    /// <summary>The decoder; null in inference.</summary>
    public DecoderPart Decoder { get; set; } = null!;

    /// <summary>The atoms of a trained encoder, [atoms, output dimension], for a selection that encodes by them; null in training, and where nobody asked.</summary>
    public DeviceMatrix? EncodingAtoms { get; init; }

    /// <summary>How long latents have been silent; null where no part asks.</summary>
    public LatentActivity? Latents { get; set; }
}

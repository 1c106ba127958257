using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>How files of activations are read. A pure value.</summary>
public sealed record ActivationFileOptions
{
    /// <summary>Tensor to read from <c>.safetensors</c> files, the same in every shard; null takes the only tensor of rank 2 (or, where there is none, of rank 3).</summary>
    /// <value>Default: null.</value>
    public string? TensorName
    {
        get;
        init
        {
            if (value is not null && string.IsNullOrWhiteSpace(value))
            {
                Throw.Argument("TensorName must be the name of a tensor, or null for the only one.", nameof(TensorName));
            }

            field = value;
        }
    }

    /// <summary>How files without a header are read; null where there are none. Where it is given, every file that is neither .npy nor .safetensors is read so.</summary>
    /// <value>Default: null.</value>
    public RawActivationLayout? Raw { get; init; }
}

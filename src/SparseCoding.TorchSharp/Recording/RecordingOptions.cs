using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>How the activations of a model are recorded.</summary>
public sealed record RecordingOptions
{
    /// <summary>
    /// Which rows of a batch are kept (no padding, no first token): given the batch, a bool tensor with one element for each row of the submodule's output, in its order. It must
    /// depend on the batch alone. Null keeps all.
    /// </summary>
    /// <value>Default: null.</value>
    public Func<torch.Tensor, torch.Tensor>? Keep { get; init; }

    /// <summary>
    /// Rows that the submodule gives for a batch, before <see cref="Keep"/>. Null takes the elements of a batch of whole numbers (tokens [sequences, positions]: one row for each) and, for floating
    /// batches, the product of all axes but the last. It is checked against what the model gives.
    /// </summary>
    /// <value>Default: null.</value>
    public Func<torch.Tensor, long>? RowsOf { get; init; }

    /// <summary>Bytes of recorded activations that are kept, so that rows of one batch that are asked for one after the other run the model once; at least one batch is always kept.</summary>
    /// <value>Default: 256 MiB.</value>
    public long CacheBytes
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 256L << 20;

    /// <summary>
    /// A downstream loss, of whose gradient at each row <see cref="SignalBatch.Gradients"/> then tells (<see cref="GradientTopKSelection"/> learns from it): given the batch, it runs the model and gives a tensor of one
    /// element, better a sum over rows than a mean, whose gradients shrink with the batch. It takes the place of what runs the model. No gradient of a parameter is touched. Null records no gradients.
    /// </summary>
    /// <value>Default: null.</value>
    public Func<torch.Tensor, torch.Tensor>? Loss { get; init; }

    /// <summary>Whether the model is put into evaluation mode while it records, and back afterwards; otherwise dropout gives other activations at every pass.</summary>
    /// <value>Default: true.</value>
    public bool Evaluate { get; init; } = true;
}

using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>pre = input·Wᵀ + b with W [atoms, dimension] and b [1, atoms] or none.</summary>
internal sealed class LinearEncoder : IDisposable
{
    private readonly Backend _backend;
    private readonly DeviceMatrix? _sums;

    /// <summary>Allocates the weights; <paramref name="needsSums"/> where the sums of the gradient are wanted although there is no bias to train.</summary>
    public LinearEncoder(Backend backend, int atomCount, int dimension, bool bias, bool frozen, bool frozenBias, bool needsSums)
    {
        _backend = backend;
        Weights = new Parameter(backend, "encoder.0.weight", atomCount, dimension, frozen);
        Bias = bias ? new Parameter(backend, "encoder.0.bias", 1, atomCount, frozen || frozenBias) : null;
        _sums = needsSums && Bias?.Gradient is null ? backend.Allocate(1, atomCount) : null;
    }

    /// <summary>The weights.</summary>
    public Parameter Weights { get; }

    /// <summary>The biases; null without.</summary>
    public Parameter? Bias { get; }

    /// <summary>Sums over the batch of the gradient at the pre-activations, [1, atoms]: the bias gradient; null where nobody needs them.</summary>
    public DeviceMatrix? GradientSums => Bias?.Gradient ?? _sums;

    /// <summary>Whether the decoder's bias is trained in this step too, which asks for <see cref="GradientSums"/> where no bias does.</summary>
    public bool WantsSums { get; set; } = true;

    /// <summary>pre [rows, atoms], through a ReLU where asked.</summary>
    public void Apply(DeviceMatrix input, DeviceMatrix pre, bool relu = false) =>
        _backend.Product(input, false, Weights.Value, true, pre, new ProductEpilogue { Bias = Bias?.Value, Relu = relu });

    /// <summary>codes = select(pre).</summary>
    public void Select(DeviceMatrix input, SelectionRule rule, DeviceCodes codes) =>
        _backend.EncodeAndSelect(input, Weights.Value, Bias?.Value, rule, codes);

    /// <summary>Writes the gradients of weights and biases from the gradient at the pre-activations, which is that of the codes.</summary>
    public void Backward(DeviceMatrix input, CodeBatch codes)
    {
        codes.GradientTransposedTimes(input, Weights.Gradient!);
        if (GradientSums is { } sums && (WantsSums || sums != _sums))
        {
            codes.SumPerAtom(codes.Gradient, sums);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Weights.Dispose();
        Bias?.Dispose();
        _sums?.Dispose();
    }
}

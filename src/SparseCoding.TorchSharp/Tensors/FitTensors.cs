using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// Training of the core's encoders on torch tensors, as their own <c>Fit</c> reads: each method is that <c>Fit</c> on <see cref="SignalTensors.AsSource"/> of the tensor, nothing is copied. Work is done
/// where the tensor is: on the CPU by the core's kernels, elsewhere by a <see cref="TorchDevice"/>, unless the context names a device. Signals are [samples, dimension], of any floating
/// type; another type or rank, no rows, NaN and infinity are an ArgumentException before any work.
/// </summary>
public static class FitTensors
{
    /// <summary>Learns from signals in a tensor; see <see cref="FistaEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static FistaEncoder Fit(this FistaEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="MlpEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static MlpEncoder Fit(this MlpEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns the encoder for a dictionary that is known; see <see cref="MlpEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static MlpEncoder Fit(this MlpEncoder encoder, torch.Tensor signals, IDictionary dictionary, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, dictionary, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns the encoder from known codes; see <see cref="MlpEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="codes">Their codes, [samples, atoms]; codes in a tensor: <see cref="CodeTensors.ToSparseCodes"/>.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static MlpEncoder Fit(this MlpEncoder encoder, torch.Tensor signals, SparseCodes codes, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, codes, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="KMeansEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static KMeansEncoder Fit(this KMeansEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="LarsEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static LarsEncoder Fit(this LarsEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="OmpEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static OmpEncoder Fit(this OmpEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="LassoEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static LassoEncoder Fit(this LassoEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="ListaEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static ListaEncoder Fit(this ListaEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns the encoder for a dictionary that is known; see <see cref="ListaEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static ListaEncoder Fit(this ListaEncoder encoder, torch.Tensor signals, IDictionary dictionary, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, dictionary, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns the encoder from known codes; see <see cref="ListaEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="codes">Their codes, [samples, atoms]; codes in a tensor: <see cref="CodeTensors.ToSparseCodes"/>.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static ListaEncoder Fit(this ListaEncoder encoder, torch.Tensor signals, SparseCodes codes, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, codes, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="SaeEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static SaeEncoder Fit(this SaeEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns the encoder for a dictionary that is known; see <see cref="SaeEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static SaeEncoder Fit(this SaeEncoder encoder, torch.Tensor signals, IDictionary dictionary, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, dictionary, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns the encoder from known codes; see <see cref="SaeEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="codes">Their codes, [samples, atoms]; codes in a tensor: <see cref="CodeTensors.ToSparseCodes"/>.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static SaeEncoder Fit(this SaeEncoder encoder, torch.Tensor signals, SparseCodes codes, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, codes, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="ItoEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static ItoEncoder Fit(this ItoEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }

    /// <summary>Learns from signals in a tensor; see <see cref="SparseCodingEncoder"/>.</summary>
    /// <param name="encoder">The recipe, which stays as it is.</param>
    /// <param name="signals">[samples, dimension], finite.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <returns>The trained encoder.</returns>
    public static SparseCodingEncoder Fit(this SparseCodingEncoder encoder, torch.Tensor signals, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        using TorchActivationSource source = signals.AsSource();
        return encoder.Fit(source, TensorContext.Of(signals, context), cancellationToken);
    }
}

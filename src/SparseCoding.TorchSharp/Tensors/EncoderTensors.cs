using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// Encoding and decoding of torch tensors by any encoder, as the core's own methods read. Results are on the device of the tensor that was given. Work is done there too: on the CPU by the core's
/// kernels, elsewhere by a <see cref="TorchDevice"/>, unless the request names a device. No gradient flows: see <see cref="SaeModule"/> for that.
/// </summary>
public static class EncoderTensors
{
    /// <summary>Signals that are encoded together at most.</summary>
    private const long BlockElements = 1L << 28;

    /// <summary>Codes of the signals, as a torch tensor.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="signals">[samples, dimension], of any floating type and device; not copied where it is contiguous float32 on the CPU.</param>
    /// <param name="layout">How the codes lie.</param>
    /// <param name="request">Warm start, device, threads and progress; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <returns>[samples, atoms], float32, on the device of the signals; the caller's, or of the dispose scope that is open.</returns>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="ArgumentException">Another type, rank or dimension; empty; NaN or infinity.</exception>
    public static torch.Tensor Encode(this IEncoder encoder, torch.Tensor signals, CodeLayout layout = CodeLayout.Coordinates, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        Throw.Defined(layout, nameof(layout));
        return encoder.EncodeToHost(signals, request, cancellationToken).ToTorch(layout, signals.device);
    }

    /// <summary>Codes of the signals as the core's own type, which its metrics and reports take.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="signals">[samples, dimension], of any floating type and device; not copied where it is contiguous float32 on the CPU.</param>
    /// <param name="request">Warm start, device, threads and progress; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="ArgumentException">Another type, rank or dimension; empty; NaN or infinity.</exception>
    public static SparseCodes EncodeToHost(this IEncoder encoder, torch.Tensor signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        TensorCheck.Matrix(signals, nameof(signals), columns: encoder.Dimension);
        request = TensorContext.Of(signals, request);
        if (TensorMemory.IsShareable(signals))
        {
            SparseCodes codes = encoder.Encode(signals.AsSignals(), request, cancellationToken);
            GC.KeepAlive(signals);
            return codes;
        }

        long rows = signals.shape[0], step = Math.Max(1, BlockElements / signals.shape[1]);
        if (rows <= step)
        {
            return encoder.Encode(signals.ToSignals(), request, cancellationToken);
        }

        var parts = new List<SparseCodes>();
        for (long first = 0; first < rows; first += step)
        {
            int count = (int)Math.Min(step, rows - first);
            using torch.Tensor part = signals.narrow(0, first, count);
            EncodeRequest own = request.WarmStart is { } start ? request with { WarmStart = start.Slice((int)first, count) } : request;
            parts.Add(encoder.Encode(part.ToSignals(), own, cancellationToken));
        }

        return SparseCodes.Concat(parts);
    }

    /// <summary>Signals of the codes.</summary>
    /// <param name="decoder">The decoder, or a dictionary.</param>
    /// <param name="codes">[samples, atoms], dense, COO or CSR, of any floating type and device.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <returns>[samples, output dimension], float32, on the device of the codes; the caller's, or of the dispose scope that is open.</returns>
    /// <exception cref="ArgumentException">Another type, rank or number of atoms; NaN or infinity.</exception>
    /// <exception cref="NotSupportedException">The decoder needs the signals beside the codes: use the overload with them.</exception>
    public static torch.Tensor Decode(this IDecoder decoder, torch.Tensor codes, CancellationToken cancellationToken = default)
    {
        SparseCodes own = Codes(decoder, codes);
        Tensor<float> decoded = decoder.Decode(own, cancellationToken);
        return decoded.ToTorch(codes.device);
    }

    /// <summary>Reconstructions (or predictions) of signals from their codes, whatever the decoder needs of the signals.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="codes">[samples, atoms], dense, COO or CSR, of any floating type and device.</param>
    /// <param name="signals">The signals that were encoded, [samples, input dimension].</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <returns>[samples, output dimension], float32, on the device of the codes; the caller's, or of the dispose scope that is open.</returns>
    /// <exception cref="ArgumentException">Another type, rank, number of atoms, rows or dimension; NaN or infinity.</exception>
    public static torch.Tensor Decode(this IDecoder decoder, torch.Tensor codes, torch.Tensor signals, CancellationToken cancellationToken = default)
    {
        SparseCodes own = Codes(decoder, codes);
        TensorCheck.Matrix(signals, nameof(signals), columns: decoder.InputDimension, of: "the decoder");
        if (signals.shape[0] != own.RowCount)
        {
            Throw.Argument($"signals has shape {TensorCheck.Shape(signals)}, but codes has {own.RowCount} rows: one signal for each is needed.", nameof(signals));
        }

        Tensor<float> decoded = decoder.Decode(own, signals.ToSignals(), cancellationToken);
        return decoded.ToTorch(codes.device);
    }

    private static SparseCodes Codes(IDecoder decoder, torch.Tensor codes)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        TensorCheck.Alive(codes, nameof(codes));
        if (codes.ndim != 2 || codes.shape[1] != decoder.AtomCount)
        {
            Throw.Argument($"codes has shape {TensorCheck.Shape(codes)}, but the decoder works on [samples, atoms] with {decoder.AtomCount} atoms.", nameof(codes));
        }

        return codes.ToSparseCodes();
    }
}

using System.Numerics.Tensors;

namespace SparseCoding;

/// <summary>Decoding where the signals are at hand, whatever the decoder needs of them.</summary>
public static class SignalDecoding
{
    /// <summary>Reconstructions (or predictions) of signals from their codes, [samples, output dimension]: with the signals for an <see cref="ISignalDecoder"/>, from the codes alone for any other.</summary>
    /// <param name="decoder">The decoder.</param>
    /// <param name="codes">Codes of the signals, [samples, atoms].</param>
    /// <param name="signals">The signals that were encoded, [samples, input dimension].</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">The codes have another number of atoms; for an <see cref="ISignalDecoder"/> also where the signals are not those of the codes.</exception>
    public static Tensor<float> Decode(this IDecoder decoder, SparseCodes codes, SignalView signals, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        return decoder is ISignalDecoder own ? own.Decode(codes, signals, cancellationToken) : decoder.Decode(codes, cancellationToken);
    }
}

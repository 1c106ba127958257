using System.Numerics.Tensors;

namespace SparseCoding;

/// <summary>
/// A decoder that needs the signals beside their codes: a skip connection adds a linear map of the signal, a row-wise normalisation multiplies by the
/// norm or deviation of the signal. <see cref="IDecoder.Decode"/>, which has the codes only, throws NotSupportedException that says so.
/// </summary>
public interface ISignalDecoder : IDecoder
{
    /// <summary>Reconstructions (or predictions) of the signals, [samples, output dimension].</summary>
    /// <param name="codes">Codes of the signals, [samples, atoms].</param>
    /// <param name="signals">The signals that were encoded, [samples, input dimension], finite.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">The codes have another number of atoms or rows, or the signals another dimension.</exception>
    Tensor<float> Decode(SparseCodes codes, SignalView signals, CancellationToken cancellationToken = default);
}

using System.Numerics.Tensors;

namespace SparseCoding;

/// <summary>Turns sparse codes into signals. Not assumed to be linear: what needs atoms asks for <see cref="IDictionary"/>.</summary>
public interface IDecoder
{
    /// <summary>Number of atoms: the width of the codes it decodes.</summary>
    int AtomCount { get; }

    /// <summary>Dimension of the signals that were encoded.</summary>
    int InputDimension { get; }

    /// <summary>Dimension of the signals it gives; differs from <see cref="InputDimension"/> in a transcoder.</summary>
    int OutputDimension { get; }

    /// <summary>Signals of the codes, [samples, output dimension].</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="ArgumentException">The codes have another number of atoms.</exception>
    Tensor<float> Decode(SparseCodes codes, CancellationToken cancellationToken = default);
}

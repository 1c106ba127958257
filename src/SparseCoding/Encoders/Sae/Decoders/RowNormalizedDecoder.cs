using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>
/// The decoder of an SAE that scales each row by its own figures: x̂ = m + s û, where û is what <see cref="Inner"/> makes of the code and m, s are those of
/// the signal (<see cref="InputNormalization.RowNorm"/>, <see cref="InputNormalization.LayerNorm"/>). Codes are in normalised units: a louder row has no larger code. Immutable and thread-safe.
/// </summary>
public sealed class RowNormalizedDecoder : ISignalDecoder
{
    internal RowNormalizedDecoder(IDecoder inner, InputNormalization normalization)
    {
        Inner = inner;
        Normalization = normalization;
    }

    /// <summary>Codes to normalised signals; where it is an <see cref="AtomDictionary"/>, an iterative encoder on it solves for signals that you have normalised yourself.</summary>
    public IDecoder Inner { get; }

    /// <summary>How rows are normalised.</summary>
    public InputNormalization Normalization { get; }

    /// <inheritdoc/>
    public int AtomCount => Inner.AtomCount;

    /// <inheritdoc/>
    public int InputDimension => Inner.InputDimension;

    /// <inheritdoc/>
    public int OutputDimension => Inner.OutputDimension;

    /// <summary>Signals of the codes, [samples, output dimension]: not possible, since the row's own mean and deviation (or norm) are missing.</summary>
    /// <param name="codes">Not looked at.</param>
    /// <param name="cancellationToken">Not looked at.</param>
    /// <exception cref="NotSupportedException">Always; use <see cref="Decode(SparseCodes, SignalView, CancellationToken)"/>.</exception>
    public Tensor<float> Decode(SparseCodes codes, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException($"With Normalization = {Normalization} a code says nothing of its row's mean and scale: use Decode(codes, signals), or Inner.Decode(codes) for normalised signals.");

    /// <inheritdoc/>
    public Tensor<float> Decode(SparseCodes codes, SignalView signals, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        SignalRows.Require(codes, signals, InputDimension);
        Tensor<float> decoded = Inner.Decode(codes, cancellationToken);
        int dimension = OutputDimension;
        var values = new float[checked((long)codes.RowCount * dimension)];
        decoded.FlattenTo(values);
        var row = new float[dimension];
        for (int r = 0; r < codes.RowCount; r++)
        {
            signals.CopyRows(r, 1, row);
            (double mean, double scale) = RowNormalizer.Measure(Normalization, row);
            foreach (ref float value in values.AsSpan(r * dimension, dimension))
            {
                value = (float)((value * scale) + mean);
            }
        }

        return Tensor.Create(values, [codes.RowCount, dimension]);
    }
}

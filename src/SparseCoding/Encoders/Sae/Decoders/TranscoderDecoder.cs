using System.Numerics.Tensors;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>The decoder of a transcoder: ŷ = offset + scale · zD, plus x Sᵀ where it has a skip connection. Immutable and thread-safe.</summary>
public sealed class TranscoderDecoder : ISignalDecoder
{
    private readonly float[]? _skip;

    /// <summary>Takes arrays that are already checked; skip [output dimension, input dimension] or null.</summary>
    internal TranscoderDecoder(AtomDictionary atoms, int inputDimension, float[]? skip)
    {
        Atoms = atoms;
        InputDimension = inputDimension;
        _skip = skip;
    }

    /// <summary>The map from codes to targets, without the skip connection. A dictionary of the targets: iterative encoders on it solve for targets.</summary>
    public AtomDictionary Atoms { get; }

    /// <summary>Whether x Sᵀ is added; then <see cref="Decode(SparseCodes, CancellationToken)"/> has not what it needs.</summary>
    public bool HasSkip => _skip is not null;

    /// <inheritdoc/>
    public int AtomCount => Atoms.AtomCount;

    /// <inheritdoc/>
    public int InputDimension { get; }

    /// <inheritdoc/>
    public int OutputDimension => Atoms.Dimension;

    internal float[]? SkipValues => _skip;

    /// <summary>Copies the matrix S of the skip connection, [output dimension, input dimension]; zeros without one.</summary>
    /// <param name="target">Receives [output dimension · input dimension].</param>
    public void CopySkip(Span<float> target)
    {
        if (_skip is null)
        {
            target[..checked(OutputDimension * InputDimension)].Clear();
        }
        else
        {
            _skip.CopyTo(target);
        }
    }

    /// <summary>Targets of the codes, [samples, output dimension].</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="NotSupportedException">There is a skip connection, which needs the signals.</exception>
    public Tensor<float> Decode(SparseCodes codes, CancellationToken cancellationToken = default)
    {
        if (_skip is not null)
        {
            Throw.NotSupported("This transcoder has a skip connection x Sᵀ, which needs the signals: use Decode(codes, signals), or Atoms.Decode(codes) for the part of the codes.");
        }

        return Atoms.Decode(codes, cancellationToken);
    }

    /// <inheritdoc/>
    public Tensor<float> Decode(SparseCodes codes, SignalView signals, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        SignalRows.Require(codes, signals, InputDimension);
        Tensor<float> decoded = Atoms.Decode(codes, cancellationToken);
        if (_skip is null)
        {
            return decoded;
        }

        int outputs = OutputDimension, inputs = InputDimension;
        var values = new float[checked((long)codes.RowCount * outputs)];
        decoded.FlattenTo(values);
        var row = new float[inputs];
        for (int r = 0; r < codes.RowCount; r++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            signals.CopyRows(r, 1, row);
            for (int i = 0; i < outputs; i++)
            {
                values[(r * outputs) + i] += TensorPrimitives.Dot<float>(row, _skip.AsSpan(i * inputs, inputs));
            }
        }

        return Tensor.Create(values, [codes.RowCount, outputs]);
    }
}

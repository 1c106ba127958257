using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// A view of signals, [samples, dimension], over the caller's memory: converts from <c>float[,]</c>, <see cref="Tensor{T}"/> and tensor spans
/// without copying. Strided tensors are read row by row.
/// </summary>
public readonly ref struct SignalView
{
    private readonly ReadOnlyTensorSpan<float> _span;
    private readonly bool _isGiven;

    /// <summary>Views a tensor of rank 2, [samples, dimension]. Rank and values are checked by the method that receives the view, under its own argument's name.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public SignalView(ReadOnlyTensorSpan<float> signals)
    {
        _span = signals;
        _isGiven = true;
    }

    /// <summary>Number of signals (rows); 0 for a default view.</summary>
    public int RowCount => _span.Rank == 2 ? checked((int)_span.Lengths[0]) : 0;

    /// <summary>Dimension of a signal (columns); 0 for a default view.</summary>
    public int Dimension => _span.Rank == 2 ? checked((int)_span.Lengths[1]) : 0;

    /// <summary>Views a matrix, [samples, dimension].</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public static implicit operator SignalView(float[,]? signals) => signals is null ? default : new(new ReadOnlyTensorSpan<float>(signals));

    /// <summary>Views a tensor, [samples, dimension].</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public static implicit operator SignalView(Tensor<float>? signals) => signals is null ? default : new(signals.AsReadOnlyTensorSpan());

    /// <summary>Views a tensor span, [samples, dimension].</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public static implicit operator SignalView(TensorSpan<float> signals) => new(signals);

    /// <summary>Views a tensor span, [samples, dimension].</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    public static implicit operator SignalView(ReadOnlyTensorSpan<float> signals) => new(signals);

    /// <summary>Views rows that lie one after the other in memory.</summary>
    /// <param name="values">Values, [samples · dimension].</param>
    /// <param name="dimension">Dimension of a signal; must divide the number of values.</param>
    /// <exception cref="ArgumentException">The values are not whole rows.</exception>
    public static SignalView FromRows(ReadOnlySpan<float> values, int dimension)
    {
        Throw.AtLeast(dimension, 1, nameof(dimension));
        if (values.Length % dimension != 0)
        {
            Throw.Argument($"{values.Length} values are not whole rows of dimension {dimension}.", nameof(values));
        }

        if (values.IsEmpty)
        {
            // A tensor span over nothing has no shape; one over an empty array has.
            return new SignalView(new ReadOnlyTensorSpan<float>(new float[0, dimension]));
        }

        return new SignalView(new ReadOnlyTensorSpan<float>(values, [values.Length / dimension, dimension]));
    }

    /// <summary>A range of rows as a view of its own, [rows in the range, dimension]; nothing is copied: <c>view.Rows(..100)</c>.</summary>
    /// <param name="rows">The rows; an end that counts from the back counts from <see cref="RowCount"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the view.</exception>
    public SignalView Rows(Range rows)
    {
        (int start, int count) = Ranges.Of(rows, RowCount, nameof(rows));
        return new SignalView(_span.Slice([start..(start + count), 0..Dimension]));
    }

    /// <summary>Copies whole rows to contiguous memory.</summary>
    /// <param name="firstRow">First row.</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="target">Receives [count, dimension].</param>
    public void CopyRows(int firstRow, int count, Span<float> target)
    {
        if (count == 0)
        {
            return;
        }

        int dimension = Dimension;
        if (TryGetRows(firstRow, count, out ReadOnlySpan<float> rows))
        {
            rows.CopyTo(target);
            return;
        }

        _span.Slice([firstRow..(firstRow + count), 0..dimension]).FlattenTo(target[..(count * dimension)]);
    }

    /// <summary>Checks null, rank, emptiness and every value; names the argument, the place and the remedy.</summary>
    internal void ThrowIfInvalid(string parameter, int? dimension = null, string? dimensionOf = null, bool allowEmpty = false)
    {
        ThrowIfShapeInvalid(parameter, dimension, dimensionOf, allowEmpty);
        ThrowIfNotFinite(parameter);
    }

    /// <summary>Checks null, rank and shape only.</summary>
    internal void ThrowIfShapeInvalid(string parameter, int? dimension = null, string? dimensionOf = null, bool allowEmpty = false)
    {
        if (!_isGiven)
        {
            throw new ArgumentNullException(parameter);
        }

        if (_span.Rank != 2)
        {
            Throw.Argument($"{parameter} must have rank 2, [samples, dimension], but has rank {_span.Rank}.", parameter);
        }

        if (Dimension == 0 || (RowCount == 0 && !allowEmpty))
        {
            Throw.Argument($"{parameter} is empty: its shape is [{RowCount}, {Dimension}].", parameter);
        }

        if (dimension is { } expected && Dimension != expected)
        {
            Throw.Argument($"{parameter} has shape [{RowCount}, {Dimension}], but {dimensionOf ?? "the encoder"} works on signals of dimension {expected}.", parameter);
        }
    }

    private void ThrowIfNotFinite(string parameter)
    {
        int dimension = Dimension;
        int rows = Math.Max(1, 65536 / Math.Max(1, dimension));
        float[] block = [];
        for (int r = 0; r < RowCount; r += rows)
        {
            int count = Math.Min(rows, RowCount - r);
            if (!TryGetRows(r, count, out ReadOnlySpan<float> values))
            {
                block = block.Length > 0 ? block : new float[Math.Min(rows, RowCount) * dimension];
                CopyRows(r, count, block);
                values = block.AsSpan(0, count * dimension);
            }

            int bad = FiniteCheck.FirstNotFinite(values);
            if (bad >= 0)
            {
                Throw.Argument($"{parameter} holds {values[bad]} at row {r + (bad / dimension)}, column {bad % dimension}; remove or impute such rows first.", parameter);
            }
        }
    }
    /// <summary>Whole rows where they lie, if they lie one after the other.</summary>
    private bool TryGetRows(int firstRow, int count, out ReadOnlySpan<float> rows) => _span.TryGetSpan([firstRow, 0], count * Dimension, out rows);
}

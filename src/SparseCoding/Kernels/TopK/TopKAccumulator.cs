using System.Diagnostics;

namespace SparseCoding.Kernels;

/// <summary>
/// Top-k of several rows whose columns arrive tile by tile, so that a product X·Wᵀ is never written whole. Each row takes its tiles in ascending
/// column order; rows are independent. The result is that of <see cref="TopK.Select"/> on the whole row, bit for bit. One object per thread.
/// </summary>
internal sealed class TopKAccumulator
{
    private readonly int _k;
    private readonly bool _byMagnitude;
    private readonly bool _positiveOnly;
    private readonly int _capacity;
    private readonly float[] _values;
    private readonly int[] _indices;
    private readonly int[] _keys;
    private readonly int[] _counts;
    private readonly float[] _bounds;

    /// <summary>Room for <paramref name="rows"/> rows: about 16 bytes x max(2k, k + 256) each.</summary>
    public TopKAccumulator(int rows, int k, bool byMagnitude, bool positiveOnly)
    {
        Debug.Assert(rows >= 1 && k >= 1, "Empty accumulator.");
        _k = k;
        _byMagnitude = byMagnitude;
        _positiveOnly = positiveOnly;
        _capacity = TopKBuffer.Capacity(k);
        _values = new float[checked(rows * _capacity)];
        _indices = new int[rows * _capacity];
        _keys = new int[_capacity];
        _counts = new int[rows];
        _bounds = new float[rows];
        Reset();
    }

    /// <summary>Number of rows.</summary>
    public int Rows => _counts.Length;

    /// <summary>Forgets all candidates; call it before the first tile of another block of rows.</summary>
    public void Reset()
    {
        Array.Clear(_counts);
        Array.Fill(_bounds, TopKBuffer.InitialBound(_positiveOnly));
    }

    /// <summary>Offers columns firstColumn .. firstColumn + tile.Length − 1 of a row; all columns before must have been offered.</summary>
    public void Offer(int row, int firstColumn, ReadOnlySpan<float> tile)
    {
        TopKBuffer buffer = Open(row);
        TopKScan.Offer(tile, firstColumn, ref buffer);
        _counts[row] = buffer.Count;
        _bounds[row] = buffer.Bound;
    }

    /// <summary>Writes the result of a row in ascending index order and returns its length, at most k.</summary>
    public int Finish(int row, Span<int> indices, Span<float> values)
    {
        TopKBuffer buffer = Open(row);
        int count = buffer.Finish(indices, values);
        _counts[row] = buffer.Count;
        _bounds[row] = buffer.Bound;
        return count;
    }

    private TopKBuffer Open(int row) =>
        new(
            _k,
            _byMagnitude,
            _positiveOnly,
            _values.AsSpan(row * _capacity, _capacity),
            _indices.AsSpan(row * _capacity, _capacity),
            _keys)
        {
            Count = _counts[row],
            Bound = _bounds[row],
        };
}

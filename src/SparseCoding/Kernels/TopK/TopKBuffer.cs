using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace SparseCoding.Kernels;

/// <summary>
/// Candidates for the k largest of one row: values and column indices in ascending column order, and the bound that a later element must reach.
/// When it is full it is cut back to the k best, which raises the bound. Because columns come in ascending order and the cut is stable, ties go
/// to the lower index and the result needs no sorting.
/// </summary>
internal ref struct TopKBuffer
{
    private readonly Span<float> _values;
    private readonly Span<int> _indices;
    private readonly Span<int> _keys;

    /// <summary>Uses three spans of one length, at least <see cref="Capacity"/>(k).</summary>
    public TopKBuffer(int k, bool byMagnitude, bool positiveOnly, Span<float> values, Span<int> indices, Span<int> keys)
    {
        Debug.Assert(k >= 1 && values.Length >= Capacity(k) && indices.Length == values.Length && keys.Length == values.Length, "Spans too short.");
        K = k;
        ByMagnitude = byMagnitude && !positiveOnly; // for positive values both orders are one
        Bound = InitialBound(positiveOnly);
        _values = values;
        _indices = indices;
        _keys = keys;
    }

    /// <summary>How many to keep.</summary>
    public int K { get; }

    /// <summary>Whether the order is that of |value|.</summary>
    public bool ByMagnitude { get; }

    /// <summary>Candidates held.</summary>
    public int Count { get; set; }

    /// <summary>A key (value, or |value|) below this cannot be among the k largest; NaN once nothing can be.</summary>
    public float Bound { get; set; }

    /// <summary>Column indices of the candidates, ascending.</summary>
    public readonly ReadOnlySpan<int> Indices => _indices[..Count];

    /// <summary>Values of the candidates.</summary>
    public readonly ReadOnlySpan<float> Values => _values[..Count];

    /// <summary>Elements that the buffer takes before it must be cut.</summary>
    public readonly int Room => _values.Length - Count;

    /// <summary>
    /// Length of the spans. The margin over k bounds the number of cuts: on random data a row of n offers about k ln(n/k) candidates.
    /// </summary>
    public static int Capacity(int k) => checked(k + Math.Max(k, 256));

    /// <summary>The bound before anything was seen: all but NaN, or all that is greater than zero (the least denormal).</summary>
    public static float InitialBound(bool positiveOnly) => positiveOnly ? float.Epsilon : float.NegativeInfinity;

    /// <summary>Adds a candidate; its column must be greater than all before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Push(float value, int column)
    {
        _values[Count] = value;
        _indices[Count] = column;
        Count++;
    }

    /// <summary>Cuts down to the k best and raises the bound above the least of them. Does nothing with k or fewer candidates.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Cut()
    {
        int count = Count;
        if (count <= K)
        {
            return;
        }

        Span<int> keys = _keys[..count];
        int mask = ByMagnitude ? int.MaxValue : -1;
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = OrderedKeys.Of(BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(_values[i]) & mask));
        }

        int threshold = OrderedKeys.Threshold(keys, K);
        int ties = K;
        foreach (int key in keys)
        {
            ties -= key > threshold ? 1 : 0;
        }

        int kept = 0, least = int.MaxValue;
        for (int i = 0; i < keys.Length; i++)
        {
            int key = keys[i];
            if (key < threshold || (key == threshold && ties-- <= 0))
            {
                continue;
            }

            least = Math.Min(least, key);
            _values[kept] = _values[i];
            _indices[kept] = _indices[i];
            kept++;
        }

        Debug.Assert(kept == K, "The threshold did not keep k.");
        Count = kept;

        // A later element that only equals the least one kept has a higher index and loses the tie.
        Bound = OrderedKeys.ToSingle(least + 1);
    }

    /// <summary>Raises the bound to a value that at least k elements of the row are known to reach.</summary>
    public void Raise(float bound)
    {
        if (bound > Bound)
        {
            Bound = bound;
        }
    }

    /// <summary>Cuts, copies the result out in ascending column order, and returns its length (at most k).</summary>
    public int Finish(Span<int> indices, Span<float> values)
    {
        Cut();
        _indices[..Count].CopyTo(indices);
        _values[..Count].CopyTo(values);
        return Count;
    }
}

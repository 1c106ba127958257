namespace SparseCoding.Metrics;

/// <summary>Running counts of active entries.</summary>
internal sealed class SparsityCounts(int atomCount, double threshold)
{
    private readonly long[] _active = new long[atomCount];
    private long _rows;
    private long _entries;
    private double _l1;

    /// <summary>Adds codes, [samples, atoms].</summary>
    public void Add(SparseCodes codes)
    {
        ReadOnlySpan<int> atoms = codes.Atoms;
        ReadOnlySpan<float> values = codes.Values;
        for (int i = 0; i < atoms.Length; i++)
        {
            double magnitude = Math.Abs((double)values[i]);
            _l1 += magnitude;
            if (magnitude > threshold)
            {
                _active[atoms[i]]++;
                _entries++;
            }
        }

        _rows += codes.RowCount;
    }

    /// <summary>The metrics of all codes so far.</summary>
    public SparsityMetrics Result(double denseLimit) => new([.. _active.Select(count => (double)count / _rows)])
    {
        Samples = _rows,
        L0 = (double)_entries / _rows,
        L1 = _l1 / _rows,
        Threshold = threshold,
        DenseLimit = denseLimit,
    };
}

namespace SparseCoding.Tests.Training;

/// <summary>Rows that stream, with the manners a source may have: few rows at a time, a read that fails, a count of readers at the same time.</summary>
internal sealed class StreamSource(int rows, int dimension) : ActivationSource
{
    private int _readers;
    private long _rowsRead;

    /// <summary>Rows that one read gives at most.</summary>
    public int MostRows { get; init; } = int.MaxValue;

    /// <summary>Rows after which reading fails.</summary>
    public long FailsAfter { get; init; } = long.MaxValue;

    /// <summary>Rows that are really there.</summary>
    public long RowsThere { get; init; } = rows;

    /// <summary>How long a read lasts.</summary>
    public int Milliseconds { get; init; }

    /// <summary>The most readers at the same time.</summary>
    public int MostReaders { get; private set; }

    public override int Dimension => dimension;

    public override long RowCount => rows;

    public override long Position { get; set; }

    public override void Read(SignalBatch batch)
    {
        long[] wanted = [.. Enumerable.Range(0, (int)Math.Clamp(RowsThere - Position, 0, Math.Min(batch.Capacity, MostRows))).Select(i => Position + i)];
        _rowsRead += wanted.Length;
        if (_rowsRead > FailsAfter)
        {
            throw new IOException("the disk went away");
        }

        Gather(wanted, batch);
        Position += wanted.Length;
    }

    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        MostReaders = Math.Max(MostReaders, Interlocked.Increment(ref _readers));
        Thread.Sleep(Milliseconds);
        batch.Count = rows.Length;
        for (int i = 0; i < rows.Length; i++)
        {
            batch.RowIds[i] = rows[i];
            for (int j = 0; j < dimension; j++)
            {
                batch.Signals[(i * dimension) + j] = MathF.Sin((rows[i] * dimension) + j);
            }
        }

        Interlocked.Decrement(ref _readers);
    }
}

namespace SparseCoding.Benchmarks;

/// <summary>Rows that a trainer must mix itself, as those of a file: they do not count as in memory.</summary>
internal sealed class StreamedRows(float[] rows, int dimension) : ActivationSource
{
    public override int Dimension => dimension;

    public override long RowCount => rows.Length / dimension;

    public override long Position { get; set; }

    public override void Read(SignalBatch batch)
    {
        batch.Count = (int)Math.Min(batch.Capacity, RowCount - Position);
        rows.AsSpan((int)Position * dimension, batch.Count * dimension).CopyTo(batch.Signals);
        Position += batch.Count;
    }

    public override void Gather(ReadOnlySpan<long> wanted, SignalBatch batch)
    {
        batch.Count = wanted.Length;
        for (int i = 0; i < wanted.Length; i++)
        {
            rows.AsSpan((int)wanted[i] * dimension, dimension).CopyTo(batch.Signals[(i * dimension)..]);
        }
    }
}

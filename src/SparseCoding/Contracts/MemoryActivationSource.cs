namespace SparseCoding.Contracts;

/// <summary>Signals that are all in memory, [samples, dimension], already checked.</summary>
internal sealed class MemoryActivationSource(float[] values, int dimension) : ActivationSource
{
    /// <inheritdoc/>
    public override int Dimension => dimension;

    /// <inheritdoc/>
    public override long RowCount => values.Length / dimension;

    /// <inheritdoc/>
    public override long Position { get; set; }

    /// <inheritdoc/>
    public override bool IsInMemory => true;

    /// <summary>All signals, [samples, dimension].</summary>
    public ReadOnlySpan<float> Values => values;

    /// <inheritdoc/>
    public override void Read(SignalBatch batch)
    {
        int count = (int)Math.Min(batch.Capacity, RowCount - Position);
        batch.Count = count;
        values.AsSpan(checked((int)(Position * dimension)), count * dimension).CopyTo(batch.Signals);
        for (int i = 0; i < count; i++)
        {
            batch.RowIds[i] = Position + i;
        }

        Position += count;
    }

    /// <inheritdoc/>
    public override void Gather(ReadOnlySpan<long> rows, SignalBatch batch)
    {
        batch.Count = rows.Length;
        for (int i = 0; i < rows.Length; i++)
        {
            values.AsSpan(checked((int)(rows[i] * dimension)), dimension).CopyTo(batch.Signals.Slice(i * dimension, dimension));
            batch.RowIds[i] = rows[i];
        }
    }
}

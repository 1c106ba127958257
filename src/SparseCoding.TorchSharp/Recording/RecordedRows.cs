namespace SparseCoding.Torch;

/// <summary>Activations of one batch, [rows, dimension], and the gradients there where they are recorded.</summary>
internal sealed class RecordedRows(float[] values, float[]? gradients, int dimension)
{
    /// <summary>The activations, [rows · dimension].</summary>
    public float[] Values => values;

    /// <summary>Memory that they take.</summary>
    public long Bytes => sizeof(float) * (values.LongLength + (gradients?.LongLength ?? 0));

    /// <summary>Copies rows with their gradients to a place of a batch.</summary>
    public void CopyTo(int first, int count, SignalBatch batch, int place)
    {
        values.AsSpan(first * dimension, count * dimension).CopyTo(batch.Signals[(place * dimension)..]);
        gradients?.AsSpan(first * dimension, count * dimension).CopyTo((batch.Gradients ??= new float[batch.Capacity * dimension]).AsSpan(place * dimension));
    }
}

using System.Globalization;

namespace SparseCoding.Data;

/// <summary>Tells one source from another: its shape and a hash of a few dozen rows spread over it. Two sources that differ elsewhere only look the same.</summary>
internal static class SourceFingerprint
{
    private const int Rows = 32;

    /// <summary>Shape, window and hash as text. Leaves the source rewound.</summary>
    public static string Of(ActivationSource source, int windowRows)
    {
        int count = (int)Math.Min(Rows, source.RowCount);
        var rows = new long[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = (long)((double)i / count * source.RowCount);
        }

        var batch = new SignalBatch(Math.Max(1, count), source.Dimension);
        source.Gather(rows, batch);
        ulong hash = 14695981039346656037UL;
        foreach (float value in batch.Signals)
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
        }

        foreach (float value in batch.Targets)
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
        }

        source.Rewind();
        return string.Create(CultureInfo.InvariantCulture, $"[{source.RowCount}, {source.Dimension}], window {windowRows}, rows {hash:x16}");
    }
}

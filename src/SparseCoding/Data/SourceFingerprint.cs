using System.Globalization;

namespace SparseCoding.Data;

/// <summary>Tells one source, or one set of codes, from another. Of a source: its shape and a hash of a few dozen rows spread over it. Two sources that differ elsewhere only look the same.</summary>
internal static class SourceFingerprint
{
    private const int Rows = 32;

    // FNV-1a over words of 32 bits.
    private const ulong Basis = 14695981039346656037UL;
    private const ulong Prime = 1099511628211UL;

    /// <summary>Shape, how rows are mixed (rows of a window and of a chunk; 0 where they are not mixed in a buffer) and hash as text. Leaves the source rewound.</summary>
    public static string Of(ActivationSource source, int windowRows, int chunkRows = 0)
    {
        int count = (int)Math.Min(Rows, source.RowCount);
        var rows = new long[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = (long)((double)i / count * source.RowCount);
        }

        var batch = new SignalBatch(Math.Max(1, count), source.Dimension);
        source.Gather(rows, batch);
        ulong hash = Mix(Basis, batch.Signals);

        foreach (float value in batch.Targets)
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * 1099511628211UL;
        }

        source.Rewind();
        return string.Create(CultureInfo.InvariantCulture, $"[{source.RowCount}, {source.Dimension}], window {windowRows}{(chunkRows > 0 ? $" in chunks of {chunkRows}" : "")}, rows {hash:x16}");
    }

    /// <summary>Shape and hash of codes: of every row's length, every atom and every value's bits, so that any change shows.</summary>
    public static string Of(SparseCodes codes) =>
        string.Create(CultureInfo.InvariantCulture, $"[{codes.RowCount}, {codes.AtomCount}], codes {Mix(Mix(Mix(Basis, codes.RowOffsets), codes.Atoms), codes.Values):x16}");

    private static ulong Mix(ulong hash, ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            hash = (hash ^ BitConverter.SingleToUInt32Bits(value)) * Prime;
        }

        return hash;
    }

    private static ulong Mix(ulong hash, ReadOnlySpan<int> values)
    {
        foreach (int value in values)
        {
            hash = (hash ^ (uint)value) * Prime;
        }

        return hash;
    }
}

using System.Runtime.Intrinsics.X86;

namespace SparseCoding.Kernels;

/// <summary>Asks the processor to fetch memory that is needed soon, where it has an instruction for that; changes no result.</summary>
internal static class Prefetch
{
    private const int LineBytes = 64;
    private const int LargestBytes = 4096;

    /// <summary>The first 4 KiB of a row: what lies behind, the hardware's own stream finds.</summary>
    public static unsafe void Row(ReadOnlySpan<float> row)
    {
        if (!Sse.IsSupported)
        {
            return;
        }

        int bytes = (int)Math.Min((long)row.Length * sizeof(float), LargestBytes);
        fixed (float* start = row)
        {
            // The row may be moved by the collector before the line arrives; then a line was fetched for nothing.
            for (int at = 0; at < bytes; at += LineBytes)
            {
                Sse.Prefetch0((byte*)start + at);
            }
        }
    }
}

using System.Runtime.CompilerServices;

namespace SparseCoding.Kernels;

/// <summary>How a product is cut up. All of it follows from the sizes (and the tile of the kernel) alone; only the cuts of the depth touch the bits.</summary>
internal static class GemmBlocking
{
    /// <summary>
    /// Most rows of a packed block of A: x 3 KiB of depth = 252 KiB, half of a level 2 cache of 512 KiB; the other half passes a sliver of B.
    /// A multiple of all kernels' rows.
    /// </summary>
    public const int BlockRows = 84;

    /// <summary>Columns of a task: its part of B is read once for each block of A. A multiple of all kernels' columns.</summary>
    public const int TaskColumns = 512;

    /// <summary>Columns of B that a task packs: about the work of packing a block of A, so that threads end together. A multiple of all kernels' columns.</summary>
    public const int PackColumns = 128;

    /// <summary>Most columns packed at once: x 3 KiB = 6 MiB, in the level 3 cache. A multiple of <see cref="TaskColumns"/>.</summary>
    public const int PanelColumns = 2048;

    /// <summary>Most rows packed at once: x 3 KiB = 6 MiB.</summary>
    public const int PanelRows = 24 * BlockRows;

    /// <summary>Rows of a task of the unpacked path; a multiple of all kernels' rows.</summary>
    public const int DirectRows = 960;

    /// <summary>Columns of a task of the unpacked path; a multiple of all kernels' columns.</summary>
    public const int DirectColumns = 256;

    /// <summary>Products with fewer multiply-adds (about 50 microseconds) stay on one thread.</summary>
    public const long ParallelWork = 1L << 21;

    /// <summary>Products with fewer multiply-adds are computed without packing A.</summary>
    public const long DirectWork = 1L << 17;

    /// <summary>Steps of a tile for each cache line of the next sliver that it fetches ahead; the loop of a tile is unrolled so often.</summary>
    public const int PrefetchSteps = 8;

    /// <summary>
    /// Most terms of a sum in registers between two visits of C: 3 KiB of them, 768 floats or 384 doubles. Slivers are then too long for the level 1 cache and come
    /// from level 2, which gives what the kernels ask for (6 x 16: 88 bytes in 6 cycles); in return C, which may lie in main memory, is visited less often.
    /// The same for all kernels and paths: it is the only size that bits depend on.
    /// </summary>
    public static int Depth<T>()
        where T : unmanaged => 3072 / Unsafe.SizeOf<T>();

    /// <summary>Length of each of the equal pieces that <paramref name="length"/> is cut into, at most <paramref name="most"/>, a multiple of <paramref name="unit"/>.</summary>
    public static nint Piece(nint length, nint most, nint unit)
    {
        nint pieces = (length + most - 1) / most;
        nint piece = (length + pieces - 1) / pieces;
        return (piece + unit - 1) / unit * unit;
    }
}

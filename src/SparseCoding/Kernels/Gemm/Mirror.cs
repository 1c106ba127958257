using System.Numerics;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>Copies one triangle of a square matrix over the other.</summary>
internal static unsafe class Mirror
{
    /// <summary>Rows and columns of a square that is copied at once: two of them fit into the level 1 cache in float and in double.</summary>
    private const int Square = 32;

    /// <summary>g[j, i] = g[i, j] for i > j.</summary>
    public static void LowerToUpper<T>(T* g, nint ldg, nint n, int threads)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        ParallelBlocks.Run(ParallelBlocks.Count(n, Square), threads, new SquareRow<T> { G = g, Ldg = ldg, N = n });

    private struct SquareRow<T> : IBlockAction
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public T* G;
        public nint Ldg;
        public nint N;

        public readonly void Invoke(int block)
        {
            nint row = (nint)block * Square;
            nint end = Math.Min(row + Square, N);
            for (nint column = 0; column <= row; column += Square)
            {
                for (nint i = row; i < end; i++)
                {
                    nint last = Math.Min(column + Square, i);
                    for (nint j = column; j < last; j++)
                    {
                        G[(j * Ldg) + i] = G[(i * Ldg) + j];
                    }
                }
            }
        }
    }
}

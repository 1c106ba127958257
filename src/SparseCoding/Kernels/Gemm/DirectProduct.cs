using System.Numerics;
using System.Runtime.CompilerServices;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// The product for small, narrow and flat shapes: op(A) is read in place, and op(B) too where its rows are contiguous and a strip is whole; other strips are
/// packed. No working memory but one strip of op(B), no meeting points between threads.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TKernel">The micro-kernel.</typeparam>
internal static unsafe class DirectProduct<T, TKernel>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IMicroKernel<T>
{
    /// <summary>Computes the product; sizes at least 1.</summary>
    public static void Run(in GemmOperands<T> product)
    {
        if (product.Threads <= 1 || (long)product.M * product.N * product.K < GemmBlocking.ParallelWork)
        {
            Block(product, 0, product.M, 0, product.N);
            return;
        }

        RunParallel(product);
    }

    /// <summary>Apart, so that the short way has no large frame to clear.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunParallel(in GemmOperands<T> product)
    {
        var action = new BlockAction { Product = product, RowBlocks = ParallelBlocks.Count(product.M, GemmBlocking.DirectRows) };
        int columnBlocks = ParallelBlocks.Count(product.N, GemmBlocking.DirectColumns);
        ParallelBlocks.Run(action.RowBlocks * columnBlocks, product.Threads, action);
    }

    /// <summary>Rows row .. row + rows − 1, columns column .. column + columns − 1, whole depth.</summary>
    [SkipLocalsInit]
    private static void Block(in GemmOperands<T> product, nint row, nint rows, nint column, nint columns)
    {
        int width = TKernel.Columns;
        nint piece = GemmBlocking.Piece(product.K, GemmBlocking.Depth<T>(), 1);
        byte* tile = stackalloc byte[EdgeTile.Bytes];
        PackBuffer? buffer = null;
        T* sliver = null;
        for (nint p = 0; p < product.K; p += piece)
        {
            nint depth = Math.Min(piece, product.K - p);
            T beta = p == 0 ? product.Beta : T.One;
            for (nint j = column; j < column + columns; j += width)
            {
                nint used = Math.Min(width, column + columns - j);
                T* b = product.B + (p * product.BDepth) + (j * product.BColumn);
                nint ldb = product.BDepth;
                if (product.BColumn != 1 || used < width)
                {
                    if (buffer is null)
                    {
                        buffer = PackBuffer.Take(piece * width * sizeof(T), out byte* start);
                        sliver = (T*)start;
                    }

                    Packing.Pack(b, product.BColumn, product.BDepth, used, depth, width, sliver);
                    b = sliver;
                    ldb = width;
                }

                // Of a lower triangle, the strip needs the rows from its first column down.
                nint first = product.LowerOnly ? Math.Max(row, Math.Min(j, row + rows)) : row;
                Strip(product, first, row + rows - first, j, used, p, depth, b, ldb, beta, (T*)tile);
            }
        }

        if (!product.Epilogue.IsEmpty)
        {
            product.Epilogue.Apply(product.C, product.Ldc, row, column, rows, columns);
        }

        buffer?.Return();
    }

    private static void Strip(in GemmOperands<T> product, nint row, nint rows, nint column, nint columns, nint p, nint depth, T* b, nint ldb, T beta, T* tile)
    {
        T* a = product.A + (row * product.ARow) + (p * product.ADepth);
        T* c = product.C + (row * product.Ldc) + column;
        int width = TKernel.Columns;
        if (columns == width)
        {
            TKernel.Strip(depth, rows, a, product.ARow, product.ADepth, b, ldb, c, product.Ldc, product.Alpha, beta);
            return;
        }

        for (nint i = 0; i < rows; i += TKernel.Rows)
        {
            nint used = Math.Min(TKernel.Rows, rows - i);
            if (beta != T.Zero)
            {
                EdgeTile.Copy(c, product.Ldc, tile, width, used, columns);
            }

            TKernel.Strip(depth, used, a, product.ARow, product.ADepth, b, ldb, tile, width, product.Alpha, beta);
            EdgeTile.Copy(tile, width, c, product.Ldc, used, columns);
            a += TKernel.Rows * product.ARow;
            c += TKernel.Rows * product.Ldc;
        }
    }

    private struct BlockAction : IBlockAction
    {
        public GemmOperands<T> Product;
        public int RowBlocks;

        public readonly void Invoke(int block)
        {
            nint row = (nint)(block % RowBlocks) * GemmBlocking.DirectRows;
            nint column = (nint)(block / RowBlocks) * GemmBlocking.DirectColumns;
            Block(Product, row, Math.Min(GemmBlocking.DirectRows, Product.M - row), column, Math.Min(GemmBlocking.DirectColumns, Product.N - column));
        }
    }
}

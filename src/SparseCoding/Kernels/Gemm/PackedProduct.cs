using System.Numerics;
using System.Runtime.CompilerServices;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// The product for large shapes, after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): panels of A and B are packed into
/// slivers, blocks of A stay in the level 2 cache, a sliver of B in level 1, and the micro-kernel runs over tiles. For each cut of columns and depth there are
/// two parallel phases: packing, then tasks of <see cref="GemmBlocking.BlockRows"/> x <see cref="GemmBlocking.TaskColumns"/> elements of C.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TKernel">The micro-kernel.</typeparam>
internal static unsafe class PackedProduct<T, TKernel>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IMicroKernel<T>
{
    private const int CacheLine = 64;

    /// <summary>Computes the product; sizes at least 1.</summary>
    public static void Run(in GemmOperands<T> product)
    {
        int threads = (long)product.M * product.N * product.K < GemmBlocking.ParallelWork ? 1 : product.Threads;
        nint panelRows = GemmBlocking.Piece(product.M, GemmBlocking.PanelRows, TKernel.Rows);
        nint panelColumns = GemmBlocking.Piece(product.N, GemmBlocking.PanelColumns, TKernel.Columns);
        nint piece = GemmBlocking.Piece(product.K, GemmBlocking.Depth<T>(), 1);
        nint bytesOfA = ((panelRows * piece * sizeof(T)) + 63) & ~(nint)63;
        PackBuffer buffer = PackBuffer.Take(bytesOfA + (panelColumns * piece * sizeof(T)), out byte* start);
        var panel = new Panel { Product = product, PackedA = (T*)start, PackedB = (T*)(start + bytesOfA) };
        bool packedWholeA = false;
        for (nint j = 0; j < product.N; j += panelColumns)
        {
            panel.Column = j;
            panel.Columns = Math.Min(panelColumns, product.N - j);
            for (nint p = 0; p < product.K; p += piece)
            {
                panel.First = p;
                panel.Depth = Math.Min(piece, product.K - p);
                bool packsB = true;
                for (nint i = 0; i < product.M; i += panelRows)
                {
                    panel.Row = i;
                    panel.Rows = Math.Min(panelRows, product.M - i);
                    if (product.LowerOnly && i + panel.Rows <= j)
                    {
                        continue;
                    }

                    panel.BlockRows = GemmBlocking.Piece(panel.Rows, GemmBlocking.BlockRows, TKernel.Rows);
                    int rowBlocks = ParallelBlocks.Count(panel.Rows, (int)panel.BlockRows);
                    panel.ColumnBlocks = ParallelBlocks.Count(panel.Columns, GemmBlocking.TaskColumns);
                    var pack = new PackAction { Panel = panel, ColumnBlocks = packsB ? ParallelBlocks.Count(panel.Columns, GemmBlocking.PackColumns) : 0 };
                    ParallelBlocks.Run(pack.ColumnBlocks + (packedWholeA ? 0 : rowBlocks), threads, pack);
                    ParallelBlocks.Run(rowBlocks * panel.ColumnBlocks, threads, new TileAction { Panel = panel });
                    packsB = false;
                    packedWholeA = panel.Rows == product.M && panel.Depth == product.K;
                }
            }
        }

        buffer.Return();
    }

    /// <summary>One block of A times one task's columns of B.</summary>
    [SkipLocalsInit]
    private static void Multiply(in Panel panel, nint row, nint rows, nint column, nint columns)
    {
        byte* edge = stackalloc byte[EdgeTile.Bytes];
        T* tile = (T*)edge;
        GemmOperands<T> product = panel.Product;
        int height = TKernel.Rows, width = TKernel.Columns;
        nint ldc = product.Ldc;
        T beta = panel.First == 0 ? product.Beta : T.One;
        bool finish = panel.First + panel.Depth == product.K && !product.Epilogue.IsEmpty;
        for (nint j = 0; j < columns; j += width)
        {
            T* b = panel.PackedB + ((column + j) * panel.Depth);
            nint usedColumns = Math.Min(width, columns - j);

            // The next sliver of B comes from level 3 or memory. Asked for by its first tile alone it would come late, so this sliver's tiles fetch a share each.
            T* end = b + (2 * width * panel.Depth);
            T* next = b + (width * panel.Depth);
            nint share = panel.Depth / GemmBlocking.PrefetchSteps * (CacheLine / sizeof(T));
            for (nint i = 0; i < rows; i += height)
            {
                nint usedRows = Math.Min(height, rows - i);
                nint r = panel.Row + row + i, s = panel.Column + column + j;
                if (product.LowerOnly && r + usedRows <= s)
                {
                    continue;
                }

                T* a = panel.PackedA + ((row + i) * panel.Depth);
                T* c = product.C + (r * ldc) + s;
                if (usedRows == height && usedColumns == width)
                {
                    TKernel.Tile(panel.Depth, a, b, c, ldc, product.Alpha, beta, next);
                }
                else
                {
                    if (beta != T.Zero)
                    {
                        EdgeTile.Copy(c, ldc, tile, width, usedRows, usedColumns);
                    }

                    TKernel.Tile(panel.Depth, a, b, tile, width, product.Alpha, beta, next);
                    EdgeTile.Copy(tile, width, c, ldc, usedRows, usedColumns);
                }

                next = next + share < end ? next + share : b;
            }
        }

        // Along whole rows of the block, which is still in level 2: tile by tile the calls would cost several times the work.
        if (finish)
        {
            product.Epilogue.Apply(product.C, ldc, panel.Row + row, panel.Column + column, rows, columns);
        }
    }

    /// <summary>The part of the product between two packings.</summary>
    private struct Panel
    {
        public GemmOperands<T> Product;
        public T* PackedA;
        public T* PackedB;
        public nint Row;
        public nint Rows;
        public nint Column;
        public nint Columns;
        public nint First;
        public nint Depth;
        public nint BlockRows;
        public int ColumnBlocks;
    }

    /// <summary>Packs some columns of B, or, past those, a block of A.</summary>
    private struct PackAction : IBlockAction
    {
        public Panel Panel;
        public int ColumnBlocks;

        public readonly void Invoke(int block)
        {
            ref readonly GemmOperands<T> product = ref Panel.Product;
            if (block < ColumnBlocks)
            {
                nint column = (nint)block * GemmBlocking.PackColumns;
                T* source = product.B + ((Panel.Column + column) * product.BColumn) + (Panel.First * product.BDepth);
                Packing.Pack(
                    source,
                    product.BColumn,
                    product.BDepth,
                    Math.Min(GemmBlocking.PackColumns, Panel.Columns - column),
                    Panel.Depth,
                    TKernel.Columns,
                    Panel.PackedB + (column * Panel.Depth));
            }
            else
            {
                nint row = (block - ColumnBlocks) * Panel.BlockRows;
                T* source = product.A + ((Panel.Row + row) * product.ARow) + (Panel.First * product.ADepth);
                Packing.Pack(
                    source, product.ARow, product.ADepth, Math.Min(Panel.BlockRows, Panel.Rows - row), Panel.Depth, TKernel.Rows, Panel.PackedA + (row * Panel.Depth));
            }
        }
    }

    /// <summary>Multiplies a block of A by a task's columns; neighbours in order share the block of A.</summary>
    private struct TileAction : IBlockAction
    {
        public Panel Panel;

        public readonly void Invoke(int block)
        {
            nint row = block / Panel.ColumnBlocks * Panel.BlockRows;
            nint column = (nint)(block % Panel.ColumnBlocks) * GemmBlocking.TaskColumns;
            Multiply(Panel, row, Math.Min(Panel.BlockRows, Panel.Rows - row), column, Math.Min(GemmBlocking.TaskColumns, Panel.Columns - column));
        }
    }
}

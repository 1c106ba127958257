using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// One row times a matrix whose rows are contiguous, y = epilogue(alpha x B + beta y): a weighted sum of the rows of B. A strip of a tile's width would walk B a
/// cache line at a time; here each visit of a row takes a kilobyte of it. Sums run as in the other paths (rising k, cuts of
/// <see cref="GemmBlocking.Depth{T}"/>, fused where they fuse), so the bits are those of the same row in a batch. Floor: one read of B.
/// </summary>
internal static unsafe class RowProduct
{
    /// <summary>Most columns of a task: enough that a row's part is a run of cache lines, few enough that its sums stay in level 1.</summary>
    private const int TaskColumns = 384;

    /// <summary>The parts of columns are multiples of this.</summary>
    private const int Unit = 32;

    /// <summary>Rows of B that share a visit of the sums.</summary>
    private const int Unroll = 8;

    /// <summary>Whether this path takes a product: one row, contiguous rows of B, and hardware vectors.</summary>
    public static bool Takes(in GemmOperands<float> product) =>
        Vector128.IsHardwareAccelerated && product.M == 1 && product.BColumn == 1 && !product.LowerOnly && product.N > 1;

    /// <summary>Computes the product; sizes at least 1.</summary>
    public static void Run(in GemmOperands<float> product)
    {
        int threads = (long)product.N * product.K < GemmBlocking.ParallelWork ? 1 : product.Threads;
        int columns = (int)GemmBlocking.Piece(product.N, TaskColumns, Unit), blocks = ParallelBlocks.Count(product.N, columns);
        if (threads <= 1)
        {
            for (int block = 0; block < blocks; block++)
            {
                Block(product, block, columns);
            }

            return;
        }

        RunParallel(product, blocks, columns, threads);
    }

    /// <summary>Apart, so that the short way has no large frame to clear.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunParallel(in GemmOperands<float> product, int blocks, int columns, int threads) =>
        ParallelBlocks.Run(blocks, threads, new BlockAction { Product = product, Columns = columns });

    private static void Block(in GemmOperands<float> product, int block, int width)
    {
        nint column = (nint)block * width, columns = Math.Min(width, product.N - column);
        if (Vector512.IsHardwareAccelerated)
        {
            Block<Simd512, Vector512<float>>(product, column, columns);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Block<Simd256, Vector256<float>>(product, column, columns);
        }
        else
        {
            Block<Simd128, Vector128<float>>(product, column, columns);
        }
    }

    [SkipLocalsInit]
    private static void Block<TSimd, TVector>(in GemmOperands<float> product, nint column, nint columns)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        Span<float> storage = stackalloc float[TaskColumns];
        Span<float> sums = storage[..(int)columns];
        nint piece = GemmBlocking.Piece(product.K, GemmBlocking.Depth<float>(), 1);
        float* target = product.C + column;
        for (nint p = 0; p < product.K; p += piece)
        {
            nint end = Math.Min(product.K, p + piece);
            sums.Clear();
            Accumulate<TSimd, TVector>(product, p, end, column, sums);
            float beta = p == 0 ? product.Beta : 1;
            for (int j = 0; j < sums.Length; j++)
            {
                target[j] = beta == 0 ? product.Alpha * sums[j] : ScalarLane.MultiplyAdd(product.Alpha, sums[j], beta * target[j]);
            }
        }

        if (!product.Epilogue.IsEmpty)
        {
            product.Epilogue.Apply(product.C, product.Ldc, 0, column, 1, columns);
        }
    }

    /// <summary>sums[j] += Σ x[p] B[p, column + j] over p of the range, in rising p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Accumulate<TSimd, TVector>(in GemmOperands<float> product, nint first, nint end, nint column, Span<float> sums)
        where TSimd : struct, ISimd<TVector>
        where TVector : struct
    {
        ref float y = ref MemoryMarshal.GetReference(sums);
        nuint length = (nuint)sums.Length, lanes = (nuint)TSimd.Lanes, rows = (nuint)product.BDepth;
        nint p = first;
        for (; p + Unroll <= end; p += Unroll)
        {
            float* x = product.A + (p * product.ADepth);
            nint step = product.ADepth;
            ref readonly float b = ref *(product.B + (p * product.BDepth) + column);
            TVector x0 = TSimd.Broadcast(x[0]), x1 = TSimd.Broadcast(x[step]), x2 = TSimd.Broadcast(x[2 * step]), x3 = TSimd.Broadcast(x[3 * step]);
            TVector x4 = TSimd.Broadcast(x[4 * step]), x5 = TSimd.Broadcast(x[5 * step]), x6 = TSimd.Broadcast(x[6 * step]), x7 = TSimd.Broadcast(x[7 * step]);
            nuint j = 0;
            for (; j + lanes <= length; j += lanes)
            {
                TVector sum = TSimd.MultiplyAdd(x0, TSimd.Load(in b, j), TSimd.Load(in y, j));
                sum = TSimd.MultiplyAdd(x1, TSimd.Load(in b, rows + j), sum);
                sum = TSimd.MultiplyAdd(x2, TSimd.Load(in b, (2 * rows) + j), sum);
                sum = TSimd.MultiplyAdd(x3, TSimd.Load(in b, (3 * rows) + j), sum);
                sum = TSimd.MultiplyAdd(x4, TSimd.Load(in b, (4 * rows) + j), sum);
                sum = TSimd.MultiplyAdd(x5, TSimd.Load(in b, (5 * rows) + j), sum);
                sum = TSimd.MultiplyAdd(x6, TSimd.Load(in b, (6 * rows) + j), sum);
                TSimd.Store(TSimd.MultiplyAdd(x7, TSimd.Load(in b, (7 * rows) + j), sum), ref y, j);
            }

            Rest(product, p, p + Unroll, column, sums, (int)j);
        }

        Rest(product, p, end, column, sums, 0);
    }

    /// <summary>The same for the columns from <paramref name="start"/> on, one by one.</summary>
    private static void Rest(in GemmOperands<float> product, nint first, nint end, nint column, Span<float> sums, int start)
    {
        for (nint p = first; p < end && start < sums.Length; p++)
        {
            float x = product.A[p * product.ADepth];
            float* b = product.B + (p * product.BDepth) + column;
            for (int j = start; j < sums.Length; j++)
            {
                sums[j] = ScalarLane.MultiplyAdd(x, b[j], sums[j]);
            }
        }
    }

    private struct BlockAction : IBlockAction
    {
        public GemmOperands<float> Product;
        public int Columns;

        public readonly void Invoke(int block) => Block(Product, block, Columns);
    }
}

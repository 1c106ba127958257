using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Dense matrix products, row-major. Every element is a sum taken in rising k in cuts that depend on k alone (<see cref="GemmBlocking.Depth{T}"/>), so its bits do not
/// depend on the number of threads, nor on the other rows and columns of the call: a row computed alone equals the same row computed in a batch.
/// NaN and infinity go through as IEEE arithmetic says. Arguments are asserted only; callers check them.
/// </summary>
internal static unsafe class Gemm
{
    /// <summary>C = epilogue(alpha op(A) op(B) + beta C) with op(A) [m, k], op(B) [k, n], C [m, n]. k = 0 gives epilogue(beta C).</summary>
    /// <param name="transposeA">A holds op(A)ᵀ, [k, m].</param>
    /// <param name="transposeB">B holds op(B)ᵀ, [n, k].</param>
    /// <param name="m">Rows of C.</param>
    /// <param name="n">Columns of C.</param>
    /// <param name="k">Terms of each sum.</param>
    /// <param name="alpha">Factor of the product.</param>
    /// <param name="a">A, its rows <paramref name="lda"/> elements apart.</param>
    /// <param name="lda">At least the width of A as stored.</param>
    /// <param name="b">B, its rows <paramref name="ldb"/> elements apart.</param>
    /// <param name="ldb">At least the width of B as stored.</param>
    /// <param name="beta">Factor of the old C; with 0, C is not read.</param>
    /// <param name="c">C, its rows <paramref name="ldc"/> elements apart; what lies between rows is left alone. Must not overlap A or B.</param>
    /// <param name="ldc">At least n.</param>
    /// <param name="epilogue">Applied to each element at the end.</param>
    /// <param name="threads">The most threads to use.</param>
    public static void Multiply(
        bool transposeA,
        bool transposeB,
        int m,
        int n,
        int k,
        float alpha,
        ReadOnlySpan<float> a,
        int lda,
        ReadOnlySpan<float> b,
        int ldb,
        float beta,
        Span<float> c,
        int ldc,
        in GemmEpilogue epilogue,
        int threads)
    {
        Debug.Assert(epilogue.Bias.IsEmpty || epilogue.Bias.Length >= n, "bias shorter than a row");
        Debug.Assert(epilogue.Mask.IsEmpty || epilogue.Mask.Length >= Extent(m, n, ldc), "mask smaller than C");
        fixed (float* bias = epilogue.Bias, mask = epilogue.Mask)
        {
            Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, new TileEpilogue<float>(bias, epilogue.Activation, mask), threads);
        }
    }

    /// <summary>The same in double precision, without an epilogue.</summary>
    /// <inheritdoc cref="Multiply(bool, bool, int, int, int, float, ReadOnlySpan{float}, int, ReadOnlySpan{float}, int, float, Span{float}, int, in GemmEpilogue, int)"/>
    public static void Multiply(
        bool transposeA,
        bool transposeB,
        int m,
        int n,
        int k,
        double alpha,
        ReadOnlySpan<double> a,
        int lda,
        ReadOnlySpan<double> b,
        int ldb,
        double beta,
        Span<double> c,
        int ldc,
        int threads) =>
        Multiply(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, default(TileEpilogue<double>), threads);

    /// <summary>G = A Aᵀ [n, n] of A [n, k]: the lower triangle is computed, the upper one is its mirror image, bit for bit.</summary>
    /// <param name="n">Rows of A; rows and columns of G.</param>
    /// <param name="k">Columns of A. 0 gives zeros.</param>
    /// <param name="a">A, its rows <paramref name="lda"/> elements apart.</param>
    /// <param name="lda">At least k.</param>
    /// <param name="g">G, its rows <paramref name="ldg"/> elements apart; the old content is not read. Must not overlap A.</param>
    /// <param name="ldg">At least n.</param>
    /// <param name="threads">The most threads to use.</param>
    public static void SymmetricProduct(int n, int k, ReadOnlySpan<float> a, int lda, Span<float> g, int ldg, int threads) =>
        SymmetricProduct<float>(n, k, a, lda, g, ldg, threads);

    /// <inheritdoc cref="SymmetricProduct(int, int, ReadOnlySpan{float}, int, Span{float}, int, int)"/>
    public static void SymmetricProduct(int n, int k, ReadOnlySpan<double> a, int lda, Span<double> g, int ldg, int threads) =>
        SymmetricProduct<double>(n, k, a, lda, g, ldg, threads);

    private static void SymmetricProduct<T>(int n, int k, ReadOnlySpan<T> a, int lda, Span<T> g, int ldg, int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(n >= 0 && k >= 0 && lda >= k && ldg >= n && threads >= 1, "sizes");
        Debug.Assert(a.Length >= Extent(n, k, lda) && g.Length >= Extent(n, n, ldg), "spans shorter than their matrices");
        fixed (T* pa = a, pg = g)
        {
            var product = new GemmOperands<T>
            {
                M = n, N = n, K = k, Alpha = T.One, A = pa, ARow = lda, ADepth = 1, B = pa, BDepth = 1, BColumn = lda, C = pg, Ldc = ldg, LowerOnly = true, Threads = threads,
            };
            Run(product);
            Mirror.LowerToUpper(pg, ldg, n, (long)n * n * k < GemmBlocking.ParallelWork ? 1 : threads);
        }
    }

    private static void Multiply<T>(
        bool transposeA,
        bool transposeB,
        int m,
        int n,
        int k,
        T alpha,
        ReadOnlySpan<T> a,
        int lda,
        ReadOnlySpan<T> b,
        int ldb,
        T beta,
        Span<T> c,
        int ldc,
        TileEpilogue<T> epilogue,
        int threads)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(m >= 0 && n >= 0 && k >= 0 && threads >= 1, "sizes");
        Debug.Assert(lda >= (transposeA ? m : k) && ldb >= (transposeB ? k : n) && ldc >= n, "leading dimensions");
        Debug.Assert(a.Length >= (transposeA ? Extent(k, m, lda) : Extent(m, k, lda)), "A shorter than its matrix");
        Debug.Assert(b.Length >= (transposeB ? Extent(n, k, ldb) : Extent(k, n, ldb)), "B shorter than its matrix");
        Debug.Assert(c.Length >= Extent(m, n, ldc), "C shorter than its matrix");
        fixed (T* pa = a, pb = b, pc = c)
        {
            var product = new GemmOperands<T>
            {
                M = m,
                N = n,
                K = k,
                Alpha = alpha,
                A = pa,
                ARow = transposeA ? 1 : lda,
                ADepth = transposeA ? lda : 1,
                B = pb,
                BDepth = transposeB ? 1 : ldb,
                BColumn = transposeB ? ldb : 1,
                Beta = beta,
                C = pc,
                Ldc = ldc,
                Epilogue = epilogue,
                Threads = threads,
            };
            Run(product);
        }
    }

    /// <summary>Chooses the path; by the sizes alone.</summary>
    private static void Run<T>(in GemmOperands<T> product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (product.M == 0 || product.N == 0)
        {
            return;
        }

        if (product.K == 0)
        {
            Scale(product);
        }
        else if (typeof(T) == typeof(float) && RowProduct.Takes(Unsafe.As<GemmOperands<T>, GemmOperands<float>>(ref Unsafe.AsRef(in product))))
        {
            RowProduct.Run(Unsafe.As<GemmOperands<T>, GemmOperands<float>>(ref Unsafe.AsRef(in product)));
        }
        else if (IsDirect(product))
        {
            MicroKernels<T>.ForColumns(product.N).Direct(product);
        }
        else
        {
            MicroKernels<T>.Best.Packed(product);
        }
    }

    /// <summary>Whether packing A would cost more than it saves: few multiply-adds, few columns to reuse it for, or few rows.</summary>
    private static bool IsDirect<T>(in GemmOperands<T> product)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        (long)product.M * product.N * product.K <= GemmBlocking.DirectWork
        || product.M <= MicroKernels<T>.Best.Rows
        || (product.N <= 2 * MicroKernels<T>.Best.Columns && product.ADepth == 1);

    /// <summary>k = 0: C = epilogue(beta C).</summary>
    private static void Scale<T>(in GemmOperands<T> product)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (nint i = 0; i < product.M; i++)
        {
            var row = new Span<T>(product.C + (i * product.Ldc), (int)product.N);
            if (product.Beta == T.Zero)
            {
                row.Clear();
                continue;
            }

            foreach (ref T x in row)
            {
                x *= product.Beta;
            }
        }

        product.Epilogue.Apply(product.C, product.Ldc, 0, 0, product.M, product.N);
    }

    /// <summary>Elements from the first to the last one of a matrix.</summary>
    private static long Extent(int rows, int columns, int stride) => rows == 0 || columns == 0 ? 0 : ((long)(rows - 1) * stride) + columns;
}

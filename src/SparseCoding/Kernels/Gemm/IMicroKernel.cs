using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// The innermost part of the matrix product for one vector width: a tile of <see cref="Rows"/> x <see cref="Columns"/> sums held in registers.
/// Contract of every implementation: each sum starts at 0 and takes its k products one after the other in rising k, so that an element's bits
/// do not depend on the tile it falls into; the result is alpha · sum for beta = 0 (C is not read) and alpha · sum + beta · C otherwise.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe interface IMicroKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Whether this machine runs the kernel in hardware. Every kernel gives right results on any machine.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Rows of a tile.</summary>
    static abstract int Rows { get; }

    /// <summary>Columns of a tile.</summary>
    static abstract int Columns { get; }

    /// <summary>One whole tile from packed slivers.</summary>
    /// <param name="k">Number of products per sum.</param>
    /// <param name="a">Sliver of op(A), [k, Rows].</param>
    /// <param name="b">Sliver of op(B), [k, Columns].</param>
    /// <param name="c">Upper left element of the tile in C.</param>
    /// <param name="ldc">Elements between rows of C.</param>
    /// <param name="alpha">Factor of the sums.</param>
    /// <param name="beta">Factor of the old C; 0 means that C is not read.</param>
    /// <param name="next">What a later tile reads first: may be fetched ahead, one cache line for each <see cref="GemmBlocking.PrefetchSteps"/> products. Any address; not read.</param>
    static abstract void Tile(nint k, T* a, T* b, T* c, nint ldc, T alpha, T beta, T* next);

    /// <summary>One strip of <see cref="Columns"/> columns and any number of rows, op(A) read in place: element (i, p) is a[i · rowStride + p · depthStride].</summary>
    /// <param name="k">Number of products per sum.</param>
    /// <param name="rows">Number of rows of the strip, at least 1.</param>
    /// <param name="a">First element of op(A).</param>
    /// <param name="rowStride">Elements between rows of op(A).</param>
    /// <param name="depthStride">Elements between columns of op(A).</param>
    /// <param name="b">First element of op(B) [k, Columns]; rows are contiguous.</param>
    /// <param name="ldb">Elements between rows of op(B).</param>
    /// <param name="c">Upper left element of the strip in C.</param>
    /// <param name="ldc">Elements between rows of C.</param>
    /// <param name="alpha">Factor of the sums.</param>
    /// <param name="beta">Factor of the old C; 0 means that C is not read.</param>
    static abstract void Strip(nint k, nint rows, T* a, nint rowStride, nint depthStride, T* b, nint ldb, T* c, nint ldc, T alpha, T beta);
}

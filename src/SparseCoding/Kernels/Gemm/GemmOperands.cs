using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>One product C = epilogue(alpha op(A) op(B) + beta C) over pinned memory. Element (i, p) of op(A) is A[i · ARow + p · ADepth]; (p, j) of op(B) is B[p · BDepth + j · BColumn].</summary>
/// <typeparam name="T">float or double.</typeparam>
internal unsafe struct GemmOperands<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Rows of C.</summary>
    public nint M;

    /// <summary>Columns of C.</summary>
    public nint N;

    /// <summary>Terms of each sum.</summary>
    public nint K;

    /// <summary>Factor of the product.</summary>
    public T Alpha;

    /// <summary>First element of op(A).</summary>
    public T* A;

    /// <summary>Elements between rows of op(A).</summary>
    public nint ARow;

    /// <summary>Elements between columns of op(A).</summary>
    public nint ADepth;

    /// <summary>First element of op(B).</summary>
    public T* B;

    /// <summary>Elements between rows of op(B).</summary>
    public nint BDepth;

    /// <summary>Elements between columns of op(B).</summary>
    public nint BColumn;

    /// <summary>Factor of the old C; with 0 it is not read.</summary>
    public T Beta;

    /// <summary>First element of C.</summary>
    public T* C;

    /// <summary>Elements between rows of C.</summary>
    public nint Ldc;

    /// <summary>Applied to each tile after its last term.</summary>
    public TileEpilogue<T> Epilogue;

    /// <summary>Only tiles that touch the lower triangle (row >= column) are computed.</summary>
    public bool LowerOnly;

    /// <summary>The most threads to use.</summary>
    public int Threads;
}

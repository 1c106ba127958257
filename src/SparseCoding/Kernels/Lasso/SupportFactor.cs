using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SparseCoding.Kernels;

/// <summary>
/// The factor G_SS = Rᵀ diag(1 / p) R of a whole support at once, in the storage type: what a solver needs that meets a support once, where <see cref="Numerics.ActiveSetCholesky"/>
/// is for one that grows atom by atom. Its rounding is that of the type, so its solutions are steps towards an answer that is checked afterwards, never the answer itself.
/// </summary>
/// <remarks>
/// Row i of the upper triangle R is G_i − Σ_{a&lt;i} (R_ai / p_a) R_a, summed in registers in the order of a, and its first element is the pivot p_i: k³ / 3 operations, no square root
/// and no pass to scale a row. R is kept by rows in a padded square; elements left of the diagonal are never read. Reusable, one per thread; grows with the largest support seen.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class SupportFactor<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Whole vectors at any width, and an odd number of cache lines of floats, so that the elements of a column do not fall into the same sets.
    private const int Padding = 32;
    private T[] _matrix = [];
    private T[] _shares = [];
    private T[] _inverse = [];
    private T[] _work = [];
    private int _stride;

    /// <summary>Room for k atoms; what was in the matrix is lost.</summary>
    public void Reserve(int count)
    {
        if (count > _stride)
        {
            _stride = ((Math.Max(count, 3 * _stride / 2) + Padding - 1) / Padding * Padding) + (Padding / 2);
            _matrix = new T[checked(_stride * _stride)];
            _shares = new T[_matrix.Length];
            _inverse = new T[_stride];
            _work = new T[_stride];
        }
    }

    /// <summary>Fills the upper triangle with the elements of a symmetric matrix at <paramref name="places"/> × <paramref name="places"/>.</summary>
    /// <param name="matrix">Row-major, with rows at a distance of <paramref name="stride"/>.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="places">Distinct rows of the matrix.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(ReadOnlySpan<T> matrix, int stride, ReadOnlySpan<int> places)
    {
        Reserve(places.Length);
        for (int a = 0; a < places.Length; a++)
        {
            Fill(a, matrix.Slice(places[a] * stride, stride), places);
        }
    }

    /// <summary>Fills one row of the upper triangle with the elements of <paramref name="source"/> at <paramref name="places"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Fill(int row, ReadOnlySpan<T> source, ReadOnlySpan<int> places)
    {
        Debug.Assert(places.Length <= _stride, "Reserve comes first.");
        ref T from = ref MemoryMarshal.GetReference(source);
        ref T to = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_matrix), row * _stride);
        ref int place = ref MemoryMarshal.GetReference(places);
        for (int b = row; b < places.Length; b++)
        {
            Debug.Assert((uint)Unsafe.Add(ref place, b) < (uint)source.Length, "A place is one of the row.");
            Unsafe.Add(ref to, b) = Unsafe.Add(ref from, Unsafe.Add(ref place, b));
        }
    }

    /// <summary>Factors the upper triangle of the first <paramref name="count"/> rows in place.</summary>
    /// <param name="count">k.</param>
    /// <param name="tolerance">A pivot must exceed this part of its diagonal element; else the atom counts as dependent on those before it.</param>
    /// <returns>False where an atom is dependent, or its pivot has no normal reciprocal in this type.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool TryFactor(int count, T tolerance)
    {
        Debug.Assert(count <= _stride, "Fill or Reserve comes first.");
        ref T matrix = ref MemoryMarshal.GetArrayDataReference(_matrix);
        ref T factors = ref MemoryMarshal.GetArrayDataReference(_shares);
        ref T inverse = ref MemoryMarshal.GetArrayDataReference(_inverse);
        int width = Vector<T>.Count, stride = _stride;
        for (int i = 0; i < count; i++)
        {
            ref T row = ref Unsafe.Add(ref matrix, i * stride);
            T diagonal = Unsafe.Add(ref row, i);
            ref T shares = ref Unsafe.Add(ref factors, i);
            if (Vector.IsHardwareAccelerated)
            {
                int j = i / width * width;
                for (; j + (3 * width) < count; j += 4 * width)
                {
                    Four(ref Unsafe.Add(ref row, j), ref Unsafe.Add(ref matrix, j), ref shares, i, stride);
                }

                if (j + width < count)
                {
                    Two(ref Unsafe.Add(ref row, j), ref Unsafe.Add(ref matrix, j), ref shares, i, stride);
                    j += 2 * width;
                }

                if (j < count)
                {
                    One(ref Unsafe.Add(ref row, j), ref Unsafe.Add(ref matrix, j), ref shares, i, stride);
                }
            }
            else
            {
                for (int a = 0; a < i; a++)
                {
                    ref T source = ref Unsafe.Add(ref matrix, a * stride);
                    for (int j = i; j < count; j++)
                    {
                        Unsafe.Add(ref row, j) += Unsafe.Add(ref shares, a * stride) * Unsafe.Add(ref source, j);
                    }
                }
            }

            T pivot = Unsafe.Add(ref row, i), reciprocal = T.One / pivot;
            if (!(pivot > tolerance * diagonal) || !T.IsNormal(reciprocal))
            {
                return false;
            }

            Unsafe.Add(ref inverse, i) = reciprocal;
            System.Numerics.Tensors.TensorPrimitives.Multiply(_matrix.AsSpan((i * stride) + i, count - i), -reciprocal, _shares.AsSpan((i * stride) + i, count - i));
        }

        return true;
    }

    /// <summary>Solves G_SS u = b in place, [k], with the factor of the last <see cref="TryFactor"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Solve(Span<T> rightSide)
    {
        int count = rightSide.Length, stride = _stride, width = Vector<T>.Count;
        Span<T> work = _work.AsSpan(0, stride);
        rightSide.CopyTo(work);
        ref T x = ref MemoryMarshal.GetArrayDataReference(_work);
        ref T matrix = ref MemoryMarshal.GetArrayDataReference(_matrix);
        for (int i = 0; i < count; i++)
        {
            // What is solved goes elsewhere, so that the vector it came from need not be kept and is not waited for.
            T value = Unsafe.Add(ref x, i) * _inverse[i];
            rightSide[i] = value;
            ref T row = ref Unsafe.Add(ref matrix, i * stride);
            if (Vector.IsHardwareAccelerated)
            {
                var values = new Vector<T>(-value);
                for (int j = (i + 1) / width * width; j < count; j += width)
                {
                    GramSweep<T>.MultiplyAdd(values, Vector.LoadUnsafe(ref row, (nuint)j), Vector.LoadUnsafe(ref x, (nuint)j)).StoreUnsafe(ref x, (nuint)j);
                }
            }
            else
            {
                for (int j = i + 1; j < count; j++)
                {
                    Unsafe.Add(ref x, j) -= value * Unsafe.Add(ref row, j);
                }
            }
        }

        rightSide.CopyTo(work);
        for (int i = count - 1; i >= 0; i--)
        {
            ref T row = ref Unsafe.Add(ref matrix, i * stride);
            int j = i + 1;
            T sum = T.Zero;
            if (Vector.IsHardwareAccelerated)
            {
                for (; j < count && j % width != 0; j++)
                {
                    sum += Unsafe.Add(ref row, j) * Unsafe.Add(ref x, j);
                }

                Vector<T> sums = Vector<T>.Zero;
                for (; j + width <= count; j += width)
                {
                    sums = GramSweep<T>.MultiplyAdd(Vector.LoadUnsafe(ref row, (nuint)j), Vector.LoadUnsafe(ref x, (nuint)j), sums);
                }

                sum += Vector.Sum(sums);
            }

            for (; j < count; j++)
            {
                sum += Unsafe.Add(ref row, j) * Unsafe.Add(ref x, j);
            }

            Unsafe.Add(ref x, i) -= sum * _inverse[i];
        }

        work[..count].CopyTo(rightSide);
    }
    /// <summary>Four vectors of target += Σ_a share_a · row a of source; the shares are a column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Four(ref T target, ref T source, ref T shares, int count, int stride)
    {
        nuint width = (nuint)Vector<T>.Count;
        Vector<T> s0 = Vector.LoadUnsafe(ref target), s1 = Vector.LoadUnsafe(ref target, width), s2 = Vector.LoadUnsafe(ref target, 2 * width), s3 = Vector.LoadUnsafe(ref target, 3 * width);
        for (int a = 0; a < count; a++)
        {
            var share = new Vector<T>(shares);
            s0 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source), s0);
            s1 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source, width), s1);
            s2 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source, 2 * width), s2);
            s3 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source, 3 * width), s3);
            source = ref Unsafe.Add(ref source, stride);
            shares = ref Unsafe.Add(ref shares, stride);
        }

        s0.StoreUnsafe(ref target);
        s1.StoreUnsafe(ref target, width);
        s2.StoreUnsafe(ref target, 2 * width);
        s3.StoreUnsafe(ref target, 3 * width);
    }

    /// <summary>Two vectors, in two chains each, so that additions are not waited for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Two(ref T target, ref T source, ref T shares, int count, int stride)
    {
        nuint width = (nuint)Vector<T>.Count;
        Vector<T> s0 = Vector.LoadUnsafe(ref target), s1 = Vector.LoadUnsafe(ref target, width), t0 = Vector<T>.Zero, t1 = Vector<T>.Zero;
        int a = 0;
        for (; a + 1 < count; a += 2)
        {
            Vector<T> share = new(shares), next = new(Unsafe.Add(ref shares, stride));
            s0 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source), s0);
            s1 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source, width), s1);
            t0 = GramSweep<T>.MultiplyAdd(next, Vector.LoadUnsafe(ref source, (nuint)stride), t0);
            t1 = GramSweep<T>.MultiplyAdd(next, Vector.LoadUnsafe(ref source, (nuint)stride + width), t1);
            source = ref Unsafe.Add(ref source, 2 * stride);
            shares = ref Unsafe.Add(ref shares, 2 * stride);
        }

        if (a < count)
        {
            var share = new Vector<T>(shares);
            s0 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source), s0);
            s1 = GramSweep<T>.MultiplyAdd(share, Vector.LoadUnsafe(ref source, width), s1);
        }

        (s0 + t0).StoreUnsafe(ref target);
        (s1 + t1).StoreUnsafe(ref target, width);
    }

    /// <summary>One vector, in four chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void One(ref T target, ref T source, ref T shares, int count, int stride)
    {
        Vector<T> s0 = Vector.LoadUnsafe(ref target), s1 = Vector<T>.Zero, s2 = Vector<T>.Zero, s3 = Vector<T>.Zero;
        int a = 0;
        for (; a + 3 < count; a += 4)
        {
            s0 = GramSweep<T>.MultiplyAdd(new Vector<T>(shares), Vector.LoadUnsafe(ref source), s0);
            s1 = GramSweep<T>.MultiplyAdd(new Vector<T>(Unsafe.Add(ref shares, stride)), Vector.LoadUnsafe(ref source, (nuint)stride), s1);
            s2 = GramSweep<T>.MultiplyAdd(new Vector<T>(Unsafe.Add(ref shares, 2 * stride)), Vector.LoadUnsafe(ref source, (nuint)(2 * stride)), s2);
            s3 = GramSweep<T>.MultiplyAdd(new Vector<T>(Unsafe.Add(ref shares, 3 * stride)), Vector.LoadUnsafe(ref source, (nuint)(3 * stride)), s3);
            source = ref Unsafe.Add(ref source, 4 * stride);
            shares = ref Unsafe.Add(ref shares, 4 * stride);
        }

        for (; a < count; a++)
        {
            s0 = GramSweep<T>.MultiplyAdd(new Vector<T>(shares), Vector.LoadUnsafe(ref source), s0);
            source = ref Unsafe.Add(ref source, stride);
            shares = ref Unsafe.Add(ref shares, stride);
        }

        ((s0 + s1) + (s2 + s3)).StoreUnsafe(ref target);
    }
}

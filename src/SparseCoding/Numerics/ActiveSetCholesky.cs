using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Numerics;

/// <summary>
/// The Cholesky factor G_II = L Lᵀ of the Gram matrix of an ordered active set I that grows by one atom at a time and shrinks at any position;
/// what OMP, LARS and the active-set least squares of NNLS solve with.
/// </summary>
/// <remarks>
/// L is packed by rows (row i starts at i (i + 1) / 2), so that appending writes behind the last row, removing moves rows forward, and both triangular
/// solves read memory in order. Always double: in float the pivots of a coherent dictionary lose all their digits. Reusable and not thread-safe: one per
/// thread, <see cref="Clear"/> between signals. Allocates only when the set outgrows <see cref="Capacity"/>.
/// Cost with k = <see cref="Count"/>: append k², remove at p 3 (k − p)², solve 2 k² operations.
/// </remarks>
internal sealed class ActiveSetCholesky
{
    // Below this length the call into TensorPrimitives costs more than its vectors save.
    private const int ShortRow = 8;

    private double[] _rows;
    private double[] _inverseDiagonal;
    private double[] _cosines;
    private double[] _sines;

    /// <summary>An empty factor with room for <paramref name="capacity"/> atoms (it grows by doubling).</summary>
    public ActiveSetCholesky(int capacity = 16)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        capacity = Math.Max(capacity, 4);
        _rows = new double[Offset(capacity)];
        _inverseDiagonal = new double[capacity];
        _cosines = new double[capacity];
        _sines = new double[capacity];
    }

    /// <summary>Number of atoms in the set, k.</summary>
    public int Count { get; private set; }

    /// <summary>Atoms that fit without another allocation.</summary>
    public int Capacity => _inverseDiagonal.Length;

    /// <summary>Row <paramref name="position"/> of L with its diagonal, [position + 1]. Valid until the next change of the set.</summary>
    public ReadOnlySpan<double> Row(int position) => _rows.AsSpan(Offset(position), position + 1);

    /// <summary>1 / L_ii of the row at <paramref name="position"/>.</summary>
    public double InverseDiagonal(int position) => _inverseDiagonal[position];

    /// <summary>Forgets all atoms; keeps the memory.</summary>
    public void Clear() => Count = 0;

    /// <summary>
    /// Tries to append one atom j: w = L⁻¹ G_Ij, pivot = G_jj − wᵀw, the squared distance of the atom from the span of the active ones.
    /// </summary>
    /// <param name="column">G_Ij: inner products of the new atom with the active ones in their order, [k].</param>
    /// <param name="diagonal">G_jj: squared norm of the new atom.</param>
    /// <param name="minimumPivot">
    /// The atom is taken only if pivot &gt; minimumPivot (and &gt; 0), else the set stays as it was. A caller that wants a relative test for linear dependence
    /// gives tolerance · <paramref name="diagonal"/>.
    /// </param>
    /// <returns>The pivot; the atom was taken if, and only if, it is above <paramref name="minimumPivot"/>. NaN (from NaN input) is never taken.</returns>
    public double Append(ReadOnlySpan<double> column, double diagonal, double minimumPivot = 0)
    {
        Debug.Assert(column.Length == Count, "One inner product per active atom.");
        Debug.Assert(minimumPivot >= 0, "A pivot of zero or less has no square root to divide by.");
        EnsureCapacity(Count + 1);
        Span<double> row = _rows.AsSpan(Offset(Count), Count + 1);
        column.CopyTo(row);
        SolveLower(row[..Count]);
        double pivot = diagonal - Dot(row[..Count], row[..Count]);
        if (pivot > minimumPivot)
        {
            double root = Math.Sqrt(pivot);
            row[Count] = root;
            _inverseDiagonal[Count] = 1 / root;
            Count++;
        }

        return pivot;
    }

    /// <summary>
    /// Removes the atom at <paramref name="position"/>; those behind it move one place forward. Deleting a row of L leaves one element above the diagonal in each
    /// row below it; Givens rotations of neighbouring columns take it away (they are orthogonal, so L Lᵀ stays what it was and no digits are lost).
    /// </summary>
    public void Remove(int position)
    {
        Debug.Assert((uint)position < (uint)Count, "The position must be that of an active atom.");
        int count = --Count;
        for (int i = position; i < count; i++)
        {
            // Old row i + 1 has i + 2 elements and becomes row i with i + 1; its new place ends where its old one begins, so nothing overlaps.
            Span<double> source = _rows.AsSpan(Offset(i + 1), i + 2);
            Span<double> target = _rows.AsSpan(Offset(i), i + 1);
            source[..position].CopyTo(target);
            double carried = source[position];
            for (int j = position; j < i; j++)
            {
                double next = source[j + 1];
                target[j] = (_cosines[j] * carried) + (_sines[j] * next);
                carried = (_cosines[j] * next) - (_sines[j] * carried);
            }

            double last = source[i + 1];
            double diagonal = double.Hypot(carried, last);
            _cosines[i] = carried / diagonal;
            _sines[i] = last / diagonal;
            target[i] = diagonal;
            _inverseDiagonal[i] = 1 / diagonal;
        }
    }

    /// <summary>Solves G_II u = b in place, [k]: forward then back substitution.</summary>
    public void Solve(Span<double> rightSide)
    {
        SolveLower(rightSide);
        SolveUpper(rightSide);
    }

    /// <summary>Solves L y = b in place, [k].</summary>
    public void SolveLower(Span<double> rightSide)
    {
        Debug.Assert(rightSide.Length == Count, "One element per active atom.");
        int offset = 0;
        for (int i = 0; i < rightSide.Length; i++)
        {
            ReadOnlySpan<double> row = _rows.AsSpan(offset, i);
            rightSide[i] = (rightSide[i] - Dot(row, rightSide[..i])) * _inverseDiagonal[i];
            offset += i + 1;
        }
    }

    /// <summary>Solves Lᵀ u = y in place, [k].</summary>
    public void SolveUpper(Span<double> rightSide)
    {
        Debug.Assert(rightSide.Length == Count, "One element per active atom.");
        for (int i = rightSide.Length - 1; i >= 0; i--)
        {
            double value = rightSide[i] * _inverseDiagonal[i];
            rightSide[i] = value;
            ReadOnlySpan<double> row = _rows.AsSpan(Offset(i), i);
            Span<double> above = rightSide[..i];
            if (i < ShortRow)
            {
                for (int j = 0; j < row.Length; j++)
                {
                    above[j] -= value * row[j];
                }
            }
            else
            {
                TensorPrimitives.MultiplyAdd(row, -value, above, above);
            }
        }
    }

    /// <summary>Index of the first element of packed row <paramref name="row"/>.</summary>
    private static int Offset(int row) => checked((int)((long)row * (row + 1) / 2));

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        if (left.Length >= ShortRow)
        {
            return TensorPrimitives.Dot(left, right);
        }

        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    private void EnsureCapacity(int count)
    {
        if (count <= Capacity)
        {
            return;
        }

        int capacity = Math.Max(count, 2 * Capacity);
        Array.Resize(ref _rows, Offset(capacity));
        Array.Resize(ref _inverseDiagonal, capacity);
        Array.Resize(ref _cosines, capacity);
        Array.Resize(ref _sines, capacity);
    }
}

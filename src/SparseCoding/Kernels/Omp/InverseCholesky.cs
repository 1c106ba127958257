using System.Runtime.Intrinsics;

namespace SparseCoding.Kernels;

/// <summary>
/// The growing inverse factor of OMP: upper triangular U with Uᵀ G_II U = Id (Zhu, Chen, Wu 2020; SPAMS), in double for every storage type, because the pivots
/// of a coherent dictionary lose all their digits in float.
/// </summary>
/// <remarks>
/// U is kept twice, by rows and by columns, so that both products of a step (w = Uᵀ g and U w) are sums of scaled contiguous vectors without a horizontal add.
/// The elements on the wrong side of the diagonal are never written and stay 0. Per step 2 k² operations.
/// </remarks>
internal sealed unsafe class InverseCholesky
{
    private const int Block = 16;

    private readonly double[] _memory;
    private readonly double* _rows;
    private readonly double* _columns;
    private readonly double* _input;
    private readonly double* _projection;
    private readonly double* _combination;
    private readonly int _stride;

    /// <summary>Room for <paramref name="capacity"/> atoms.</summary>
    public InverseCholesky(int capacity)
    {
        _stride = (capacity + Block - 1) / Block * Block;
        long matrix = (long)_stride * capacity;
        _memory = GC.AllocateArray<double>(checked((int)((2 * matrix) + (3 * _stride) + 8)), pinned: true);
        fixed (double* start = _memory)
        {
            double* aligned = (double*)(((nuint)start + 63) & ~(nuint)63);
            _rows = aligned;
            _columns = aligned + matrix;
            _input = _columns + matrix;
            _projection = _input + _stride;
            _combination = _projection + _stride;
        }
    }

    /// <summary>Number of atoms.</summary>
    public int Count { get; private set; }

    /// <summary>Where the caller writes g = G_Ij before <see cref="Project"/>, [capacity].</summary>
    public Span<double> Input => new(_input, _stride);

    /// <summary>w = Uᵀ g: coordinates of the new atom in the orthonormal basis of the span, [Count].</summary>
    public ReadOnlySpan<double> Projection => new(_projection, Count);

    /// <summary>U w = G_II⁻¹ g: the combination of active atoms nearest to the new one, [Count].</summary>
    public ReadOnlySpan<double> Combination => new(_combination, Count);

    /// <summary>Forgets all atoms.</summary>
    public void Clear() => Count = 0;

    /// <summary>Projects a candidate on the span of the active atoms; <see cref="Input"/> holds g.</summary>
    public void Project()
    {
        // w_i = Σ_{a ≤ i} g_a U[a, i]; (U w)_a = Σ_{i ≥ a} w_i U[a, i].
        for (int b = 0; b < Count; b += Block)
        {
            Combine(_rows + b, _input, 0, Math.Min(Count, b + Block), _projection + b);
        }

        for (int b = 0; b < Count; b += Block)
        {
            Combine(_columns + b, _projection, b, Count, _combination + b);
        }
    }

    /// <summary>Adds the projected candidate: the new column of U is s (−U w; 1) with s = 1 / √pivot.</summary>
    public void Append(double inverseRoot)
    {
        int k = Count;
        double* column = _columns + ((nint)k * _stride);
        for (int a = 0; a < k; a++)
        {
            double value = -_combination[a] * inverseRoot;
            column[a] = value;
            _rows[((nint)a * _stride) + k] = value;
        }

        column[k] = inverseRoot;
        _rows[((nint)k * _stride) + k] = inverseRoot;
        Count = k + 1;
    }

    /// <summary>target[0..16) = Σ_{first ≤ i &lt; end} coefficients[i] · matrix[i, 0..16).</summary>
    private void Combine(double* matrix, double* coefficients, int first, int end, double* target)
    {
        double* row = matrix + ((nint)first * _stride);
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<double> s0 = default, s1 = default;
            for (int i = first; i < end; i++, row += _stride)
            {
                Vector512<double> a = Vector512.Create(coefficients[i]);
                s0 = Vector512.MultiplyAddEstimate(a, Vector512.Load(row), s0);
                s1 = Vector512.MultiplyAddEstimate(a, Vector512.Load(row + 8), s1);
            }

            s0.Store(target);
            s1.Store(target + 8);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
            for (int i = first; i < end; i++, row += _stride)
            {
                Vector256<double> a = Vector256.Create(coefficients[i]);
                s0 = Vector256.MultiplyAddEstimate(a, Vector256.Load(row), s0);
                s1 = Vector256.MultiplyAddEstimate(a, Vector256.Load(row + 4), s1);
                s2 = Vector256.MultiplyAddEstimate(a, Vector256.Load(row + 8), s2);
                s3 = Vector256.MultiplyAddEstimate(a, Vector256.Load(row + 12), s3);
            }

            s0.Store(target);
            s1.Store(target + 4);
            s2.Store(target + 8);
            s3.Store(target + 12);
        }
        else
        {
            new Span<double>(target, Block).Clear();
            for (int i = first; i < end; i++, row += _stride)
            {
                for (int lane = 0; lane < Block; lane++)
                {
                    target[lane] += coefficients[i] * row[lane];
                }
            }
        }
    }
}

using System.Diagnostics;
using System.Numerics;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// (G + ρI)⁻¹ b for the values of ρ that come up, each factored once and shared by all signals and threads, the oldest forgotten where the budget (<see cref="Grow"/>) holds no more. With N atoms of dimension M the smaller side is factored:
/// G + ρI [N, N] if N ≤ M, else DᵀD + ρI [M, M] with (G + ρI)⁻¹ b = (b − D (DᵀD + ρI)⁻¹ Dᵀb) / ρ (Woodbury). ρ takes powers of two of a unit, so that few occur.
/// </summary>
/// <remarks>Factors are double. Cost: min(M, N)³/3 per ρ and min(2N², 4MN + 2M²) per signal and iteration. Thread-safe. Source: Boyd, Parikh, Chu, Peleato and Eckstein 2011, 4.2.4.</remarks>
/// <typeparam name="T">float or double: the type of atoms and Gram.</typeparam>
internal sealed class AdmmFactors<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>ρ stays within 2^±this of its unit.</summary>
    public const int ExponentLimit = 20;

    private readonly Lock _lock = new();
    private readonly Cholesky?[] _factors = new Cholesky?[(2 * ExponentLimit) + 1];
    private readonly Matrix64 _matrix;
    private readonly double[] _atoms;
    private readonly bool _gramSide;
    private readonly Queue<int> _kept = [];
    private int _capacity = 2;

    /// <summary>Prepares the smaller of the two matrices.</summary>
    /// <param name="gram">G = D Dᵀ [atoms, atoms].</param>
    /// <param name="atoms">D [atoms, dimension], row-major.</param>
    /// <param name="dimension">M.</param>
    public AdmmFactors(GramRows<T> gram, ReadOnlySpan<T> atoms, int dimension)
    {
        int count = gram.AtomCount;
        Debug.Assert(atoms.Length == (long)count * dimension, "D has another shape than its Gram.");
        AtomCount = count;
        Dimension = dimension;
        _gramSide = count <= dimension;
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            sum += double.CreateTruncating(gram.Diagonal[i]);
        }

        Unit = sum > 0 ? sum / count : 1;
        int size = Math.Min(count, dimension);
        _matrix = new Matrix64(size, size);
        _atoms = [];
        if (_gramSide)
        {
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<T> row = gram.Row(i);
                Span<double> target = _matrix.Row(i);
                for (int j = 0; j < count; j++)
                {
                    target[j] = double.CreateTruncating(row[j]);
                }
            }

            return;
        }

        _atoms = new double[atoms.Length];
        for (int i = 0; i < atoms.Length; i++)
        {
            _atoms[i] = double.CreateTruncating(atoms[i]);
        }

        Gemm.Multiply(true, false, dimension, dimension, count, 1.0, _atoms, dimension, _atoms, dimension, 0.0, _matrix.Values, dimension, 1);
    }

    /// <summary>N.</summary>
    public int AtomCount { get; }

    /// <summary>M.</summary>
    public int Dimension { get; }

    /// <summary>Mean squared norm of the atoms, the unit of ρ; 1 if all are zero.</summary>
    public double Unit { get; }

    /// <summary>ρ of an exponent.</summary>
    public double Rho(int exponent) => Unit * Math.ScaleB(1, exponent);

    /// <summary>Factors in memory at this moment.</summary>
    public int KeptFactors
    {
        get
        {
            lock (_lock)
            {
                return _kept.Count;
            }
        }
    }

    /// <summary>Lets the factors take up to <paramref name="budget"/> bytes, at least two of them; a smaller budget than before changes nothing.</summary>
    public void Grow(long budget)
    {
        lock (_lock)
        {
            _capacity = (int)Math.Clamp(budget / (sizeof(double) * (long)_matrix.Rows * _matrix.Rows), _capacity, _factors.Length);
        }
    }

    /// <summary>b ← (G + ρI)⁻¹ b in place.</summary>
    /// <param name="exponent">ρ = 2^exponent · <see cref="Unit"/>.</param>
    /// <param name="vector">b, [atoms].</param>
    /// <param name="scratch">Working memory, [dimension].</param>
    public void Solve(int exponent, Span<double> vector, Span<double> scratch)
    {
        Cholesky factor = Factor(exponent);
        if (_gramSide)
        {
            factor.Solve(vector);
            return;
        }

        scratch.Clear();
        for (int i = 0; i < vector.Length; i++)
        {
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(Atom(i), vector[i], scratch, scratch);
        }

        factor.Solve(scratch);
        double inverse = 1 / Rho(exponent);
        for (int i = 0; i < vector.Length; i++)
        {
            vector[i] = (vector[i] - System.Numerics.Tensors.TensorPrimitives.Dot(Atom(i), scratch)) * inverse;
        }
    }

    private ReadOnlySpan<double> Atom(int index) => _atoms.AsSpan(index * Dimension, Dimension);

    private Cholesky Factor(int exponent)
    {
        Cholesky? factor = Volatile.Read(ref _factors[exponent + ExponentLimit]);
        if (factor is not null)
        {
            return factor;
        }

        lock (_lock)
        {
            if (_factors[exponent + ExponentLimit] is { } made)
            {
                return made;
            }

            Matrix64 shifted = _matrix.Clone();
            for (int i = 0; i < shifted.Rows; i++)
            {
                shifted[i, i] += Rho(exponent);
            }

            // ρ is at least a millionth of the unit, so the sum is positive definite far beyond the rounding of a Gram in float.
            factor = Cholesky.Compute(shifted);
            Debug.Assert(factor.Succeeded, "A Gram plus a positive multiple of the identity is positive definite.");
            if (_kept.Count >= _capacity)
            {
                // Who solves with it holds it.
                Volatile.Write(ref _factors[_kept.Dequeue()], null);
            }

            _kept.Enqueue(exponent + ExponentLimit);
            Volatile.Write(ref _factors[exponent + ExponentLimit], factor);
            return factor;
        }
    }
}

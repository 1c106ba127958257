using System.Diagnostics;
using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// One sweep of K-SVD over the atoms, in place, one after the other by definition: with the rows w that use atom k and E = R_w + z dᵀ (what the other atoms leave of
/// them), the pair (d, z) becomes a better or the best rank-1 fit of E on that support, and R_w = E − z dᵀ. R stays the residual X − ZD throughout. An atom
/// without rows, or whose E is 0, stays. Work 4 to 8 times entries x dimension for the power step; the exact form adds entries x dimension x min(rows, dimension).
/// </summary>
internal sealed class KSvdCore(int atomCount, int dimension)
{
    private readonly SupportTranspose _support = new();
    private readonly LeadingEigenvector _leading = new();
    private readonly double[] _direction = new double[dimension];
    private readonly float[] _atom = new float[dimension];
    private float[] _users = [];
    private float[] _coefficients = [];
    private float[] _better = [];
    private double[] _wide = [];
    private double[] _gram = [];
    private double[] _vector = [];

    /// <summary>Sweeps once.</summary>
    /// <param name="atoms">Atoms of norm 1, [atoms, dimension].</param>
    /// <param name="indices">Atoms of the codes, [rows, capacity].</param>
    /// <param name="values">Their coefficients, [rows, capacity]; changed, the support stays.</param>
    /// <param name="counts">Entries of each row, [rows].</param>
    /// <param name="capacity">Places of a row.</param>
    /// <param name="residual">R = X − ZD, [rows, dimension]; kept true.</param>
    /// <param name="parameters">Kind of step, penalty and signs.</param>
    /// <param name="threads">The most threads to use; results do not depend on it.</param>
    public void Sweep(Span<float> atoms, ReadOnlySpan<int> indices, Span<float> values, ReadOnlySpan<int> counts, int capacity, Span<float> residual, in KSvdParameters parameters, int threads)
    {
        Debug.Assert(atoms.Length == atomCount * dimension && residual.Length == counts.Length * dimension, "Shapes disagree.");
        _support.Build(indices, counts, capacity, atomCount);
        for (int atom = 0; atom < atomCount; atom++)
        {
            int first = _support.Start(atom), count = _support.Start(atom + 1) - first;
            if (count > 0)
            {
                MoveAtom(atoms.Slice(atom * dimension, dimension), _support.Rows.Slice(first, count), _support.Slots.Slice(first, count), values, residual, parameters, threads);
            }
        }
    }

    private void MoveAtom(Span<float> atom, ReadOnlySpan<int> rows, ReadOnlySpan<int> slots, Span<float> values, Span<float> residual, in KSvdParameters parameters, int threads)
    {
        int count = rows.Length;
        if (_coefficients.Length < count)
        {
            int room = Math.Max(count, 2 * _coefficients.Length);
            (_users, _coefficients, _better) = (new float[room * dimension], new float[room], new float[room]);
        }

        Span<float> users = _users.AsSpan(0, count * dimension), z = _coefficients.AsSpan(0, count), fitted = _better.AsSpan(0, count);
        for (int i = 0; i < count; i++)
        {
            z[i] = values[slots[i]];
            TensorPrimitives.MultiplyAdd(atom, z[i], residual.Slice(rows[i] * dimension, dimension), users.Slice(i * dimension, dimension));
        }

        bool signed = !parameters.NonNegativeAtoms && !parameters.NonNegativeCodes;
        z.CopyTo(fitted);
        bool moved = parameters.Exact && signed ? SingularPair(users, count, atom, fitted, threads) : PowerSteps(users, count, fitted, parameters);
        if (!moved)
        {
            return;
        }

        _atom.CopyTo(atom);
        for (int i = 0; i < count; i++)
        {
            values[slots[i]] = fitted[i];
            TensorPrimitives.MultiplyAdd(atom, -fitted[i], users.Slice(i * dimension, dimension), residual.Slice(rows[i] * dimension, dimension));
        }
    }

    /// <summary>d = zE/‖zE‖, z = S_λ(E dᵀ), as often as asked; false where no direction is left or every coefficient would vanish.</summary>
    private bool PowerSteps(ReadOnlySpan<float> users, int count, Span<float> z, in KSvdParameters parameters)
    {
        bool moved = false;
        for (int pass = 0; pass < parameters.Passes; pass++)
        {
            Array.Clear(_direction);
            for (int i = 0; i < count; i++)
            {
                double weight = z[i];
                ReadOnlySpan<float> row = users.Slice(i * dimension, dimension);
                for (int c = 0; c < row.Length; c++)
                {
                    _direction[c] += weight * row[c];
                }
            }

            if (parameters.NonNegativeAtoms)
            {
                TensorPrimitives.Max(_direction, 0.0, _direction);
            }

            double norm = TensorPrimitives.Norm<double>(_direction);
            if (!(norm > 0))
            {
                return moved;
            }

            TensorPrimitives.Divide(_direction, norm, _direction);
            double energy = 0;
            for (int i = 0; i < count; i++)
            {
                double product = Product(users.Slice(i * dimension, dimension), _direction);
                double shrunk = Math.Max(Math.Abs(product) - parameters.Lambda, 0);
                double sign = parameters.NonNegativeCodes && product < 0 ? 0 : Math.Sign(product);
                z[i] = (float)(sign * shrunk);
                energy += shrunk * shrunk * Math.Abs(sign);
            }

            if (!(energy > 0))
            {
                // All coefficients vanish: the signals are better off without the atom. It stays, unused, for the coder and the replacement rule.
                z.Clear();
            }

            TensorPrimitives.ConvertTruncating<double, float>(_direction, _atom);
            moved = true;
            if (!(energy > 0))
            {
                break;
            }
        }

        return moved;
    }

    /// <summary>The largest singular pair of E: from EᵀE or EEᵀ, whichever is smaller, in double precision. The sign is that of the old atom.</summary>
    private bool SingularPair(ReadOnlySpan<float> users, int count, ReadOnlySpan<float> atom, Span<float> z, int threads)
    {
        bool byRows = count < dimension;
        int size = byRows ? count : dimension;
        if (_gram.Length < size * size)
        {
            (_gram, _vector) = (new double[size * size], new double[size]);
        }

        if (_wide.Length < users.Length)
        {
            _wide = new double[Math.Max(users.Length, 2 * _wide.Length)];
        }

        Span<double> wide = _wide.AsSpan(0, users.Length), gram = _gram.AsSpan(0, size * size), vector = _vector.AsSpan(0, size);
        TensorPrimitives.ConvertChecked(users, wide);
        if (byRows)
        {
            Gemm.SymmetricProduct(size, dimension, wide, dimension, gram, size, threads);
            TensorPrimitives.ConvertChecked<float, double>(z, vector);
        }
        else
        {
            Gemm.Multiply(true, false, size, size, count, 1.0, wide, dimension, wide, dimension, 0.0, gram, size, threads);
            TensorPrimitives.ConvertChecked(atom, vector);
        }

        double trace = 0;
        for (int i = 0; i < size; i++)
        {
            trace += gram[(i * size) + i];
        }

        if (!(trace > 0) || !(_leading.Find(gram, size, vector) > 0))
        {
            return false;
        }

        if (byRows)
        {
            Array.Clear(_direction);
            for (int i = 0; i < count; i++)
            {
                TensorPrimitives.MultiplyAdd(wide.Slice(i * dimension, dimension), vector[i], _direction, _direction);
            }

            TensorPrimitives.Divide(_direction, TensorPrimitives.Norm<double>(_direction), _direction);
        }
        else
        {
            vector.CopyTo(_direction);
        }

        if (Product(atom, _direction) < 0)
        {
            TensorPrimitives.Negate(_direction, _direction);
        }

        TensorPrimitives.ConvertTruncating<double, float>(_direction, _atom);
        for (int i = 0; i < count; i++)
        {
            z[i] = (float)Product(users.Slice(i * dimension, dimension), _direction);
        }

        return true;
    }

    private static double Product(ReadOnlySpan<float> row, ReadOnlySpan<double> direction)
    {
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
        {
            sum += row[i] * direction[i];
        }

        return sum;
    }
}

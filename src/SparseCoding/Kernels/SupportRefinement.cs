using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Solves for the coefficients on a given support once more, from the signal and the atoms themselves with sums in double:
/// z_I with D_I (x − z_I D_I) = level · sign(z_I), the conditions of least squares (level 0) and of the Lasso (level λ) on the support.
/// </summary>
/// <remarks>
/// Solvers in Gram form see x only through D x and D Dᵀ in float32, whose rounding the condition of G_II amplifies: digits as atoms cost three of the seven digits.
/// Iterative refinement takes that away for 4 k · dimension operations a round: z += G_II⁻¹ (D_I r − level · s) with r = x − zD in double and the factor of the float32 Gram,
/// which need only be good enough to contract. What remains is one rounding of each coefficient. A step that does not lower the largest violation is undone, so the
/// code is never worse than it was in the largest gradient on its support, which is all that is looked at: neither the objective nor other atoms are. One instance belongs to one thread. Source: Higham, Accuracy and Stability of Numerical Algorithms, chapter 12.
/// </remarks>
/// <param name="atoms">Atoms, [atoms, dimension]; not copied.</param>
/// <param name="dimension">Length of an atom.</param>
internal sealed class SupportRefinement(float[] atoms, int dimension)
{
    private const int MostRounds = 5;

    // Atoms further than this from the span of those before them, as a part of their squared norm: a factor in float32 then contracts a hundredfold or more in each round.
    private const float QuickTolerance = 1e-3f;
    private readonly SupportFactor<float> _quick = new();
    private readonly ActiveSetCholesky _factor = new();
    private readonly double[] _residual = new double[dimension];
    private double[] _code = new double[16];
    private double[] _step = new double[16];
    private double[] _column = new double[16];
    private float[] _narrow = new float[16];
    private bool _isQuick;

    /// <summary>‖x − zD‖² of the last call's code, in double, before its rounding to float32.</summary>
    public double SquaredResidual { get; private set; }

    /// <summary>Refines the coefficients in place.</summary>
    /// <param name="gram">Gram of the dictionary.</param>
    /// <param name="signal">x, [dimension].</param>
    /// <param name="support">I, distinct atoms in any order.</param>
    /// <param name="coefficients">z_I; replaced if a step was taken.</param>
    /// <param name="level">0 for least squares, λ for the Lasso.</param>
    /// <param name="keepSigns">Whether a coefficient that would change its sign undoes the step (non-negative codes and the Lasso).</param>
    /// <returns>Whether the coefficients were changed.</returns>
    public bool Refine(GramRows<float> gram, ReadOnlySpan<float> signal, ReadOnlySpan<int> support, Span<float> coefficients, double level, bool keepSigns)
    {
        Debug.Assert(signal.Length == dimension && support.Length == coefficients.Length, "One entry per column, one coefficient per atom.");
        int count = support.Length;
        if (_code.Length < count)
        {
            int capacity = Math.Max(count, 2 * _code.Length);
            (_code, _step, _column, _narrow) = (new double[capacity], new double[capacity], new double[capacity], new float[capacity]);
        }

        Span<double> code = _code.AsSpan(0, count), step = _step.AsSpan(0, count);
        for (int i = 0; i < count; i++)
        {
            code[i] = coefficients[i];
        }

        double violation = Violation(signal, support, code, level, step);
        if (!(violation > 0) || !TryFactor(gram, support))
        {
            return false;
        }

        bool changed = false;
        double squared = SquaredResidual;
        for (int round = 0; round < MostRounds; round++)
        {
            Solve(step);
            double change = 0, size = 0;
            bool allowed = true;
            for (int i = 0; i < count; i++)
            {
                double value = code[i] + step[i];
                allowed &= double.IsFinite(value) && !(keepSigns && Math.Sign((float)value) != Math.Sign(coefficients[i]));
                change = Math.Max(change, Math.Abs(step[i]));
                size = Math.Max(size, Math.Abs(value));
                _column[i] = value;
            }

            if (!allowed)
            {
                break;
            }

            // The old code moves to _column, so that the step can be undone.
            for (int i = 0; i < count; i++)
            {
                (code[i], _column[i]) = (_column[i], code[i]);
            }

            double next = Violation(signal, support, code, level, step);
            if (!(next < violation))
            {
                _column.AsSpan(0, count).CopyTo(code);
                break;
            }

            changed = true;
            squared = SquaredResidual;
            violation = next;
            // The next change would be this one times the contraction, which is about as small.
            if (change <= 1e-5 * size)
            {
                break;
            }
        }

        for (int i = 0; i < count; i++)
        {
            coefficients[i] = (float)code[i];
        }

        // At the solution the rounding of the coefficients changes the residual by its square only.
        SquaredResidual = squared;
        return changed;
    }

    /// <summary>Sets r = x − zD and the gradient D_I r − level · s; returns the largest magnitude of the gradient.</summary>
    private double Violation(ReadOnlySpan<float> signal, ReadOnlySpan<int> support, ReadOnlySpan<double> code, double level, Span<double> gradient)
    {
        SetResidual(signal, support, code);
        double largest = 0;
        int i = 0;
        for (; i + 4 <= support.Length; i += 4)
        {
            Dots(Atom(support[i]), Atom(support[i + 1]), Atom(support[i + 2]), Atom(support[i + 3]), _residual, gradient.Slice(i, 4));
        }

        for (; i < support.Length; i++)
        {
            gradient[i] = Dot(Atom(support[i]), _residual);
        }

        for (i = 0; i < support.Length; i++)
        {
            gradient[i] -= level * Math.Sign(code[i]);
            largest = Math.Max(largest, Math.Abs(gradient[i]));
        }

        return largest;
    }

    private ReadOnlySpan<float> Atom(int atom) => atoms.AsSpan(atom * dimension, dimension);

    private void SetResidual(ReadOnlySpan<float> signal, ReadOnlySpan<int> support, ReadOnlySpan<double> code)
    {
        TensorPrimitives.ConvertTruncating(signal, _residual);
        int i = 0;
        for (; i + 4 <= support.Length; i += 4)
        {
            Subtract(_residual, code.Slice(i, 4), Atom(support[i]), Atom(support[i + 1]), Atom(support[i + 2]), Atom(support[i + 3]));
        }

        for (; i < support.Length; i++)
        {
            Subtract(_residual, code[i], Atom(support[i]));
        }

        SquaredResidual = TensorPrimitives.SumOfSquares<double>(_residual);
    }

    /// <summary>G_II⁻¹ in place, with the factor of the last <see cref="TryFactor"/>.</summary>
    private void Solve(Span<double> step)
    {
        if (!_isQuick)
        {
            _factor.Solve(step);
            return;
        }

        Span<float> narrow = _narrow.AsSpan(0, step.Length);
        for (int i = 0; i < narrow.Length; i++)
        {
            narrow[i] = (float)step[i];
        }

        _quick.Solve(narrow);
        for (int i = 0; i < narrow.Length; i++)
        {
            step[i] = narrow[i];
        }
    }

    private bool TryFactor(GramRows<float> gram, ReadOnlySpan<int> support)
    {
        _quick.Reserve(support.Length);
        for (int i = 0; i < support.Length; i++)
        {
            _quick.Fill(i, gram.Row(support[i]), support);
        }

        _isQuick = _quick.TryFactor(support.Length, QuickTolerance);
        if (_isQuick)
        {
            return true;
        }

        _factor.Clear();
        for (int i = 0; i < support.Length; i++)
        {
            ReadOnlySpan<float> row = gram.Row(support[i]);
            for (int k = 0; k < i; k++)
            {
                _column[k] = row[support[k]];
            }

            if (!(_factor.Append(_column.AsSpan(0, i), row[support[i]]) > 0))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>target −= factor · source, in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract(Span<double> target, double factor, ReadOnlySpan<float> source)
    {
        ref double t = ref MemoryMarshal.GetReference(target);
        ref float s = ref MemoryMarshal.GetReference(source);
        int length = source.Length, width = Vector<float>.Count, i = 0;
        var factors = new Vector<double>(-factor);
        for (; Vector.IsHardwareAccelerated && i + width <= length; i += width)
        {
            Vector.Widen(Vector.LoadUnsafe(ref s, (nuint)i), out Vector<double> low, out Vector<double> high);
            GramSweep<double>.MultiplyAdd(factors, low, Vector.LoadUnsafe(ref t, (nuint)i)).StoreUnsafe(ref t, (nuint)i);
            nuint next = (nuint)(i + Vector<double>.Count);
            GramSweep<double>.MultiplyAdd(factors, high, Vector.LoadUnsafe(ref t, next)).StoreUnsafe(ref t, next);
        }

        for (; i < length; i++)
        {
            target[i] -= factor * source[i];
        }
    }

    /// <summary>target −= Σ factors_i · atom i, four at a time, so that the target is read and written once for all of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Subtract(Span<double> target, ReadOnlySpan<double> factors, ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d)
    {
        ref double t = ref MemoryMarshal.GetReference(target);
        ref float ra = ref MemoryMarshal.GetReference(a), rb = ref MemoryMarshal.GetReference(b), rc = ref MemoryMarshal.GetReference(c), rd = ref MemoryMarshal.GetReference(d);
        int length = a.Length, width = Vector<float>.Count, i = 0;
        Vector<double> fa = new(-factors[0]), fb = new(-factors[1]), fc = new(-factors[2]), fd = new(-factors[3]);
        for (; Vector.IsHardwareAccelerated && i + width <= length; i += width)
        {
            nuint place = (nuint)i, next = (nuint)(i + Vector<double>.Count);
            Vector.Widen(Vector.LoadUnsafe(ref ra, place), out Vector<double> a0, out Vector<double> a1);
            Vector.Widen(Vector.LoadUnsafe(ref rb, place), out Vector<double> b0, out Vector<double> b1);
            Vector.Widen(Vector.LoadUnsafe(ref rc, place), out Vector<double> c0, out Vector<double> c1);
            Vector.Widen(Vector.LoadUnsafe(ref rd, place), out Vector<double> d0, out Vector<double> d1);
            Vector<double> low = GramSweep<double>.MultiplyAdd(fb, b0, GramSweep<double>.MultiplyAdd(fa, a0, Vector.LoadUnsafe(ref t, place)));
            Vector<double> high = GramSweep<double>.MultiplyAdd(fb, b1, GramSweep<double>.MultiplyAdd(fa, a1, Vector.LoadUnsafe(ref t, next)));
            GramSweep<double>.MultiplyAdd(fd, d0, GramSweep<double>.MultiplyAdd(fc, c0, low)).StoreUnsafe(ref t, place);
            GramSweep<double>.MultiplyAdd(fd, d1, GramSweep<double>.MultiplyAdd(fc, c1, high)).StoreUnsafe(ref t, next);
        }

        for (; i < length; i++)
        {
            target[i] -= (factors[0] * a[i]) + (factors[1] * b[i]) + (factors[2] * c[i]) + (factors[3] * d[i]);
        }
    }

    /// <summary>sums = ⟨a, right⟩ .. ⟨d, right⟩ in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Dots(ReadOnlySpan<float> a, ReadOnlySpan<float> b, ReadOnlySpan<float> c, ReadOnlySpan<float> d, ReadOnlySpan<double> right, Span<double> sums)
    {
        ref double r = ref MemoryMarshal.GetReference(right);
        ref float ra = ref MemoryMarshal.GetReference(a), rb = ref MemoryMarshal.GetReference(b), rc = ref MemoryMarshal.GetReference(c), rd = ref MemoryMarshal.GetReference(d);
        int length = a.Length, width = Vector<float>.Count, i = 0;
        Vector<double> sa = default, sb = default, sc = default, sd = default, ta = default, tb = default, tc = default, td = default;
        for (; Vector.IsHardwareAccelerated && i + width <= length; i += width)
        {
            nuint place = (nuint)i;
            Vector<double> low = Vector.LoadUnsafe(ref r, place), high = Vector.LoadUnsafe(ref r, (nuint)(i + Vector<double>.Count));
            Vector.Widen(Vector.LoadUnsafe(ref ra, place), out Vector<double> v0, out Vector<double> v1);
            sa = GramSweep<double>.MultiplyAdd(v0, low, sa);
            ta = GramSweep<double>.MultiplyAdd(v1, high, ta);
            Vector.Widen(Vector.LoadUnsafe(ref rb, place), out v0, out v1);
            sb = GramSweep<double>.MultiplyAdd(v0, low, sb);
            tb = GramSweep<double>.MultiplyAdd(v1, high, tb);
            Vector.Widen(Vector.LoadUnsafe(ref rc, place), out v0, out v1);
            sc = GramSweep<double>.MultiplyAdd(v0, low, sc);
            tc = GramSweep<double>.MultiplyAdd(v1, high, tc);
            Vector.Widen(Vector.LoadUnsafe(ref rd, place), out v0, out v1);
            sd = GramSweep<double>.MultiplyAdd(v0, low, sd);
            td = GramSweep<double>.MultiplyAdd(v1, high, td);
        }

        double suma = Vector.Sum(sa + ta), sumb = Vector.Sum(sb + tb), sumc = Vector.Sum(sc + tc), sumd = Vector.Sum(sd + td);
        for (; i < length; i++)
        {
            suma += a[i] * right[i];
            sumb += b[i] * right[i];
            sumc += c[i] * right[i];
            sumd += d[i] * right[i];
        }

        (sums[0], sums[1], sums[2], sums[3]) = (suma, sumb, sumc, sumd);
    }

    /// <summary>⟨left, right⟩ in double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Dot(ReadOnlySpan<float> left, ReadOnlySpan<double> right)
    {
        ref float a = ref MemoryMarshal.GetReference(left);
        ref double b = ref MemoryMarshal.GetReference(right);
        int length = left.Length, width = Vector<float>.Count, i = 0;
        Vector<double> low = default, high = default;
        for (; Vector.IsHardwareAccelerated && i + width <= length; i += width)
        {
            Vector.Widen(Vector.LoadUnsafe(ref a, (nuint)i), out Vector<double> a0, out Vector<double> a1);
            low = GramSweep<double>.MultiplyAdd(a0, Vector.LoadUnsafe(ref b, (nuint)i), low);
            high = GramSweep<double>.MultiplyAdd(a1, Vector.LoadUnsafe(ref b, (nuint)(i + Vector<double>.Count)), high);
        }

        double sum = Vector.Sum(low + high);
        for (; i < length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}

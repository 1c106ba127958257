using System.Numerics;
using System.Runtime.CompilerServices;

namespace SparseCoding.Kernels;

/// <summary>
/// The inner loop of OLS (ORMP): q = Σ_i u_i row_i = D v for the new orthonormal direction v, c −= ρ q, n −= (q w)², and in the same pass the atom that
/// lowers the squared error most, argmax (c_j w_j)² / n_j, ties to the lower index.
/// </summary>
/// <remarks>
/// n_j is the squared norm of d_j orthogonal to the span as a fraction of ‖d_j‖², so it starts at 1 for atoms of any norm. An atom with n_j at the rounding of the
/// Gram lies in the span and is no candidate; nor is one whose correlation is rounding, for dividing it by a small n would raise it above real ones.
/// Padding as in <see cref="AtomSelection"/>. Scalar form = specification.
/// </remarks>
internal static unsafe class OrthogonalSelection
{
    /// <summary>Updates c and n and selects; with <paramref name="count"/> = 0 only selects.</summary>
    /// <param name="c">Correlations D r, [length].</param>
    /// <param name="n">Fraction of each squared norm outside the span, [length].</param>
    /// <param name="weights">1 / ‖d_j‖, 0 for atoms that cannot be selected, [length].</param>
    /// <param name="rows">Gram rows, [count] at distance <paramref name="stride"/>.</param>
    /// <param name="stride">Elements from one row to the next.</param>
    /// <param name="coefficients">u, the new column of the inverse factor, [count].</param>
    /// <param name="count">Number of rows.</param>
    /// <param name="length">Padded number of atoms.</param>
    /// <param name="step">ρ = vᵀ r, in the scale of c.</param>
    /// <param name="floor">Correlations |c_j| w_j up to it are rounding.</param>
    /// <param name="fractionFloor">Fractions n_j up to it are rounding.</param>
    /// <returns>The atom, or −1 where there is no candidate.</returns>
    public static int Update<T>(
        T* c, T* n, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, T step, T floor, T fractionFloor)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector.IsHardwareAccelerated
            ? UpdateVector(c, n, weights, rows, stride, coefficients, count, length, step, floor, fractionFloor)
            : UpdateScalar(c, n, weights, rows, stride, coefficients, count, length, step, floor, fractionFloor);

    /// <summary>The specification.</summary>
    internal static int UpdateScalar<T>(
        T* c, T* n, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, T step, T floor, T fractionFloor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int best = -1;
        T bestGain = T.Zero;
        for (nint j = 0; j < length; j++)
        {
            T q = T.Zero;
            for (int i = 0; i < count; i++)
            {
                q += coefficients[i] * rows[(i * stride) + j];
            }

            T outside = q * weights[j];
            c[j] -= step * q;
            n[j] -= outside * outside;
            T gain = Gain(c[j], n[j], weights[j], floor, fractionFloor);
            if (gain > bestGain)
            {
                bestGain = gain;
                best = (int)j;
            }
        }

        return best;
    }

    /// <summary>The wide form.</summary>
    internal static int UpdateVector<T>(
        T* c, T* n, T* weights, T* rows, nint stride, T* coefficients, int count, nint length, T step, T floor, T fractionFloor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        nint w = Vector<T>.Count;
        T bestGain = T.Zero, nearlyOne = T.One - T.CreateTruncating(1e-6);
        nint bestBlock = -1;
        for (nint b = 0; b < length; b += 4 * w)
        {
            Vector<T> s0 = default, s1 = default, s2 = default, s3 = default;
            T* row = rows + b;
            for (int i = 0; i < count; i++)
            {
                var a = new Vector<T>(coefficients[i]);
                s0 = AtomSelection.MultiplyAdd(a, Vector.Load(row), s0);
                s1 = AtomSelection.MultiplyAdd(a, Vector.Load(row + w), s1);
                s2 = AtomSelection.MultiplyAdd(a, Vector.Load(row + (2 * w)), s2);
                s3 = AtomSelection.MultiplyAdd(a, Vector.Load(row + (3 * w)), s3);
                row += stride;
            }

            // Fractions are compared by products first, a little below the best, so that no rounding hides a better one; only the few blocks that may hold one ask whether it is a
            // candidate at all, and divide.
            var below = new Vector<T>(bestGain * nearlyOne);
            Vector<T> may = Advance(c + b, n + b, weights + b, s0, step, fractionFloor, below)
                | Advance(c + b + w, n + b + w, weights + b + w, s1, step, fractionFloor, below)
                | Advance(c + b + (2 * w), n + b + (2 * w), weights + b + (2 * w), s2, step, fractionFloor, below)
                | Advance(c + b + (3 * w), n + b + (3 * w), weights + b + (3 * w), s3, step, fractionFloor, below);
            if (Vector.EqualsAll(may.As<T, int>(), Vector<int>.Zero))
            {
                continue;
            }

            s0 = Gains(c + b, n + b, weights + b, floor, fractionFloor);
            s1 = Gains(c + b + w, n + b + w, weights + b + w, floor, fractionFloor);
            s2 = Gains(c + b + (2 * w), n + b + (2 * w), weights + b + (2 * w), floor, fractionFloor);
            s3 = Gains(c + b + (3 * w), n + b + (3 * w), weights + b + (3 * w), floor, fractionFloor);
            Vector<T> max = Vector.MaxNative(Vector.MaxNative(s0, s1), Vector.MaxNative(s2, s3));
            if (Vector.GreaterThanAny(max, new Vector<T>(bestGain)))
            {
                bestGain = AtomSelection.Largest(max, bestGain);
                bestBlock = b;
            }
        }

        if (bestBlock >= 0)
        {
            for (nint j = bestBlock; j < bestBlock + (4 * w); j++)
            {
                if (Gain(c[j], n[j], weights[j], floor, fractionFloor) == bestGain)
                {
                    return (int)j;
                }
            }
        }

        return -1;
    }

    /// <summary>Updates one vector; lanes are set where the gain may be above the one that <paramref name="below"/> stands for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Advance<T>(T* c, T* n, T* weights, Vector<T> q, T step, T fractionFloor, Vector<T> below)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> weight = Vector.Load(weights);
        Vector<T> outside = q * weight;
        Vector<T> value = Vector.Load(c) - (new Vector<T>(step) * q);
        Vector<T> fraction = Vector.Load(n) - (outside * outside);
        Vector.Store(value, c);
        Vector.Store(fraction, n);
        Vector<T> size = value * weight;
        return Vector.GreaterThan(size * size, below * Vector.MaxNative(fraction, new Vector<T>(fractionFloor)));
    }

    /// <summary>Gains of one vector, 0 where there is no candidate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<T> Gains<T>(T* c, T* n, T* weights, T floor, T fractionFloor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> size = Vector.Abs(Vector.Load(c)) * Vector.Load(weights), fraction = Vector.Load(n);
        Vector<T> candidate = Vector.GreaterThan(size, new Vector<T>(floor)) & Vector.GreaterThan(fraction, new Vector<T>(fractionFloor));
        return candidate & (size * size / Vector.ConditionalSelect(candidate, fraction, Vector<T>.One));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Gain<T>(T c, T n, T weight, T floor, T fractionFloor)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T size = T.Abs(c) * weight;
        return size > floor && n > fractionFloor ? size * size / n : T.Zero;
    }
}

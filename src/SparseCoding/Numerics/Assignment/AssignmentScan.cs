using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace SparseCoding.Numerics;

/// <summary>The smallest two of the reduced costs c_j − v_j of a row.</summary>
/// <param name="Least">The smallest; +∞ if the row is empty.</param>
/// <param name="Index">Where it is, the lowest place among ties.</param>
/// <param name="Second">The smallest of the others, equal to <paramref name="Least"/> on a tie; +∞ if there is no other.</param>
internal readonly record struct TwoLeast(double Least, int Index, double Second);

/// <summary>
/// The passes over one row of costs that the assignment solvers are made of. Costs are float or double, <c>negate</c> turns a maximum into a
/// minimum, prices and distances are float64. Every pass has a vector form of eight columns at a time and the scalar form that specifies it;
/// both do the same float64 operations on each column and give ties to the lowest place, so that all tiers give the same bits.
/// The passes are compiled optimised at once: a single large problem is over before tiered compilation would have replaced them.
/// </summary>
internal static class AssignmentScan
{
    private const int Width = 8;

    /// <summary>Two-minimum scan of c_j − v_j over all columns. A price of −∞ takes a column out of the race.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static TwoLeast Two<T>(ReadOnlySpan<T> row, bool negate, ReadOnlySpan<double> prices)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(prices.Length == row.Length);
        if (!Vector256.IsHardwareAccelerated || row.Length < Width)
        {
            return TwoScalar(row, negate, prices, 0, new TwoLeast(double.PositiveInfinity, 0, double.PositiveInfinity));
        }

        ref readonly T c = ref row[0];
        ref readonly double v = ref prices[0];
        Vector256<T> sign = SignMask<T>(negate);
        Vector256<double> leastA = Vector256.Create(double.PositiveInfinity), leastB = leastA, secondA = leastA, secondB = leastA;
        Vector256<double> indexA = Vector256<double>.Zero, indexB = indexA;
        Vector256<double> place = Vector256.Create(0.0, 1, 2, 3), four = Vector256.Create(4.0), eight = Vector256.Create(8.0);
        int end = row.Length & ~(Width - 1);
        for (int j = 0; j < end; j += Width)
        {
            Load(in c, j, sign, out Vector256<double> a, out Vector256<double> b);
            a -= Vector256.LoadUnsafe(in v, (nuint)j);
            b -= Vector256.LoadUnsafe(in v, (nuint)j + 4);
            Vector256<double> lessA = Vector256.LessThan(a, leastA), lessB = Vector256.LessThan(b, leastB);
            secondA = Vector256.MinNative(secondA, Vector256.MaxNative(leastA, a));
            secondB = Vector256.MinNative(secondB, Vector256.MaxNative(leastB, b));
            leastA = Vector256.MinNative(leastA, a);
            leastB = Vector256.MinNative(leastB, b);
            indexA = Vector256.ConditionalSelect(lessA, place, indexA);
            indexB = Vector256.ConditionalSelect(lessB, place + four, indexB);
            place += eight;
        }

        double least = double.PositiveInfinity, index = 0, second = double.PositiveInfinity;
        for (int lane = 0; lane < 2 * Vector256<double>.Count; lane++)
        {
            bool first = lane < Vector256<double>.Count;
            int k = lane & 3;
            double value = first ? leastA[k] : leastB[k], at = first ? indexA[k] : indexB[k];
            second = Math.Min(Math.Min(second, first ? secondA[k] : secondB[k]), Math.Max(least, value));
            if (value < least || (value == least && at < index))
            {
                least = value;
                index = at;
            }
        }

        return TwoScalar(row, negate, prices, end, new TwoLeast(least, (int)index, second));
    }

    /// <summary>Specification of <see cref="Two"/>, continued from column <paramref name="start"/>.</summary>
    internal static TwoLeast TwoScalar<T>(ReadOnlySpan<T> row, bool negate, ReadOnlySpan<double> prices, int start, TwoLeast state)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        (double least, int index, double second) = state;
        for (int j = start; j < row.Length; j++)
        {
            double value = Cost(row[j], negate) - prices[j];
            if (value < least)
            {
                second = least;
                least = value;
                index = j;
            }
            else if (value < second)
            {
                second = value;
            }
        }

        return new TwoLeast(least, index, second);
    }

    /// <summary>
    /// One relaxation of Dijkstra's search: d_j = min(d_j, (c_j − v_j) − shift), with the row written to the predecessors where d_j fell.
    /// Returns the smallest d and its lowest place. A column that is done has v_j = −∞ and d_j = +∞, and so neither falls nor wins.
    /// </summary>
    /// <param name="row">Costs of the row, [columns].</param>
    /// <param name="negate">Whether the costs change sign.</param>
    /// <param name="prices">v, [columns].</param>
    /// <param name="shift">The row's price less the length of the path to it.</param>
    /// <param name="source">The row's number, for the predecessors.</param>
    /// <param name="distances">d, [columns].</param>
    /// <param name="predecessors">Row from which each column was reached, [columns].</param>
    /// <param name="index">Lowest place of the smallest distance.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Relax<T>(
        ReadOnlySpan<T> row, bool negate, ReadOnlySpan<double> prices, double shift, long source, Span<double> distances, Span<long> predecessors, out int index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(prices.Length == row.Length && distances.Length == row.Length && predecessors.Length == row.Length);
        if (!Vector256.IsHardwareAccelerated || row.Length < Width)
        {
            index = 0;
            return RelaxScalar(row, negate, prices, shift, source, distances, predecessors, 0, double.PositiveInfinity, ref index);
        }

        ref readonly T c = ref row[0];
        ref readonly double v = ref prices[0];
        ref double d = ref distances[0];
        ref long p = ref predecessors[0];
        Vector256<T> sign = SignMask<T>(negate);
        Vector256<double> offset = Vector256.Create(shift);
        Vector256<long> from = Vector256.Create(source);
        Vector256<double> leastA = Vector256.Create(double.PositiveInfinity), leastB = leastA;
        Vector256<double> indexA = Vector256<double>.Zero, indexB = indexA;
        Vector256<double> place = Vector256.Create(0.0, 1, 2, 3), four = Vector256.Create(4.0), eight = Vector256.Create(8.0);
        int end = row.Length & ~(Width - 1);
        for (int j = 0; j < end; j += Width)
        {
            nuint at = (nuint)j;
            Load(in c, j, sign, out Vector256<double> a, out Vector256<double> b);
            a = (a - Vector256.LoadUnsafe(in v, at)) - offset;
            b = (b - Vector256.LoadUnsafe(in v, at + 4)) - offset;
            Vector256<double> distanceA = Vector256.LoadUnsafe(in d, at), distanceB = Vector256.LoadUnsafe(in d, at + 4);
            Vector256<double> fellA = Vector256.LessThan(a, distanceA), fellB = Vector256.LessThan(b, distanceB);

            // Distances fall often in the first rows of a search and hardly ever later: the branch saves both stores.
            if ((fellA | fellB).AsInt64() != Vector256<long>.Zero)
            {
                distanceA = Vector256.MinNative(a, distanceA);
                distanceB = Vector256.MinNative(b, distanceB);
                distanceA.StoreUnsafe(ref d, at);
                distanceB.StoreUnsafe(ref d, at + 4);
                Vector256.ConditionalSelect(fellA.AsInt64(), from, Vector256.LoadUnsafe(in p, at)).StoreUnsafe(ref p, at);
                Vector256.ConditionalSelect(fellB.AsInt64(), from, Vector256.LoadUnsafe(in p, at + 4)).StoreUnsafe(ref p, at + 4);
            }

            Vector256<double> lessA = Vector256.LessThan(distanceA, leastA), lessB = Vector256.LessThan(distanceB, leastB);
            leastA = Vector256.MinNative(leastA, distanceA);
            leastB = Vector256.MinNative(leastB, distanceB);
            indexA = Vector256.ConditionalSelect(lessA, place, indexA);
            indexB = Vector256.ConditionalSelect(lessB, place + four, indexB);
            place += eight;
        }

        double least = double.PositiveInfinity, best = 0;
        for (int lane = 0; lane < 2 * Vector256<double>.Count; lane++)
        {
            bool first = lane < Vector256<double>.Count;
            int k = lane & 3;
            double value = first ? leastA[k] : leastB[k], where = first ? indexA[k] : indexB[k];
            if (value < least || (value == least && where < best))
            {
                least = value;
                best = where;
            }
        }

        index = (int)best;
        return RelaxScalar(row, negate, prices, shift, source, distances, predecessors, end, least, ref index);
    }

    /// <summary>Specification of <see cref="Relax"/>, continued from column <paramref name="start"/>.</summary>
    internal static double RelaxScalar<T>(
        ReadOnlySpan<T> row, bool negate, ReadOnlySpan<double> prices, double shift, long source, Span<double> distances, Span<long> predecessors, int start, double least, ref int index)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int j = start; j < row.Length; j++)
        {
            double value = (Cost(row[j], negate) - prices[j]) - shift;
            if (value < distances[j])
            {
                distances[j] = value;
                predecessors[j] = source;
            }

            if (distances[j] < least)
            {
                least = distances[j];
                index = j;
            }
        }

        return least;
    }

    /// <summary>Places of the columns with c_j − v_j &lt;= <paramref name="limit"/>, ascending; returns how many.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int AtMost<T>(ReadOnlySpan<T> row, bool negate, ReadOnlySpan<double> prices, double limit, Span<int> places)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(prices.Length == row.Length && places.Length >= row.Length);
        int end = 0, count = 0;
        if (Vector256.IsHardwareAccelerated && row.Length >= Width)
        {
            ref readonly T c = ref row[0];
            ref readonly double v = ref prices[0];
            Vector256<T> sign = SignMask<T>(negate);
            Vector256<double> most = Vector256.Create(limit);
            end = row.Length & ~(Width - 1);
            for (int j = 0; j < end; j += Width)
            {
                Load(in c, j, sign, out Vector256<double> a, out Vector256<double> b);
                Vector256<double> inA = Vector256.LessThanOrEqual(a - Vector256.LoadUnsafe(in v, (nuint)j), most), inB = Vector256.LessThanOrEqual(b - Vector256.LoadUnsafe(in v, (nuint)j + 4), most);
                if ((inA | inB).AsInt64() != Vector256<long>.Zero)
                {
                    for (uint bits = inA.ExtractMostSignificantBits() | (inB.ExtractMostSignificantBits() << 4); bits != 0; bits &= bits - 1)
                    {
                        places[count++] = j + BitOperations.TrailingZeroCount(bits);
                    }
                }
            }
        }

        return AtMostScalar(row, negate, prices, limit, places, end, count);
    }

    /// <summary>Specification of <see cref="AtMost"/>, from column <paramref name="start"/> with <paramref name="count"/> places found before.</summary>
    internal static int AtMostScalar<T>(ReadOnlySpan<T> row, bool negate, ReadOnlySpan<double> prices, double limit, Span<int> places, int start, int count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int j = start; j < row.Length; j++)
        {
            if (Cost(row[j], negate) - prices[j] <= limit)
            {
                places[count++] = j;
            }
        }

        return count;
    }

    /// <summary>Running column minima: where c_j &lt; least_j, least_j = c_j and row_j = <paramref name="source"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ColumnLeast<T>(ReadOnlySpan<T> row, bool negate, long source, Span<double> least, Span<long> rows)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(least.Length == row.Length && rows.Length == row.Length);
        int end = 0;
        if (Vector256.IsHardwareAccelerated && row.Length >= Width)
        {
            ref readonly T c = ref row[0];
            ref double l = ref least[0];
            ref long r = ref rows[0];
            Vector256<T> sign = SignMask<T>(negate);
            Vector256<long> from = Vector256.Create(source);
            end = row.Length & ~(Width - 1);
            for (int j = 0; j < end; j += Width)
            {
                nuint at = (nuint)j;
                Load(in c, j, sign, out Vector256<double> a, out Vector256<double> b);
                Vector256<double> oldA = Vector256.LoadUnsafe(in l, at), oldB = Vector256.LoadUnsafe(in l, at + 4);
                Vector256<double> lessA = Vector256.LessThan(a, oldA), lessB = Vector256.LessThan(b, oldB);
                if ((lessA | lessB).AsInt64() != Vector256<long>.Zero)
                {
                    Vector256.MinNative(a, oldA).StoreUnsafe(ref l, at);
                    Vector256.MinNative(b, oldB).StoreUnsafe(ref l, at + 4);
                    Vector256.ConditionalSelect(lessA.AsInt64(), from, Vector256.LoadUnsafe(in r, at)).StoreUnsafe(ref r, at);
                    Vector256.ConditionalSelect(lessB.AsInt64(), from, Vector256.LoadUnsafe(in r, at + 4)).StoreUnsafe(ref r, at + 4);
                }
            }
        }

        ColumnLeastScalar(row, negate, source, least, rows, end);
    }

    /// <summary>Specification of <see cref="ColumnLeast"/>, from column <paramref name="start"/>.</summary>
    internal static void ColumnLeastScalar<T>(ReadOnlySpan<T> row, bool negate, long source, Span<double> least, Span<long> rows, int start)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int j = start; j < row.Length; j++)
        {
            double value = Cost(row[j], negate);
            if (value < least[j])
            {
                least[j] = value;
                rows[j] = source;
            }
        }
    }

    /// <summary>One cost as a float64 to minimise. Exact.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Cost<T>(T cost, bool negate)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double value = double.CreateTruncating(cost);
        return negate ? -value : value;
    }

    private static Vector256<T> SignMask<T>(bool negate)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        Vector256.Create(negate ? T.NegativeZero : T.Zero);

    /// <summary>Eight costs as float64: two registers, signs flipped by the mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load<T>(ref readonly T row, int column, Vector256<T> sign, out Vector256<double> a, out Vector256<double> b)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            Vector256<float> costs = (Vector256.LoadUnsafe(in row, (nuint)column) ^ sign).AsSingle();
            a = Vector256.WidenLower(costs);
            b = Vector256.WidenUpper(costs);
        }
        else
        {
            a = (Vector256.LoadUnsafe(in row, (nuint)column) ^ sign).AsDouble();
            b = (Vector256.LoadUnsafe(in row, (nuint)column + 4) ^ sign).AsDouble();
        }
    }
}

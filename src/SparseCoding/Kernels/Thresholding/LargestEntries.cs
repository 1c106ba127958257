using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>The k largest entries of a vector of either precision: the hard threshold H_k. O(n log k) at worst, one comparison per entry as a rule.</summary>
/// <remarks><see cref="TopK"/> does the same for float rows with vectors; this one serves the solvers, which are generic and bound by their products.</remarks>
internal static class LargestEntries<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Selects the largest; ties go to the lower index, NaN is never selected. Returns how many there are, at most <paramref name="count"/>.</summary>
    /// <param name="values">Values, [n].</param>
    /// <param name="count">How many at most.</param>
    /// <param name="nonNegative">Order by value instead of by magnitude.</param>
    /// <param name="floor">Only sizes above this count, at least 0.</param>
    /// <param name="found">Receives the indices, ascending; at least min(count, n) long.</param>
    public static int Select(ReadOnlySpan<T> values, int count, bool nonNegative, T floor, Span<int> found)
    {
        // A heap whose root is the entry to go first: the smallest, and of equal ones the one with the highest index.
        int size = 0;
        count = Math.Min(count, values.Length);
        T bound = floor;
        for (int i = 0; i < values.Length && count > 0; i++)
        {
            T value = nonNegative ? values[i] : T.Abs(values[i]);
            if (!(value > bound))
            {
                continue;
            }

            if (size < count)
            {
                found[size++] = i;
                if (size == count)
                {
                    for (int root = (size / 2) - 1; root >= 0; root--)
                    {
                        Sink(values, nonNegative, found[..size], root);
                    }

                    bound = Size(values, nonNegative, found[0]);
                }
            }
            else
            {
                found[0] = i;
                Sink(values, nonNegative, found[..size], 0);
                bound = Size(values, nonNegative, found[0]);
            }
        }

        found[..size].Sort();
        return size;
    }

    private static void Sink(ReadOnlySpan<T> values, bool nonNegative, Span<int> heap, int place)
    {
        while (true)
        {
            int child = (2 * place) + 1;
            if (child >= heap.Length)
            {
                return;
            }

            if (child + 1 < heap.Length && GoesFirst(values, nonNegative, heap[child + 1], heap[child]))
            {
                child++;
            }

            if (!GoesFirst(values, nonNegative, heap[child], heap[place]))
            {
                return;
            }

            (heap[child], heap[place]) = (heap[place], heap[child]);
            place = child;
        }
    }

    private static bool GoesFirst(ReadOnlySpan<T> values, bool nonNegative, int left, int right)
    {
        T a = Size(values, nonNegative, left), b = Size(values, nonNegative, right);
        return a < b || (a == b && left > right);
    }

    private static T Size(ReadOnlySpan<T> values, bool nonNegative, int index) => nonNegative ? values[index] : T.Abs(values[index]);
}

namespace SparseCoding.Formats;

/// <summary>Arithmetic on shapes that come from a file, so every product is checked.</summary>
internal static class TensorShape
{
    /// <summary>Most axes a file may name: numpy 2 stops at 64, numpy 1 at 32.</summary>
    public const int MaximumRank = 64;

    /// <summary>
    /// Number of elements, 1 for rank 0 and 0 when any axis is empty. False when an axis is negative or the product of the axes that are not
    /// empty, times the element size, does not fit 63 bits: then rows, row length and byte offsets never overflow later.
    /// </summary>
    public static bool TryCount(ReadOnlySpan<long> shape, int elementSize, out long count)
    {
        count = 0;
        long product = elementSize;
        bool empty = false;
        foreach (long axis in shape)
        {
            if (axis < 0)
            {
                return false;
            }

            if (axis == 0)
            {
                empty = true;
            }
            else if (product > long.MaxValue / axis)
            {
                return false;
            }
            else
            {
                product *= axis;
            }
        }

        count = empty ? 0 : product / elementSize;
        return true;
    }

    /// <summary>"[3, 4]" for messages.</summary>
    public static string Format(ReadOnlySpan<long> shape) => "[" + string.Join(", ", shape.ToArray()) + "]";
}

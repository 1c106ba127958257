using System.Numerics.Tensors;

namespace SparseCoding.Contracts;

/// <summary>Finds NaN and infinity before any work is done.</summary>
internal static class FiniteCheck
{
    /// <summary>Index of the first value that is NaN or infinite; −1 when all are finite.</summary>
    public static int FirstNotFinite(ReadOnlySpan<float> values)
    {
        // x·0 is 0 for every finite x and NaN for the others: one vector pass finds that all is well, which it nearly always is.
        const int Chunk = 4096;
        for (int start = 0; start < values.Length; start += Chunk)
        {
            ReadOnlySpan<float> part = values.Slice(start, Math.Min(Chunk, values.Length - start));
            float largest = TensorPrimitives.MaxMagnitude(part);
            if (!float.IsFinite(largest))
            {
                for (int i = 0; i < part.Length; i++)
                {
                    if (!float.IsFinite(part[i]))
                    {
                        return start + i;
                    }
                }
            }
        }

        return -1;
    }
}

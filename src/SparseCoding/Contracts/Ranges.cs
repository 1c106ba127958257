using SparseCoding.Diagnostics;

namespace SparseCoding.Contracts;

/// <summary>Ranges of rows, checked under the argument's own name.</summary>
internal static class Ranges
{
    /// <summary>Start and count of a range over that many rows.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the rows, or ends before it starts.</exception>
    public static (int Start, int Count) Of(Range range, int length, string parameter)
    {
        int start = range.Start.GetOffset(length), end = range.End.GetOffset(length);
        if (start < 0 || end > length || start > end)
        {
            Throw.OutOfRange(parameter, range, $"a range within the {length} rows");
        }

        return (start, end - start);
    }
}

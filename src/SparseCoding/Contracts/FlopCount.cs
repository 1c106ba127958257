using System.Globalization;

namespace SparseCoding;

/// <summary>
/// A number of floating-point operations, in 128 bits. A product of [m, k] and [k, n] counts 2mnk; an element-wise operation counts one for
/// each arithmetic step. <see cref="AsPublished"/> is the count by the formulas of O'Neill and Klindt (equations 17 to 31), double counting
/// included, where the paper has one.
/// </summary>
/// <param name="Value">The exact count, or its upper bound.</param>
/// <param name="AsPublished">The count by the paper's formula; null where the paper has none.</param>
/// <param name="IsBound">Whether <paramref name="Value"/> is an upper bound, because the solver's work depends on the data.</param>
public readonly record struct FlopCount(UInt128 Value, UInt128? AsPublished = null, bool IsBound = false)
{
    /// <summary>No operations.</summary>
    public static FlopCount Zero { get; }

    /// <summary>Sum of two counts; a bound if one of them is; as published only if both have a published count.</summary>
    public static FlopCount operator +(FlopCount left, FlopCount right) =>
        new(checked(left.Value + right.Value), left.AsPublished is { } a && right.AsPublished is { } b ? checked(a + b) : null, left.IsBound || right.IsBound);

    /// <summary>The count of that many repetitions.</summary>
    /// <param name="count">One repetition.</param>
    /// <param name="times">How many, at least 0.</param>
    public static FlopCount operator *(FlopCount count, long times) =>
        new(checked(count.Value * (UInt128)times), count.AsPublished is { } p ? checked(p * (UInt128)times) : null, count.IsBound);

    /// <summary>Sum of two counts.</summary>
    /// <param name="left">One count.</param>
    /// <param name="right">The other.</param>
    public static FlopCount Add(FlopCount left, FlopCount right) => left + right;

    /// <summary>The count of that many repetitions.</summary>
    /// <param name="count">One repetition.</param>
    /// <param name="times">How many.</param>
    public static FlopCount Multiply(FlopCount count, long times) => count * times;

    /// <summary>"5.41E5", with "at most" before a bound.</summary>
    public override string ToString() =>
        (IsBound ? "<= " : string.Empty) + ((double)Value).ToString("0.00E0", CultureInfo.InvariantCulture);
}

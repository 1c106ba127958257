using System.Numerics;

namespace SparseCoding.Tests;

/// <summary>
/// How far two correct computations of the same number may lie apart, in one place. u is the unit roundoff of the type (2⁻²⁴ for float,
/// 2⁻⁵³ for double) and n the number of terms that are added in any order.
/// Errors are relative to the sum of the magnitudes of the terms, not to the result, which may cancel to nothing.
/// </summary>
internal static class Tolerance
{
    /// <summary>Unit roundoff u of a type: half the gap between 1 and the next number.</summary>
    public static double Unit<T>()
        where T : IFloatingPointIeee754<T> => double.CreateChecked(T.BitIncrement(T.One) - T.One) / 2;

    /// <summary>
    /// Likely bound 8 u √n: rounding errors behave as independent with mean zero (Higham and Mary, SIAM J. Sci. Comput. 41, 2019), the
    /// factor leaves room for fused and separate multiplications. A lost or doubled term of average size is 1/n, far outside it.
    /// </summary>
    public static double For<T>(long terms = 1)
        where T : IFloatingPointIeee754<T> => 8 * Unit<T>() * Math.Sqrt(Math.Max(terms, 1));

    /// <summary>Certain bound n u / (1 − n u) of recursive summation (Higham, Accuracy and Stability, section 3.1); for laws that admit no exception.</summary>
    public static double Worst<T>(long terms)
        where T : IFloatingPointIeee754<T>
    {
        double nu = (terms + 1) * Unit<T>();
        return nu < 1 ? nu / (1 - nu) : double.PositiveInfinity;
    }

    /// <summary>
    /// Asserts |actual − expected| ≤ For&lt;T&gt;(terms) · magnitude. NaN agrees with NaN and an infinity with itself only.
    /// </summary>
    /// <param name="actual">What the code under test gave.</param>
    /// <param name="expected">The oracle's number, in double.</param>
    /// <param name="terms">How many terms went into it.</param>
    /// <param name="magnitude">Sum of the magnitudes of the terms; by default |expected|.</param>
    /// <param name="what">What is compared, for the message.</param>
    public static void AssertClose<T>(T actual, double expected, long terms = 1, double? magnitude = null, string what = "value")
        where T : IFloatingPointIeee754<T>
    {
        string? failure = Compare(double.CreateChecked(actual), expected, For<T>(terms) * (magnitude ?? Math.Abs(expected)));
        if (failure is not null)
        {
            Assert.Fail($"{what}: {failure}");
        }
    }

    /// <summary>The same for two equally long rows; the message names the first element that differs and counts the others.</summary>
    /// <param name="actual">What the code under test gave.</param>
    /// <param name="expected">The oracle's numbers, in double.</param>
    /// <param name="terms">How many terms went into each.</param>
    /// <param name="magnitude">Sum of the magnitudes of the terms of one element; by default the largest |expected|.</param>
    /// <param name="what">What is compared, for the message.</param>
    public static void AssertClose<T>(
        ReadOnlySpan<T> actual, ReadOnlySpan<double> expected, long terms = 1, double? magnitude = null, string what = "row")
        where T : IFloatingPointIeee754<T>
    {
        if (actual.Length != expected.Length)
        {
            Assert.Fail($"{what}: {actual.Length} elements where {expected.Length} were expected.");
        }

        double scale = magnitude ?? LargestMagnitude(expected);
        string? first = null;
        int failures = 0;
        for (int i = 0; i < actual.Length; i++)
        {
            string? failure = Compare(double.CreateChecked(actual[i]), expected[i], For<T>(terms) * scale);
            if (failure is not null)
            {
                failures++;
                first ??= $"[{i}] {failure}";
            }
        }

        if (first is not null)
        {
            Assert.Fail($"{what}{first} ({failures} of {actual.Length} elements differ)");
        }
    }

    /// <summary>null if the numbers agree to an absolute bound, else a sentence that says by how much they do not.</summary>
    public static string? Compare(double actual, double expected, double bound)
    {
        bool same = double.IsFinite(actual) && double.IsFinite(expected)
            ? Math.Abs(actual - expected) <= bound
            : actual.Equals(expected);
        return same ? null : FormattableString.Invariant($"{actual:R} where {expected:R} ± {bound:G3} was expected; off by {actual - expected:G3}.");
    }

    private static double LargestMagnitude(ReadOnlySpan<double> values)
    {
        double largest = 0;
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                largest = Math.Max(largest, Math.Abs(value));
            }
        }

        return largest;
    }
}

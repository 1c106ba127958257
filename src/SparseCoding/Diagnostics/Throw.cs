using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace SparseCoding.Diagnostics;

/// <summary>Throw helpers: every message names the argument, what was given and the remedy. Kept out of line so that callers stay small.</summary>
internal static class Throw
{
    /// <summary>An argument that is wrong in itself or against another one.</summary>
    [DoesNotReturn]
    public static void Argument(string message, string? parameter = null) => throw new ArgumentException(message, parameter);

    /// <summary>A number outside the range it may take.</summary>
    [DoesNotReturn]
    public static void OutOfRange(string parameter, object? actual, string expected) =>
        throw new ArgumentOutOfRangeException(parameter, actual, $"{parameter} must be {expected}, but is {actual}.");

    /// <summary>An object that is not ready for the call.</summary>
    [DoesNotReturn]
    public static void InvalidOperation(string message) => throw new InvalidOperationException(message);

    /// <summary>A file or stream whose content is not what its format says.</summary>
    [DoesNotReturn]
    public static void InvalidData(string message) => throw new InvalidDataException(message);

    /// <summary>A combination of options that has no meaning or no implementation; the message names both.</summary>
    [DoesNotReturn]
    public static void NotSupported(string message) => throw new NotSupportedException(message);

    /// <summary>Checks value >= minimum; for use in <c>init</c> accessors so that <c>with</c> checks again.</summary>
    public static int AtLeast(int value, int minimum, [CallerMemberName] string parameter = "")
    {
        if (value < minimum)
        {
            OutOfRange(parameter, value, $"at least {minimum}");
        }

        return value;
    }

    /// <summary>Checks value >= minimum; for use in <c>init</c> accessors so that <c>with</c> checks again.</summary>
    public static long AtLeast(long value, long minimum, [CallerMemberName] string parameter = "")
    {
        if (value < minimum)
        {
            OutOfRange(parameter, value, $"at least {minimum}");
        }

        return value;
    }

    /// <summary>Refuses a budget of more active atoms than there are.</summary>
    public static void MoreActiveThanAtoms(int maxActive, int atomCount, string parameter = "options")
    {
        if (maxActive > atomCount)
        {
            Argument($"MaxActive is {maxActive}, but there are only {atomCount} atoms.", parameter);
        }
    }

    /// <summary>Refuses a budget whose square of working memory no array holds.</summary>
    public static void MoreActiveThan(int maxActive, int most, string parameter = "options")
    {
        if (maxActive > most)
        {
            Argument($"MaxActive is {maxActive}, but least squares on a support take the square of it in one array; at most {most} are possible.", parameter);
        }
    }

    /// <summary>Checks that the value is finite and not negative.</summary>
    public static float NonNegative(float value, [CallerMemberName] string parameter = "")
    {
        if (!(value >= 0) || !float.IsFinite(value))
        {
            OutOfRange(parameter, value, "a finite number that is not negative");
        }

        return value;
    }

    /// <summary>Checks that the value is finite and positive.</summary>
    public static float Positive(float value, [CallerMemberName] string parameter = "")
    {
        if (!(value > 0) || !float.IsFinite(value))
        {
            OutOfRange(parameter, value, "a finite positive number");
        }

        return value;
    }

    /// <summary>Checks that the value is one that its enumeration names; a cast number may be anything.</summary>
    public static TEnum Defined<TEnum>(TEnum value, [CallerMemberName] string parameter = "")
        where TEnum : struct, Enum
    {
        if (!Enum.IsDefined(value))
        {
            OutOfRange(parameter, value, string.Join(" or ", Enum.GetNames<TEnum>()));
        }

        return value;
    }

    /// <summary>Checks low &lt;= value &lt;= high.</summary>
    public static double InRange(double value, double low, double high, [CallerMemberName] string parameter = "")
    {
        if (!(value >= low && value <= high))
        {
            OutOfRange(parameter, value, $"between {low} and {high}");
        }

        return value;
    }
}

#pragma warning disable CS0649, CA1018, CA1032, CA1064, CA1852, SA1402
// Types that LayerTests uses to prove that its checker sees each kind of mention: every nested name is one kind.
namespace SparseCoding.Tests;

internal class UpperClass;

internal interface IUpper;

internal enum UpperEnum
{
    None,
}

internal delegate void UpperDelegate();

internal sealed class UpperAttribute : Attribute;

internal sealed class UpperException : Exception;

internal static class UpperStatic
{
    public static int Number { get; set; }

    public static void Generic<T>()
    {
    }

    internal sealed class Inner;
}

internal sealed class LowerBase : UpperClass;

internal sealed class LowerInterface : IUpper;

internal sealed class LowerField
{
    public UpperEnum[]? Field;
}

internal sealed class LowerGenericArgument
{
    public List<Dictionary<int, UpperEnum>>? Field;
}

internal interface ILowerSignature
{
    void Method(ref UpperEnum value);
}

internal static class LowerReturn
{
    public static UpperClass? Method() => null;
}

[Upper]
internal sealed class LowerAttribute;

[TestOf(typeof(UpperClass))]
internal sealed class LowerAttributeArgument;

internal sealed class LowerConstraint<T>
    where T : IUpper;

internal static class LowerCall
{
    public static int Method() => UpperStatic.Number;
}

internal static class LowerMethodArgument
{
    public static void Method() => Helper<UpperEnum>();

    private static void Helper<T>()
    {
    }
}

internal static class LowerTypeOf
{
    public static object Method() => typeof(UpperClass);
}

internal static class LowerCatch
{
    public static void Method()
    {
        try
        {
            Console.Out.Flush();
        }
        catch (UpperException)
        {
        }
    }
}

internal static class LowerLambda
{
    public static Func<object> Method(int seed) => () => seed == 0 ? new UpperStatic.Inner() : seed;
}

internal static class LowerIterator
{
    public static IEnumerable<int> Method()
    {
        yield return UpperStatic.Number;
    }
}

internal delegate void LowerDelegate(UpperDelegate inner);

internal static class LowerInnocent
{
    public static string Method() => new System.Text.StringBuilder().Append(1).ToString();
}
#pragma warning restore CS0649, CA1018, CA1032, CA1064, CA1852, SA1402

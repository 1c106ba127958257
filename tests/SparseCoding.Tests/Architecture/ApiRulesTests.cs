using System.Reflection;
using System.Runtime.CompilerServices;

namespace SparseCoding.Tests;

/// <summary>Rules that every public type keeps; each test lists all offenders at once.</summary>
[TestFixture]
internal sealed class ApiRulesTests
{
    // Diagnostics may show the names of its meter and activities: a host needs them to listen.
    private static readonly string[] LayersWithoutPublicTypes = ["Numerics", "Formats", "Kernels", "Backends"];

    private static Type[] Library => Assembly.Load("SparseCoding").GetExportedTypes();

    [Test]
    public void Library_PublicTypes_KeepTheRules()
    {
        string[] offences = [.. Library.SelectMany(Offences)];
        Assert.That(offences, Is.Empty, () => string.Join('\n', offences));
    }

    [Test]
    public void Library_InnerLayers_HaveNoPublicType()
    {
        using SourcedModule module = SourcedModule.OpenLibrary();
        string[] strays = [.. module.Written
            .Where(type => type.IsPublic && LayersWithoutPublicTypes.Contains(module.Folder(type)))
            .Select(type => $"{type.Name} in {module.Folder(type)}")];
        Assert.That(strays, Is.Empty, "a public type belongs into Contracts or above");
    }

    [Test]
    public void Library_OptionsOfEqualValues_AreEqual()
    {
        // Lists and arrays in a record compare by reference unless somebody took care; two fresh defaults show it.
        List<string> unequal = [];
        foreach (Type type in Library.Where(type => IsOptions(type) && !type.IsAbstract && !type.ContainsGenericParameters))
        {
            (object? one, object? other) = (Activator.CreateInstance(type), Activator.CreateInstance(type));
            if (!Equals(one, other) || one!.GetHashCode() != other!.GetHashCode())
            {
                unequal.Add(type.Name);
            }
        }

        Assert.That(unequal, Is.Empty);
    }

    [TestCase(typeof(OpenClass), "neither sealed, static nor abstract")]
    [TestCase(typeof(PlainOptions), "not a record")]
    [TestCase(typeof(SetterOptions), "Count can be set after construction")]
    [TestCase(typeof(PositionalOptions), "no public constructor without parameters")]
    [TestCase(typeof(OpenOptions), "neither sealed, static nor abstract")]
    [TestCase(typeof(FieldOptions), "public field Count")]
    [TestCase(typeof(AbstractWithPublicConstructor), "a public constructor of an abstract class")]
    [TestCase(typeof(ArrayOptions), "Values is an array")]
    public void Offences_PlantedType_IsFound(Type type, string expected) => Assert.That(Offences(type), Has.Some.Contains(expected));

    [TestCase(typeof(GoodOptions))]
    [TestCase(typeof(DayOfWeek))]
    [TestCase(typeof(IDisposable))]
    [TestCase(typeof(Action<int>))]
    public void Offences_GoodType_HasNone(Type type) => Assert.That(Offences(type), Is.Empty);

    private static bool IsOptions(Type type) => type.Name.EndsWith("Options", StringComparison.Ordinal);

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static IEnumerable<string> Offences(Type type)
    {
        if (type.IsClass && !type.IsSealed && !type.IsAbstract)
        {
            yield return $"{type.Name} is neither sealed, static nor abstract";
        }

        if (type.IsClass && type.IsAbstract && !type.IsSealed && !IsRecord(type) && type.GetConstructors().Length > 0)
        {
            yield return $"{type.Name} has a public constructor of an abstract class";
        }

        foreach (FieldInfo field in type.IsEnum ? [] : type.GetFields(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
        {
            yield return $"{type.Name} has the public field {field.Name}";
        }

        foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
        {
            ParameterInfo[] parameters = method.GetParameters();
            int token = Array.FindIndex(parameters, parameter => parameter.ParameterType == typeof(CancellationToken));
            if (token >= 0 && token != parameters.Length - 1 && !typeof(Delegate).IsAssignableFrom(type))
            {
                yield return $"{type.Name}.{method.Name} takes a CancellationToken that is not its last parameter";
            }
        }

        foreach (string offence in IsOptions(type) ? OptionsOffences(type) : [])
        {
            yield return $"{type.Name}: {offence}";
        }
    }

    private static IEnumerable<string> OptionsOffences(Type type)
    {
        if (!IsRecord(type))
        {
            yield return "not a record";
        }

        if (!type.IsAbstract && type.GetConstructor(Type.EmptyTypes) is null)
        {
            yield return "no public constructor without parameters, so a new property would break callers";
        }

        foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is { IsPublic: true } set && !set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)))
            {
                yield return $"{property.Name} can be set after construction";
            }

            if (property.PropertyType.IsArray)
            {
                yield return $"{property.Name} is an array, which can be changed from outside and compares by reference";
            }
        }
    }

#pragma warning disable CA1852 // The offence itself, here and below.
    internal class OpenClass;

    internal abstract class AbstractWithPublicConstructor
    {
#pragma warning disable CA1012 // The offence itself.
        public AbstractWithPublicConstructor()
#pragma warning restore CA1012
        {
        }
    }

    internal sealed class PlainOptions;

    internal sealed record SetterOptions
    {
        public int Count { get; set; }
    }

    internal sealed record PositionalOptions(int Count);

    internal record OpenOptions;
#pragma warning restore CA1852

    internal sealed record FieldOptions
    {
#pragma warning disable CA1051, CS0649 // The offence itself.
        public int Count;
#pragma warning restore CA1051, CS0649
    }

    internal sealed record ArrayOptions
    {
        public float[] Values { get; init; } = [];
    }

    internal sealed record GoodOptions
    {
        public required int Count { get; init; }

        public IReadOnlyList<int> Hidden { get; init; } = [];
    }
}

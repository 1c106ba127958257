using System.Reflection;

namespace SparseCoding.Tests;

/// <summary>Names of types as C# writes them, with nullability where it is known.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void", [typeof(object)] = "object", [typeof(string)] = "string", [typeof(bool)] = "bool", [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte", [typeof(char)] = "char", [typeof(short)] = "short", [typeof(ushort)] = "ushort", [typeof(int)] = "int",
        [typeof(uint)] = "uint", [typeof(long)] = "long", [typeof(ulong)] = "ulong", [typeof(nint)] = "nint", [typeof(nuint)] = "nuint",
        [typeof(float)] = "float", [typeof(double)] = "double", [typeof(decimal)] = "decimal",
    };

    /// <summary>The name of a type; nested ones with their outer types, generic ones with their arguments.</summary>
    public static string Of(Type type, NullabilityInfo? nullability = null)
    {
        string mark = nullability?.ReadState == NullabilityState.Nullable && !type.IsValueType ? "?" : string.Empty;
        if (type.IsArray)
        {
            return $"{Of(type.GetElementType()!, nullability?.ElementType)}[{new string(',', type.GetArrayRank() - 1)}]{mark}";
        }

        if (type.IsByRef)
        {
            return Of(type.GetElementType()!, nullability);
        }

        if (type.IsPointer)
        {
            return Of(type.GetElementType()!) + "*";
        }

        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return Of(underlying) + "?";
        }

        if (type.IsGenericParameter)
        {
            return type.Name + mark;
        }

        if (Keywords.TryGetValue(type, out string? keyword))
        {
            return keyword + mark;
        }

        Type[] arguments = type.GetGenericArguments();
        NullabilityInfo[] states = nullability?.GenericTypeArguments ?? [];
        IEnumerable<string> names = arguments.Select((argument, i) => Of(argument, i < states.Length ? states[i] : null));
        string outer = type.IsNested ? Of(type.DeclaringType!).Split('<')[0] + "." : string.Empty;
        return outer + type.Name.Split('`')[0] + (arguments.Length == 0 ? string.Empty : $"<{string.Join(", ", names)}>") + mark;
    }

    /// <summary>A list of type parameters in angle brackets; empty if there is none.</summary>
    public static string Generics(Type[] parameters) =>
        parameters.Length == 0 ? string.Empty : $"<{string.Join(", ", parameters.Select(parameter => parameter.Name))}>";

    /// <summary>The constraints of a generic type or method, " where T : ..."; empty if there are none.</summary>
    public static string Constraints(MemberInfo member)
    {
        Type[] parameters = member switch
        {
            Type { IsGenericTypeDefinition: true } type => type.GetGenericArguments(),
            MethodInfo method => method.GetGenericArguments(),
            _ => [],
        };
        return string.Concat(parameters.Select(Constraint));
    }

    private static string Constraint(Type parameter)
    {
        GenericParameterAttributes flags = parameter.GenericParameterAttributes;
        var words = new List<string>();
        bool isStruct = flags.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        if (isStruct)
        {
            bool isUnmanaged = parameter.GetCustomAttributesData().Any(data => data.AttributeType.Name == "IsUnmanagedAttribute");
            words.Add(isUnmanaged ? "unmanaged" : "struct");
        }

        if (flags.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
        {
            words.Add("class");
        }

        words.AddRange(parameter.GetGenericParameterConstraints().Where(type => type != typeof(ValueType)).Select(type => Of(type)).Order(StringComparer.Ordinal));
        if (flags.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint) && !isStruct)
        {
            words.Add("new()");
        }

        return words.Count == 0 ? string.Empty : $" where {parameter.Name} : {string.Join(", ", words)}";
    }
}

using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SparseCoding.Tests;

/// <summary>
/// Prints the public face of an assembly in a form close to C#, sorted, one member a line: what a user's code or binary can depend on,
/// that is parameter names, default values, nullability, init and required included. Bodies of records that the compiler writes are left out.
/// </summary>
internal static class ApiPrinter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>All exported types of an assembly.</summary>
    public static string Print(Assembly assembly) => Print(assembly.GetExportedTypes());

    /// <summary>Some types, nested public ones must be among them to be shown.</summary>
    public static string Print(IEnumerable<Type> types)
    {
        string[] blocks = [.. types
            .Where(type => !type.Name.Contains('<', StringComparison.Ordinal))
            .OrderBy(type => type.FullName, StringComparer.Ordinal)
            .Select(PrintType)];
        return blocks.Length == 0 ? string.Empty : string.Join("\n\n", blocks) + "\n";
    }

    private static string PrintType(Type type)
    {
        string head = $"{type.Namespace}: {Kind(type)} {TypeNames.Of(type)}{Bases(type)}{TypeNames.Constraints(type)}";
        if (typeof(Delegate).IsAssignableFrom(type))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"{head} = {Named(invoke.ReturnParameter)}({Parameters(invoke)})";
        }

        IEnumerable<string> members = type.IsEnum
            ? Enum.GetNames(type).Select(name => $"{name} = {Enum.Format(type, Enum.Parse(type, name), "D")}")
            : Members(type).Order(StringComparer.Ordinal);
        return string.Join('\n', members.Select(member => "    " + member).Prepend(head));
    }

    private static string Kind(Type type)
    {
        if (type.IsInterface)
        {
            return "interface";
        }

        if (type.IsEnum)
        {
            return (type.IsDefined(typeof(FlagsAttribute)) ? "[Flags] " : string.Empty) + "enum";
        }

        if (typeof(Delegate).IsAssignableFrom(type))
        {
            return "delegate";
        }

        if (type.IsValueType)
        {
            string readOnly = type.IsDefined(typeof(IsReadOnlyAttribute)) ? "readonly " : string.Empty;
            return $"{readOnly}{(type.IsByRefLike ? "ref " : string.Empty)}{(HasMember(type, "PrintMembers") ? "record " : string.Empty)}struct";
        }

        string modifier = type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : string.Empty;
        return modifier + (HasMember(type, "<Clone>$") ? "record" : "class");
    }

    private static string Bases(Type type)
    {
        if (type.IsEnum || typeof(Delegate).IsAssignableFrom(type))
        {
            return string.Empty;
        }

        Type? parent = type.BaseType is { } b && b != typeof(object) && b != typeof(ValueType) ? b : null;
        IEnumerable<string> interfaces = type.GetInterfaces()
            .Except(parent?.GetInterfaces() ?? [])
            .Where(face => face.IsVisible)
            .Select(face => TypeNames.Of(face))
            .Order(StringComparer.Ordinal);
        string[] bases = [.. parent is null ? [] : new[] { TypeNames.Of(parent) }, .. interfaces];
        return bases.Length == 0 ? string.Empty : " : " + string.Join(", ", bases);
    }

    private static IEnumerable<string> Members(Type type)
    {
        foreach (FieldInfo field in type.GetFields(Declared).Where(field => IsShown(field.Attributes)))
        {
            string modifier = field.IsLiteral ? "const " : (field.IsStatic ? "static " : string.Empty) + (field.IsInitOnly ? "readonly " : string.Empty);
            string value = field.IsLiteral ? " = " + Literal(field.GetRawConstantValue()) : string.Empty;
            yield return $"field {modifier}{TypeNames.Of(field.FieldType, Nullability.Create(field))} {field.Name}{value}";
        }

        foreach (PropertyInfo property in type.GetProperties(Declared).Where(property => property.GetAccessors(nonPublic: true).Any(IsShown)))
        {
            string name = property.GetIndexParameters().Length == 0 ? property.Name : $"this[{Parameters(property.GetIndexParameters())}]";
            string required = property.IsDefined(typeof(RequiredMemberAttribute)) ? "required " : string.Empty;
            MethodInfo any = property.GetAccessors(nonPublic: true).First(IsShown);
            yield return $"property {Modifiers(any)}{required}{TypeNames.Of(property.PropertyType, Nullability.Create(property))} {name} {{ {Accessors(property)}}}";
        }

        foreach (EventInfo @event in type.GetEvents(Declared).Where(@event => IsShown(@event.AddMethod!)))
        {
            yield return $"event {Modifiers(@event.AddMethod!)}{TypeNames.Of(@event.EventHandlerType!)} {@event.Name}";
        }

        foreach (ConstructorInfo constructor in type.GetConstructors(Declared).Where(constructor => IsShown(constructor) && !constructor.IsStatic))
        {
            yield return $"new {(constructor.IsFamily ? "protected " : string.Empty)}({Parameters(constructor)})";
        }

        foreach (MethodInfo method in type.GetMethods(Declared).Where(IsShown))
        {
            bool isAccessor = method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);
            if (!isAccessor && !method.Name.Contains('<', StringComparison.Ordinal))
            {
                yield return $"{Modifiers(method)}{Named(method.ReturnParameter)} {method.Name}{TypeNames.Generics(method.GetGenericArguments())}({Parameters(method)}){TypeNames.Constraints(method)}";
            }
        }
    }

    private static string Accessors(PropertyInfo property)
    {
        string text = string.Empty;
        if (property.GetMethod is { } get && IsShown(get))
        {
            text += "get; ";
        }

        if (property.SetMethod is { } set && IsShown(set))
        {
            bool isInit = set.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));
            text += (set.IsPublic ? string.Empty : "protected ") + (isInit ? "init; " : "set; ");
        }

        return text;
    }

    private static string Modifiers(MethodInfo method)
    {
        string access = method.IsPublic ? string.Empty : "protected ";
        if (method.IsStatic)
        {
            return access + (method.IsAbstract ? "static abstract " : method.IsVirtual ? "static virtual " : "static ");
        }

        if (method.DeclaringType!.IsInterface)
        {
            return access;
        }

        bool isOverride = method.IsVirtual && method.GetBaseDefinition().DeclaringType != method.DeclaringType;
        return access + (method.IsAbstract ? "abstract " : isOverride ? "override " : method.IsVirtual && !method.IsFinal ? "virtual " : string.Empty);
    }

    private static string Parameters(MethodBase method) =>
        (method.IsDefined(typeof(ExtensionAttribute)) ? "this " : string.Empty) + Parameters(method.GetParameters());

    private static string Parameters(ParameterInfo[] parameters) => string.Join(", ", parameters.Select(parameter =>
    {
        string prefix = parameter.IsDefined(typeof(ParamArrayAttribute)) || parameter.IsDefined(typeof(ParamCollectionAttribute)) ? "params "
            : parameter.IsOut ? "out "
            : parameter.IsIn ? "in "
            : parameter.ParameterType.IsByRef ? "ref " : string.Empty;
        string value = parameter.HasDefaultValue ? " = " + Literal(parameter.RawDefaultValue) : string.Empty;
        return $"{prefix}{Named(parameter)} {parameter.Name}{value}";
    }));

    private static string Named(ParameterInfo parameter)
    {
        Type type = parameter.ParameterType;
        bool isReturned = parameter.Position < 0;
        return (isReturned && type.IsByRef ? "ref " : string.Empty)
            + TypeNames.Of(type.IsByRef ? type.GetElementType()! : type, Nullability.Create(parameter));
    }

    private static string Literal(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static bool HasMember(Type type, string name) => type.GetMember(name, Declared).Length > 0;

    // Sealed types have no protected face, and what the compiler writes for a record follows from the word record.
    private static bool IsShown(MethodBase method) =>
        (method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && !method.DeclaringType!.IsSealed))
        && (method.IsSpecialName || !method.IsDefined(typeof(CompilerGeneratedAttribute)))
        && !(method.IsSpecialName && method.Name is "op_Equality" or "op_Inequality" && method.IsDefined(typeof(CompilerGeneratedAttribute)))
        && !(method.IsConstructor && method.IsDefined(typeof(CompilerGeneratedAttribute)));

    private static bool IsShown(FieldAttributes attributes) =>
        (attributes & FieldAttributes.FieldAccessMask) is FieldAttributes.Public or FieldAttributes.Family or FieldAttributes.FamORAssem
        && (attributes & FieldAttributes.SpecialName) == 0;
}

using System.Text.RegularExpressions;
using System.Xml.Linq;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace SparseCoding.Tests;

/// <summary>The XML documentation that ships in the package: complete, and exact about shapes.</summary>
[TestFixture]
internal sealed partial class DocTests
{
    // Elements of an array of numbers have a shape; characters and raw bytes do not.
    private static readonly string[] Shaped =
    [
        "Tensor", "ITensor", "IReadOnlyTensor", "TensorSpan", "ReadOnlyTensorSpan", "Span", "ReadOnlySpan", "Memory", "ReadOnlyMemory", "SignalView", "ActivationSource",
    ];

    [Test]
    public void Library_EveryPublicMember_IsDocumented()
    {
        using SourcedModule module = SourcedModule.OpenLibrary();
        Dictionary<string, XElement> docs = Load();
        string[] missing = [.. PublicMembers(module.Module).Select(DocCommentId.GetDocCommentId).Where(id => !IsDocumented(docs, id))];
        Assert.That(missing, Is.Empty, () => string.Join('\n', missing));
    }

    [Test]
    public void Library_MembersWithArraysOfNumbers_NameTheShape()
    {
        using SourcedModule module = SourcedModule.OpenLibrary();
        Dictionary<string, XElement> docs = Load();
        string[] silent = [.. PublicMembers(module.Module)
            .Where(member => ShapedTypes(member).Any())
            .Select(member => (Id: DocCommentId.GetDocCommentId(member), Types: ShapedTypes(member)))
            .Where(entry => docs.TryGetValue(entry.Id, out XElement? doc) && !NamesAShape(doc))
            .Select(entry => $"{entry.Id} has {string.Join(", ", entry.Types)} but names no shape, such as [samples, dimension]")];
        Assert.That(silent, Is.Empty, () => string.Join('\n', silent));
    }

    [TestCase("<member><summary>Codes, [samples, atoms].</summary></member>", true)]
    [TestCase("<member><summary>Norms, [atoms].</summary></member>", true)]
    [TestCase("<member><summary>Weights, [2 · hidden, dimension + 1].</summary></member>", true)]
    [TestCase("<member><inheritdoc /></member>", true)]
    [TestCase("<member><summary>Codes.</summary></member>", false)]
    [TestCase("<member><summary>In [0, 1).</summary></member>", false)]
    [TestCase("<member><summary>In [0, 1].</summary></member>", false)]
    public void NamesAShape_WithAndWithout_IsTold(string doc, bool expected) => Assert.That(NamesAShape(XElement.Parse(doc)), Is.EqualTo(expected));

    [Test]
    public void ShapedTypes_OwnMethods_AreTold()
    {
        using SourcedModule tests = SourcedModule.OpenTests();
        TypeDefinition tolerance = tests.Module.GetType("SparseCoding.Tests.Tolerance");
        MethodDefinition rows = tolerance.Methods.Single(method => method.Name == "AssertClose" && method.Parameters.Count == 5 && method.Parameters[0].ParameterType is GenericInstanceType);
        MethodDefinition unit = tolerance.Methods.Single(method => method.Name == "Unit");
        TypeDefinition folder = tests.Module.GetType("SparseCoding.Tests.TemporaryFolder");
        Assert.Multiple(() =>
        {
            Assert.That(ShapedTypes(rows), Is.EqualTo(new[] { "ReadOnlySpan", "ReadOnlySpan" }));
            Assert.That(ShapedTypes(unit), Is.Empty);
            Assert.That(ShapedTypes(folder.Methods.Single(method => method.Name == "Write")), Is.Empty, "bytes have no shape");
        });
    }

    private static Dictionary<string, XElement> Load()
    {
        XDocument document = XDocument.Load(Path.ChangeExtension(SourcedModule.LibraryPath, ".xml"));
        return document.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);
    }

    private static bool IsDocumented(Dictionary<string, XElement> docs, string id) =>
        docs.TryGetValue(id, out XElement? doc)
        && (doc.Element("inheritdoc") is not null || !string.IsNullOrWhiteSpace(doc.Element("summary")?.Value) || doc.Element("summary")?.HasElements == true);

    private static bool NamesAShape(XElement doc) => doc.Element("inheritdoc") is not null || Shape().IsMatch(doc.Value);

    private static IEnumerable<IMemberDefinition> PublicMembers(ModuleDefinition module)
    {
        foreach (TypeDefinition type in module.GetTypes().Where(IsVisible))
        {
            yield return type;
            if (type.BaseType?.FullName == "System.MulticastDelegate")
            {
                continue;
            }

            foreach (FieldDefinition field in type.Fields.Where(field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName))
            {
                yield return field;
            }

            foreach (PropertyDefinition property in type.Properties.Where(property => IsShown(property.GetMethod ?? property.SetMethod, type) && property.Name != "EqualityContract"))
            {
                yield return property;
            }

            foreach (MethodDefinition method in type.Methods.Where(method => IsShown(method, type) && !IsWrittenByTheCompiler(method)))
            {
                yield return method;
            }
        }
    }

    private static bool IsVisible(TypeDefinition type) =>
        !type.FullName.Contains('<', StringComparison.Ordinal)
        && (type.IsPublic || ((type.IsNestedPublic || type.IsNestedFamily) && IsVisible(type.DeclaringType)));

    private static bool IsShown(MethodDefinition method, TypeDefinition type) => method.IsPublic || (method.IsFamily && !type.IsSealed);

    // Accessors are documented on their property; a constructor without parameters that somebody wrote is caught by the compiler (CS1591).
    private static bool IsWrittenByTheCompiler(MethodDefinition method) =>
        method.IsGetter || method.IsSetter || method.IsAddOn || method.IsRemoveOn
        || (method.IsConstructor && method.Parameters.Count == 0)
        || method.Name.Contains('<', StringComparison.Ordinal)
        || method.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "CompilerGeneratedAttribute");

    private static IEnumerable<string> ShapedTypes(IMemberDefinition member)
    {
        IEnumerable<TypeReference> types = member switch
        {
            MethodDefinition method => method.Parameters.Select(parameter => parameter.ParameterType).Append(method.ReturnType),
            PropertyDefinition property => [property.PropertyType],
            _ => [],
        };
        foreach (TypeReference type in types)
        {
            TypeReference bare = type is ByReferenceType reference ? reference.ElementType : type;
            if (bare is ArrayType { Rank: > 1 })
            {
                yield return "array";
            }
            else if (Shaped.Contains(bare.Name.Split('`')[0]) && !HoldsText(bare))
            {
                yield return bare.Name.Split('`')[0];
            }
        }
    }

    private static bool HoldsText(TypeReference type) =>
        type is GenericInstanceType { GenericArguments: [{ Name: "Char" or "Byte" or "String" }] };

    // At least one word of two letters, so that an interval of numbers is not taken for a shape.
    [GeneratedRegex(@"\[[^\[\]]*[A-Za-z]{2}[^\[\]]*\]")]
    private static partial Regex Shape();
}

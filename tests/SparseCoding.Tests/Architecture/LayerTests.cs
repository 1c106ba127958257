using System.Text.RegularExpressions;
using Mono.Cecil;

namespace SparseCoding.Tests;

/// <summary>A folder of src/SparseCoding uses only the folders below it; read from the built assembly, so that no mention is overlooked.</summary>
[TestFixture]
internal sealed partial class LayerTests
{
    private static readonly Lazy<List<string>> Planted = new(PlantedViolations);

    [Test]
    public void Library_EveryMention_PointsDownwards()
    {
        using SourcedModule module = SourcedModule.OpenLibrary();
        List<string> violations = Violations(module.Module, type => module.Folder(type));
        Assert.That(violations, Is.Empty, () => $"{violations.Count} mentions point upwards or sideways:\n{string.Join('\n', violations)}\n");
    }

    [Test]
    public void Library_EveryType_HasOneKnownLayer()
    {
        using SourcedModule module = SourcedModule.OpenLibrary();
        List<string> strays = [];
        foreach (TypeDefinition type in module.Written)
        {
            string[] folders = [.. module.Files(type).Select(file => Layers.OfFile(file) ?? file).Distinct()];
            if (folders.Length != 1)
            {
                strays.Add($"{type.FullName} lies in {folders.Length} folders: {string.Join(", ", folders)}");
            }
            else if (Layers.Rank(folders[0]) is null)
            {
                strays.Add($"{type.FullName} lies in '{folders[0]}', which is not in Layers.Order");
            }
        }

        Assert.That(strays, Is.Empty, () => string.Join('\n', strays));
    }

    [Test]
    public void Library_EverySourceFolder_IsInTheOrder()
    {
        string[] unknown = [.. RepositoryRoot.Files("src/SparseCoding", "*.cs")
            .Select(file => Layers.OfFile(file)!)
            .Distinct()
            .Where(folder => Layers.Rank(folder) is null)];
        Assert.That(unknown, Is.Empty);
    }

    [TestCase("LowerBase", "UpperClass")]
    [TestCase("LowerInterface", "IUpper")]
    [TestCase("LowerField", "UpperEnum")]
    [TestCase("LowerGenericArgument", "UpperEnum")]
    [TestCase("ILowerSignature", "UpperEnum")]
    [TestCase("LowerReturn", "UpperClass")]
    [TestCase("LowerAttribute", "UpperAttribute")]
    [TestCase("LowerAttributeArgument", "UpperClass")]
    [TestCase("LowerConstraint`1", "IUpper")]
    [TestCase("LowerCall", "UpperStatic")]
    [TestCase("LowerMethodArgument", "UpperEnum")]
    [TestCase("LowerTypeOf", "UpperClass")]
    [TestCase("LowerCatch", "UpperException")]
    [TestCase("LowerLambda", "UpperStatic")]
    [TestCase("LowerIterator", "UpperStatic")]
    [TestCase("LowerDelegate", "UpperDelegate")]
    public void Violations_PlantedEdge_IsFound(string from, string to)
    {
        List<string> found = Planted.Value;
        Assert.That(found, Has.One.StartsWith($"{from} (Kernels) -> {to} (Solvers)"), () => string.Join('\n', found));
    }

    [Test]
    public void Violations_PlantedTypes_HaveNoOtherEdge() => Assert.That(Planted.Value, Has.Count.EqualTo(16));

    [Test]
    public void MayUse_DownwardsItselfUpwardsSideways_OnlyTheFirstTwo() => Assert.Multiple(() =>
    {
        Assert.That(Layers.MayUse("Solvers", "Kernels"), Is.True);
        Assert.That(Layers.MayUse("Solvers", "Solvers"), Is.True);
        Assert.That(Layers.MayUse("Kernels", "Solvers"), Is.False);
        Assert.That(Layers.MayUse("Solvers", "Metrics"), Is.False);
        Assert.That(Layers.MayUse("Solvers", "Nowhere"), Is.False);
        Assert.That(Layers.OfFile("/_/src/SparseCoding/Kernels/Gemm/Scalar.cs"), Is.EqualTo("Kernels"));
        Assert.That(Layers.OfFile("C:\\x\\src\\SparseCoding\\Root.cs"), Is.Empty);
        Assert.That(Layers.OfFile("/_/src/SparseCoding.TorchSharp/A.cs"), Is.Null);
    });

    // Types without a method body have no sequence points; these three kinds would be lost if only those were read.
    [TestCase(typeof(UpperEnum))]
    [TestCase(typeof(IUpper))]
    [TestCase(typeof(UpperDelegate))]
    [TestCase(typeof(UpperStatic))]
    public void TypeSources_EachKindOfType_HasItsFile(Type type)
    {
        var sources = new TypeSources(typeof(LayerTests).Assembly.Location);
        Assert.That(sources.Of(type.MetadataToken).Select(Path.GetFileName), Is.EqualTo(new[] { "Planted.cs" }));
    }

    [Test]
    public void ArchitecturePage_Diagram_IsTheOrder()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "concepts", "architecture.md"));
        Match diagram = Diagram().Match(page);
        Assert.That(diagram.Success, Is.True, "docs/concepts/architecture.md has no ```layers block");

        // The page draws the top layer first: what is used stands below what uses it.
        string[][] drawn = [.. diagram.Groups[1].Value.TrimEnd().Split('\n').Reverse().Select(line => Word().Matches(line.Split('#')[0]).Select(word => word.Value).ToArray())];
        Assert.That(drawn, Is.EqualTo(Layers.Order));
    }

    private static List<string> Violations(ModuleDefinition module, Func<TypeDefinition, string?> layer)
    {
        var violations = new List<string>();
        foreach (TypeMention mention in TypeMentions.Collect(module))
        {
            if (layer(mention.From) is string from && layer(mention.To) is string to && !Layers.MayUse(from, to))
            {
                violations.Add($"{mention.From.Name} ({from}) -> {mention.To.Name} ({to})  in {mention.Place}");
            }
        }

        violations.Sort(StringComparer.Ordinal);
        return violations;
    }

    private static List<string> PlantedViolations()
    {
        using SourcedModule module = SourcedModule.OpenTests();
        return Violations(module.Module, type => module.Files(type).Any(file => file.EndsWith("Planted.cs", StringComparison.Ordinal))
            ? type.Name.TrimStart('I').StartsWith("Upper", StringComparison.Ordinal) ? "Solvers" : "Kernels"
            : null);
    }

    [GeneratedRegex("```layers\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Diagram();

    [GeneratedRegex("[A-Za-z]+")]
    private static partial Regex Word();
}

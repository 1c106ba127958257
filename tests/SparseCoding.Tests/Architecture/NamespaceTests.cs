using Mono.Cecil;

namespace SparseCoding.Tests;

/// <summary>The namespace root is the glossary: what a user sees lives in SparseCoding, machinery in SparseCoding.&lt;Folder&gt;.</summary>
[TestFixture]
internal sealed class NamespaceTests
{
    [Test]
    public void Library_EveryType_LivesInTheNamespaceOfItsKind()
    {
        using SourcedModule module = SourcedModule.OpenLibrary();
        List<string> strays = [];
        foreach (TypeDefinition type in module.Written)
        {
            string expected = type.IsPublic ? "SparseCoding" : Layers.InternalNamespace(module.Folder(type) ?? "?");
            if (type.Namespace != expected)
            {
                strays.Add($"{(type.IsPublic ? "public" : "internal")} {type.FullName} belongs into namespace {expected}");
            }
        }

        Assert.That(strays, Is.Empty, () => string.Join('\n', strays));
    }
}

using Mono.Cecil;

namespace SparseCoding.Tests;

/// <summary>A built assembly with the source folder of each of its types.</summary>
internal sealed class SourcedModule : IDisposable
{
    private readonly TypeSources _sources;

    private SourcedModule(string path)
    {
        Module = ModuleDefinition.ReadModule(path);
        _sources = new TypeSources(path);
    }

    /// <summary>The assembly.</summary>
    public ModuleDefinition Module { get; }

    /// <summary>The outermost types that somebody wrote, without those that the compiler adds for itself.</summary>
    public IEnumerable<TypeDefinition> Written => Module.Types.Where(type => !IsGenerated(type));

    /// <summary>Opens the library that the tests run with.</summary>
    public static SourcedModule OpenLibrary() => new(LibraryPath);

    /// <summary>Opens the assembly of the tests, for the tests of the checkers themselves.</summary>
    public static SourcedModule OpenTests() => new(typeof(SourcedModule).Assembly.Location);

    /// <summary>Where the library that the tests run with lies; its XML documentation lies beside it.</summary>
    public static string LibraryPath => System.Reflection.Assembly.Load("SparseCoding").Location;

    /// <summary>The files of a type, nested ones included.</summary>
    public IEnumerable<string> Files(TypeDefinition type) =>
        _sources.Of(type.MetadataToken.ToInt32())
            .Concat(type.NestedTypes.SelectMany(Files))
            .Where(file => !file.Replace('\\', '/').Contains("/obj/", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal);

    /// <summary>The first folder below src/SparseCoding; null for a type of the compiler.</summary>
    public string? Folder(TypeDefinition type) => IsGenerated(type) ? null : Files(type).Select(Layers.OfFile).FirstOrDefault();

    /// <inheritdoc/>
    public void Dispose() => Module.Dispose();

    // "<Module>", "<PrivateImplementationDetails>", anonymous types and inline arrays; embedded attributes; source generators' helpers.
    private bool IsGenerated(TypeDefinition type) =>
        type.Name.StartsWith('<')
        || (!Files(type).Any() && !type.Namespace.StartsWith("SparseCoding", StringComparison.Ordinal));
}

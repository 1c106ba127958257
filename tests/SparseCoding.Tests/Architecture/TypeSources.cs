using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace SparseCoding.Tests;

/// <summary>
/// The source files of each type of an assembly, from its portable PDB: those of its methods' sequence points and, for types without any
/// (enums, delegates, interfaces), the compiler's list of documents by type.
/// </summary>
internal sealed class TypeSources
{
    // "Type Definition Documents" of the portable PDB specification.
    private static readonly Guid TypeDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly Dictionary<int, SortedSet<string>> _files = [];

    /// <summary>Reads the PDB beside an assembly.</summary>
    public TypeSources(string assemblyPath)
    {
        using var assembly = new System.Reflection.PortableExecutable.PEReader(File.OpenRead(assemblyPath));
        using MetadataReaderProvider symbols = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(Path.ChangeExtension(assemblyPath, ".pdb")));
        MetadataReader types = assembly.GetMetadataReader();
        MetadataReader pdb = symbols.GetMetadataReader();
        foreach (TypeDefinitionHandle handle in types.TypeDefinitions)
        {
            var files = new SortedSet<string>(StringComparer.Ordinal);
            foreach (MethodDefinitionHandle method in types.GetTypeDefinition(handle).GetMethods())
            {
                AddMethod(pdb, method, files);
            }

            AddType(pdb, handle, files);
            _files[MetadataTokens.GetToken(handle)] = files;
        }
    }

    /// <summary>The files of the type with a metadata token; empty if the PDB names none.</summary>
    public IReadOnlyCollection<string> Of(int typeToken) => _files.TryGetValue(typeToken, out SortedSet<string>? files) ? files : [];

    private static void AddMethod(MetadataReader pdb, MethodDefinitionHandle method, SortedSet<string> files)
    {
        MethodDebugInformation information = pdb.GetMethodDebugInformation(method);
        foreach (SequencePoint point in information.GetSequencePoints())
        {
            files.Add(pdb.GetString(pdb.GetDocument(point.Document).Name));
        }
    }

    private static void AddType(MetadataReader pdb, TypeDefinitionHandle type, SortedSet<string> files)
    {
        foreach (CustomDebugInformationHandle handle in pdb.GetCustomDebugInformation(type))
        {
            CustomDebugInformation information = pdb.GetCustomDebugInformation(handle);
            if (pdb.GetGuid(information.Kind) != TypeDocuments)
            {
                continue;
            }

            BlobReader blob = pdb.GetBlobReader(information.Value);
            while (blob.RemainingBytes > 0)
            {
                DocumentHandle document = MetadataTokens.DocumentHandle(blob.ReadCompressedInteger());
                files.Add(pdb.GetString(pdb.GetDocument(document).Name));
            }
        }
    }
}

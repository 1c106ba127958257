namespace SparseCoding.Tests;

/// <summary>A new empty folder that is deleted with everything in it when disposed.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    /// <summary>Creates the folder under the system's place for temporary files.</summary>
    public TemporaryFolder() => Path = Directory.CreateTempSubdirectory("sparsecoding-").FullName;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>A path in the folder; nothing is created.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Writes a file into the folder and returns its path.</summary>
    public string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = File(name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        System.IO.File.WriteAllBytes(path, content);
        return path;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // The test deleted it itself; that is what Dispose wants.
        }
    }
}

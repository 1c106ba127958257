namespace SparseCoding.Tests;

/// <summary>Finds the files of the repository from wherever the tests were built to.</summary>
internal static class RepositoryRoot
{
    private static readonly Lazy<string> Found = new(Find);

    /// <summary>Folders that hold outputs, not sources; the same as in .gitignore.</summary>
    private static readonly HashSet<string> Outputs =
        new(StringComparer.Ordinal) { "bin", "obj", "artifacts", "TestResults", "BenchmarkDotNet.Artifacts", ".git", ".vs", ".idea" };

    /// <summary>The folder that holds SparseCoding.sln.</summary>
    public static string Path => Found.Value;

    /// <summary>A path below the root from its parts.</summary>
    public static string Combine(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    /// <summary>The path of a file relative to the root, with forward slashes on every system.</summary>
    public static string Relative(string file) => System.IO.Path.GetRelativePath(Path, file).Replace('\\', '/');

    /// <summary>All files below a folder of the root that are not outputs, in ordinal order; empty if the folder does not exist.</summary>
    public static IReadOnlyList<string> Files(string folder = "", string pattern = "*")
    {
        string start = Combine(folder);
        var files = new List<string>();
        if (Directory.Exists(start))
        {
            Collect(start, pattern, files);
            files.Sort(StringComparer.Ordinal);
        }

        return files;
    }

    private static void Collect(string folder, string pattern, List<string> files)
    {
        files.AddRange(Directory.GetFiles(folder, pattern));
        foreach (string child in Directory.GetDirectories(folder))
        {
            bool isLink = new DirectoryInfo(child).LinkTarget is not null;
            if (!isLink && !Outputs.Contains(System.IO.Path.GetFileName(child)))
            {
                Collect(child, pattern, files);
            }
        }
    }

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "SparseCoding.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} holds SparseCoding.sln; run the tests from a clone.");
    }
}

using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>Folders and files that a caller names.</summary>
internal static class ForeignPath
{
    /// <summary>The file itself, or the file of that name in a folder; FileNotFoundException when it is missing.</summary>
    public static string File(string folderOrFile, string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folderOrFile);
        string path = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, name) : folderOrFile;
        FileByteSource.RequireFile(path);
        return path;
    }
}

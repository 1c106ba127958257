namespace SparseCoding.Tests;

/// <summary>The order of the folders of src/SparseCoding, in one place; docs/concepts/architecture.md shows the same list and a test keeps them equal.</summary>
internal static class Layers
{
    /// <summary>From the bottom up. A folder uses those of earlier lines and itself; folders of one line never use each other.</summary>
    public static readonly string[][] Order =
    [
        ["Diagnostics"],
        ["Numerics"],
        ["Formats"],
        ["Kernels"],
        ["Backends"],
        ["Contracts"],
        ["Solvers", "Data", "Metrics", "Cost"],
        ["Training"],
        ["DictionaryLearning"],
        ["Encoders"],
        ["Evaluation", "Theory", "Reports"],
    ];

    /// <summary>
    /// Namespace of the internal types of a folder where the plain rule SparseCoding.&lt;Folder&gt; cannot hold, because a public type of
    /// that name lives in SparseCoding.
    /// </summary>
    private static readonly Dictionary<string, string> NamespaceExceptions = new(StringComparer.Ordinal)
    {
        ["Evaluation"] = "SparseCoding.Evaluations",
    };

    /// <summary>Place of a folder from the bottom, 0 first; null for an unknown one.</summary>
    public static int? Rank(string folder)
    {
        int rank = Array.FindIndex(Order, line => line.Contains(folder, StringComparer.Ordinal));
        return rank < 0 ? null : rank;
    }

    /// <summary>Whether a type of one folder may mention a type of another.</summary>
    public static bool MayUse(string from, string to) => from == to || Rank(from) > Rank(to);

    /// <summary>The namespace of the internal types of a folder.</summary>
    public static string InternalNamespace(string folder) => NamespaceExceptions.GetValueOrDefault(folder, "SparseCoding." + folder);

    /// <summary>The layer of a source file: its first folder below src/SparseCoding; empty for a file directly in it, null for one elsewhere.</summary>
    public static string? OfFile(string path)
    {
        const string Project = "/src/SparseCoding/";
        string normal = path.Replace('\\', '/');
        int start = normal.LastIndexOf(Project, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        string[] parts = normal[(start + Project.Length)..].Split('/');
        return parts.Length == 1 ? string.Empty : parts[0];
    }
}

using System.Text.RegularExpressions;

namespace SparseCoding.Tests;

/// <summary>One fenced block of C# in a page, and the place it claims to come from (null if it claims none).</summary>
internal readonly record struct Snippet(int Line, string? Source, string Code);

/// <summary>
/// Finds the C# blocks of a Markdown page and the regions of source files. A block says where it comes from in the line above it:
/// <c>&lt;!-- snippet: path#region --&gt;</c>, the path from the root of the repository.
/// </summary>
internal static partial class Snippets
{
    /// <summary>All blocks whose fence says csharp, cs or c#.</summary>
    public static IReadOnlyList<Snippet> InPage(string markdown)
    {
        var snippets = new List<Snippet>();
        string[] lines = Lines(markdown);
        string? marker = null;
        for (int i = 0; i < lines.Length; i++)
        {
            if (Fence().Match(lines[i]) is { Success: true } fence)
            {
                int start = i + 1;
                int end = Array.FindIndex(lines, start, line => line.TrimStart().StartsWith(fence.Groups["ticks"].Value, StringComparison.Ordinal));
                end = end < 0 ? lines.Length : end;
                if (IsCSharp(fence.Groups["language"].Value))
                {
                    snippets.Add(new Snippet(i + 1, marker, Dedent(lines[start..end])));
                }

                i = end;
                marker = null;
            }
            else if (lines[i].Trim().Length > 0)
            {
                Match match = Marker().Match(lines[i]);
                marker = match.Success ? match.Groups[1].Value : null;
            }
        }

        return snippets;
    }

    /// <summary>The lines between #region name and its #endregion without common indentation; null if there is no such region.</summary>
    public static string? Region(string source, string name)
    {
        string[] lines = Lines(source);
        int start = Array.FindIndex(lines, line => line.Trim() == "#region " + name);
        if (start < 0)
        {
            return null;
        }

        int depth = 1;
        for (int i = start + 1; i < lines.Length; i++)
        {
            string line = lines[i].TrimStart();
            depth += line.StartsWith("#region", StringComparison.Ordinal) ? 1 : line.StartsWith("#endregion", StringComparison.Ordinal) ? -1 : 0;
            if (depth == 0)
            {
                return Dedent(lines[(start + 1)..i]);
            }
        }

        return null;
    }

    private static bool IsCSharp(string language) =>
        language.Equals("csharp", StringComparison.OrdinalIgnoreCase)
        || language.Equals("cs", StringComparison.OrdinalIgnoreCase)
        || language.Equals("c#", StringComparison.OrdinalIgnoreCase);

    private static string[] Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n');

    private static string Dedent(string[] lines)
    {
        string[] filled = [.. lines.Where(line => line.Trim().Length > 0)];
        int indent = filled.Length == 0 ? 0 : filled.Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length < indent ? string.Empty : line[indent..].TrimEnd())).Trim('\n');
    }

    [GeneratedRegex(@"^\s*<!--\s*snippet:\s*(\S+)\s*-->\s*$")]
    private static partial Regex Marker();

    [GeneratedRegex(@"^\s*(?<ticks>```+|~~~+)\s*(?<language>[^\s`]*)")]
    private static partial Regex Fence();
}

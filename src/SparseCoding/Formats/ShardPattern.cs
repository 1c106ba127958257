using System.IO.Enumeration;

namespace SparseCoding.Formats;

/// <summary>
/// Expands a file, a folder or a pattern ("acts-*.npy", "shards/*.safetensors") to files in natural order: acts-2 before acts-10.
/// Wildcards * and ? stand in the last part only; subfolders are not searched; names that begin with a dot are never matched.
/// </summary>
internal static class ShardPattern
{
    /// <summary>
    /// Lists the files. A folder means its files with one of the extensions (".npy"; none given: any of .npy, .npz, .safetensors).
    /// FileNotFoundException names the pattern and the folder when nothing matches.
    /// </summary>
    public static IReadOnlyList<string> Expand(string pattern, params ReadOnlySpan<string> extensions)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(pattern);
        if (File.Exists(pattern))
        {
            return [pattern];
        }

        string[] endings = extensions.IsEmpty ? [".npy", ".npz", ".safetensors"] : extensions.ToArray();
        if (Directory.Exists(pattern))
        {
            return List(pattern, pattern, name => endings.Any(e => name.EndsWith(e, StringComparison.OrdinalIgnoreCase)), string.Join(", ", endings));
        }

        string? folder = Path.GetDirectoryName(pattern);
        string mask = Path.GetFileName(pattern);
        if (folder is not null && folder.AsSpan().ContainsAny('*', '?') && !Directory.Exists(folder))
        {
            throw new FileNotFoundException($"The pattern {pattern} has a wildcard in its folder; wildcards are expanded in the file name only.", pattern);
        }

        if (!mask.AsSpan().ContainsAny('*', '?'))
        {
            throw new FileNotFoundException($"{pattern} does not exist; check the path (working folder: {Directory.GetCurrentDirectory()}).", pattern);
        }

        string place = string.IsNullOrEmpty(folder) ? "." : folder;
        if (!Directory.Exists(place))
        {
            throw new FileNotFoundException($"The folder {place} of the pattern {pattern} does not exist.", pattern);
        }

        // The simple matcher reads a backslash as an escape; a name cannot hold one where it separates folders.
        string expression = mask.Replace("\\", "\\\\", StringComparison.Ordinal);
        return List(pattern, place, name => FileSystemName.MatchesSimpleExpression(expression, name, ignoreCase: false), mask);
    }

    /// <summary>Compares names with runs of digits as numbers of any length; ties ("1" and "01") by their characters. Ordinal, no culture.</summary>
    public static int CompareNatural(string left, string right)
    {
        int a = 0;
        int b = 0;
        while (a < left.Length && b < right.Length)
        {
            if (char.IsAsciiDigit(left[a]) && char.IsAsciiDigit(right[b]))
            {
                ReadOnlySpan<char> x = Digits(left, ref a);
                ReadOnlySpan<char> y = Digits(right, ref b);
                int order = x.Length != y.Length ? x.Length.CompareTo(y.Length) : x.SequenceCompareTo(y);
                if (order != 0)
                {
                    return order;
                }
            }
            else if (left[a] != right[b])
            {
                return left[a].CompareTo(right[b]);
            }
            else
            {
                a++;
                b++;
            }
        }

        int rest = (left.Length - a).CompareTo(right.Length - b);
        return rest != 0 ? rest : string.CompareOrdinal(left, right);
    }

    /// <summary>The run of digits at a place, without leading zeros; moves behind it.</summary>
    private static ReadOnlySpan<char> Digits(string text, ref int at)
    {
        int start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return text.AsSpan(start, at - start).TrimStart('0');
    }

    private static string[] List(string pattern, string folder, Func<string, bool> matches, string wanted)
    {
        int seen = 0;
        var found = new List<string>();
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            seen++;
            string name = Path.GetFileName(path);
            if (name[0] != '.' && matches(name))
            {
                found.Add(name);
            }
        }

        if (found.Count == 0)
        {
            throw new FileNotFoundException(
                $"The pattern {pattern} matches no file: the folder {Path.GetFullPath(folder)} holds {seen} files, none of them {wanted}.", pattern);
        }

        found.Sort(CompareNatural);
        return [.. found.Select(name => folder == "." ? name : Path.Combine(folder, name))];
    }
}

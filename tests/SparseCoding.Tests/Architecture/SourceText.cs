using System.Text;

namespace SparseCoding.Tests;

/// <summary>
/// The code of a C# file with comments and literals blanked, so that a search for a keyword finds code only. Newlines stay, so lines keep
/// their numbers. Code inside the braces of an interpolated string is blanked too.
/// </summary>
internal static class SourceText
{
    /// <summary>The source with every character of a comment, string or character literal replaced by a blank.</summary>
    public static string CodeOnly(string source)
    {
        var code = new StringBuilder(source.Length);
        int position = 0;
        while (position < source.Length)
        {
            int end = EndOfLiteral(source, position);
            if (end == position)
            {
                code.Append(source[position++]);
                continue;
            }

            for (; position < end; position++)
            {
                code.Append(source[position] == '\n' ? '\n' : ' ');
            }
        }

        return code.ToString();
    }

    /// <summary>The number of the line of a position, 1 first.</summary>
    public static int LineOf(string source, int position) => source.AsSpan(0, position).Count('\n') + 1;

    private static int EndOfLiteral(string source, int start)
    {
        if (At(source, start, "//"))
        {
            return IndexOrEnd(source, "\n", start, 0);
        }

        if (At(source, start, "/*"))
        {
            return IndexOrEnd(source, "*/", start + 2, 2);
        }

        return source[start] switch
        {
            '\'' => EndOfEscaped(source, start, '\''),
            '"' => EndOfString(source, start),
            _ => start,
        };
    }

    private static int EndOfString(string source, int start)
    {
        // Verbatim first: @"""" is one quote, not the start of a raw string.
        bool verbatim = (start > 0 && source[start - 1] == '@') || (start > 1 && source[start - 1] == '$' && source[start - 2] == '@');
        if (verbatim)
        {
            return EndOfVerbatim(source, start);
        }

        int quotes = 0;
        while (start + quotes < source.Length && source[start + quotes] == '"')
        {
            quotes++;
        }

        return quotes >= 3
            ? IndexOrEnd(source, new string('"', quotes), start + quotes, quotes)
            : EndOfEscaped(source, start, '"');
    }

    private static int EndOfVerbatim(string source, int start)
    {
        int position = start + 1;
        while (position < source.Length)
        {
            if (At(source, position, "\"\""))
            {
                position += 2;
            }
            else if (source[position++] == '"')
            {
                break;
            }
        }

        return position;
    }

    private static int EndOfEscaped(string source, int start, char quote)
    {
        int position = start + 1;
        while (position < source.Length && source[position] != '\n')
        {
            if (source[position] == '\\')
            {
                position += 2;
            }
            else if (source[position++] == quote)
            {
                break;
            }
        }

        return Math.Min(position, source.Length);
    }

    private static bool At(string source, int position, string word) => source.AsSpan(position).StartsWith(word, StringComparison.Ordinal);

    private static int IndexOrEnd(string source, string word, int start, int extra)
    {
        int found = start > source.Length ? -1 : source.IndexOf(word, start, StringComparison.Ordinal);
        return found < 0 ? source.Length : found + extra;
    }
}

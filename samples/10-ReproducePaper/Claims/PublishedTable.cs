using System.Globalization;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Numbers as published, written as they stand there: one line a row, words apart by spaces, keys first. "-" is NaN.</summary>
internal static class PublishedTable
{
    /// <summary>Keys and numbers of each line.</summary>
    /// <param name="text">The table.</param>
    /// <param name="keys">How many words of a line are keys.</param>
    public static IEnumerable<(string[] Keys, double[] Numbers)> Read(string text, int keys)
    {
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            yield return (words[..keys], [.. words[keys..].Select(w => w == "-" ? double.NaN : double.Parse(w, CultureInfo.InvariantCulture))]);
        }
    }
}

using System.Globalization;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "defaults [--first 100] [--worlds 5] [--part inference,relu,coding,restarts,training] [--out docs/results/defaults]": what each default that was chosen
/// by measurement was chosen among, on worlds that no goal is measured on. One Markdown page, one table for each part; parts that are not asked for
/// keep their tables. Sparse coding and dictionary
/// learning, whose outcome is a matter of luck, take two and four times as many worlds.
/// </summary>
internal static class DefaultsCommand
{
    private static readonly (string Name, Func<World[], IEnumerable<string>> Lines, int Factor)[] s_parts =
    [
        ("inference", InferenceDefaults.Lines, 1),
        ("relu", ReluDefaults.Lines, 1),
        ("coding", CodingDefaults.Lines, 2),
        ("restarts", RestartDefaults.Lines, 4),
        ("training", TrainingDefaults.Lines, 1),
    ];

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        int first = 100, worlds = 5;
        string[] parts = [.. s_parts.Select(part => part.Name)];
        string output = Path.Combine("docs", "results", "defaults");
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--first" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out first),
                "--worlds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out worlds) && worlds > 0,
                "--part" => (parts = value.Split(',')).All(name => s_parts.Any(part => part.Name == name)),
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. defaults [--first 100] [--worlds 5] [--part {string.Join(',', s_parts.Select(part => part.Name))}] [--out docs/results/defaults]");
                return 2;
            }
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
        foreach ((string name, Func<World[], IEnumerable<string>> lines, int factor) in s_parts.Where(part => parts.Contains(part.Name)))
        {
            World[] all = [.. Enumerable.Range(first, worlds * factor).Select(number => new World(number))];
            var text = new StringBuilder();
            foreach (string line in lines(all))
            {
                Console.WriteLine(line);
                text.Append(line).Append('\n');
            }

            Sections(output + ".md", name, text.ToString());
        }

        return 0;
    }

    /// <summary>Writes the page anew with the section of one part replaced.</summary>
    private static void Sections(string path, string name, string section)
    {
        string old = File.Exists(path) ? File.ReadAllText(path) : string.Empty;
        var text = new StringBuilder("""
            # What the defaults were chosen among

            Written by `benchmarks -- defaults`: the paper's world (16 sources, 8 measurements, exactly 3 active half-normal codes, no noise, 1024 signals to learn from and
            1024 to measure on), in worlds that no goal is measured on. [Decision 0019](../decisions/0019-defaults.md) says what was chosen and why. MCC is by exact
            matching; seconds are of one thread beside other work.

            """);
        foreach ((string part, _, _) in s_parts)
        {
            string kept = part == name ? section : Find(old, part);
            text.Append(kept.Length == 0 ? string.Empty : $"\n<!-- {part} -->\n{kept}");
        }

        File.WriteAllText(path, text.ToString());
    }

    private static string Find(string page, string part)
    {
        string mark = $"\n<!-- {part} -->\n";
        int start = page.IndexOf(mark, StringComparison.Ordinal);
        if (start < 0)
        {
            return string.Empty;
        }

        int next = page.IndexOf("\n<!-- ", start + mark.Length, StringComparison.Ordinal);
        return page[(start + mark.Length)..(next < 0 ? page.Length : next)];
    }
}

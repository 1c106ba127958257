using System.CommandLine;
using System.CommandLine.Parsing;

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>What the command line asks for, checked.</summary>
internal sealed record Arguments
{
    private const int BadArguments = 2;

    /// <summary>Ids of the figures, in the order of <see cref="AllFigures"/>.</summary>
    public required IReadOnlyList<string> Figures { get; init; }

    /// <summary>How much is done.</summary>
    public required Scale Scale { get; init; }

    /// <summary>Runs of each cell; null takes each figure's own.</summary>
    public int? Seeds { get; init; }

    /// <summary>Folder of the results.</summary>
    public required string Output { get; init; }

    /// <summary>Cells that run at the same time, each on one thread.</summary>
    public int Threads { get; init; }

    /// <summary>Only draws pages from what the folder holds.</summary>
    public bool DrawOnly { get; init; }

    /// <summary>Parses the command line. Null goes on with <paramref name="arguments"/>; a number is the exit code (help, or an error that was printed).</summary>
    public static int? Parse(string[] args, out Arguments? arguments)
    {
        string[] all = [.. AllFigures.List.Select(f => f.Id)], known = [.. all, .. AllFigures.OnRequest.Select(f => f.Id)];
        var figure = new Option<string>("--figure") { Description = $"Figures, with commas: all, {string.Join(", ", known)}. The last one takes hours and is not in all.", HelpName = "ids", DefaultValueFactory = _ => "all" };
        figure.Validators.Add(result =>
        {
            foreach (string id in Split(result.GetValueOrDefault<string>()).Where(id => id != "all" && !known.Contains(id)))
            {
                result.AddError($"--figure {id} is not known; there are all, {string.Join(", ", known)}.");
            }
        });
        var scale = new Option<string>("--scale") { Description = "quick: every figure, fewer steps, minutes; paper: the paper's steps and runs, hours; smoke: seconds, shows only that all works.", HelpName = "quick|paper|smoke", DefaultValueFactory = _ => "quick" };
        scale.AcceptOnlyFromAmong([.. Scale.All.Select(s => s.Name)]);
        var seeds = new Option<int?>("--seeds") { Description = "Runs of each cell. Default: as many as the paper has for the figure (5, 3 or 1); 1 or 2 for quick.", HelpName = "number" };
        seeds.Validators.Add(result => AtLeastOne(result, result.GetValueOrDefault<int?>()));
        var output = new Option<string>("--output") { Description = "Folder of the results; the same command with the same folder goes on where it stopped. Default: reproduction-SCALE.", HelpName = "folder", DefaultValueFactory = _ => string.Empty };
        var threads = new Option<int?>("--threads") { Description = "Cells that run at the same time, each on one thread. Default: all cores. Results do not depend on it.", HelpName = "number" };
        threads.Validators.Add(result => AtLeastOne(result, result.GetValueOrDefault<int?>()));
        var draw = new Option<bool>("--draw-only") { Description = "Trains nothing; writes pages and tables from what the folder holds." };
        var root = new RootCommand("""
            Reproduces the synthetic figures of "Compute Optimal Inference and Provable Amortisation Gap in Sparse Autoencoders" (O'Neill, Gumran, Klindt)
            and of its follow-up "Stop Probing, Start Coding" (Barin-Pacela et al.), next to the published values.
            """);
        foreach (Option option in (Option[])[figure, scale, seeds, output, threads, draw])
        {
            root.Options.Add(option);
        }

        ParseResult parsed = root.Parse(args);
        arguments = null;
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors)
            {
                Console.Error.WriteLine($"error: {error.Message}");
            }

            Console.Error.WriteLine("Run with --help to see what there is.");
            return BadArguments;
        }

        if (parsed.Action is not null)
        {
            return parsed.Invoke(); // --help or --version
        }

        string[] asked = Split(parsed.GetValue(figure));
        Scale chosen = Scale.All.Single(s => s.Name == parsed.GetValue(scale));
        arguments = new Arguments
        {
            Figures = [.. known.Where(id => asked.Contains(id) || (asked.Contains("all") && all.Contains(id)))],
            Scale = chosen,
            Seeds = parsed.GetValue(seeds),
            Output = parsed.GetValue(output) is { Length: > 0 } folder ? folder : $"reproduction-{chosen.Name}",
            Threads = parsed.GetValue(threads) ?? Environment.ProcessorCount,
            DrawOnly = parsed.GetValue(draw),
        };
        return null;
    }

    private static string[] Split(string? ids) => (ids ?? string.Empty).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static void AtLeastOne(OptionResult result, int? value)
    {
        if (value < 1)
        {
            result.AddError($"{result.Option.Name} is {value}; it must be at least 1.");
        }
    }
}

using System.CommandLine;
using System.CommandLine.Parsing;

namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Whose training recipe the paper's world gets.</summary>
internal enum Recipe
{
    /// <summary>That of O'Neill and Klindt 2024: full batches, Adam at a constant rate, log-codes from -10.</summary>
    Paper,

    /// <summary>The library's defaults.</summary>
    Default,
}

/// <summary>What the command line asks for, checked.</summary>
internal sealed record Arguments
{
    private const int BadArguments = 2;

    public string? Data { get; init; }

    public string? Test { get; init; }

    public string? Tensor { get; init; }

    public string? Sae { get; init; }

    public int Atoms { get; init; }

    public int K { get; init; }

    public int Rows { get; init; }

    public int Block { get; init; }

    public int Subsample { get; init; }

    public long? Steps { get; init; }

    public Recipe Recipe { get; init; }

    public int Seed { get; init; }

    public bool Quick { get; init; }

    public int Threads { get; init; }

    public string? Save { get; init; }

    public string Output { get; init; } = "report.json";

    /// <summary>Parses the command line. Null goes on with <paramref name="arguments"/>; a number is the exit code (help, or an error that was printed).</summary>
    public static int? Parse(string[] args, out Arguments? arguments)
    {
        var data = new Option<string?>("--data") { Description = "Activations: a .npy or .safetensors file, a folder, or a pattern such as 'acts/layer8-*.npy'.", HelpName = "files" };
        var test = new Option<string?>("--test") { Description = "Activations to measure on. Default: the last 20 % of the rows of --data.", HelpName = "files" };
        var tensor = new Option<string?>("--tensor") { Description = "Tensor to read from .safetensors files. Default: the only one.", HelpName = "name" };
        var sae = new Option<string?>("--sae") { Description = "A pretrained SAE: a SAELens folder, or a file of SaeEncoder.Save. Measures its amortisation gap on --data.", HelpName = "folder or file" };
        var atoms = Whole("--atoms", 1024, 1, "Atoms to learn on --data.");
        var k = Whole("--k", 16, 1, "Active atoms of a code on --data.");
        var rows = Whole("--rows", 8192, 2, "The most rows to measure on, evenly spaced.");
        var block = Whole("--block", 1, 1, "Rows that are taken, and resampled for the intervals, together: the length of a context, where neighbours are alike.");
        var subsample = Whole("--subsample", 8192, 1, "Rows from which OMP and LARS learn dictionaries on --data.");
        var steps = new Option<long?>("--steps") { Description = "Training steps of SAE and MLP (and of sparse coding in the paper's world). Default: the recipe's.", HelpName = "number" };
        steps.Validators.Add(result => AtLeast(result, result.GetValueOrDefault<long?>() ?? 1, 1));
        var recipe = new Option<string>("--recipe") { Description = "Training recipe in the paper's world: the paper's or the library's own.", HelpName = "paper|default", DefaultValueFactory = _ => "paper" };
        recipe.AcceptOnlyFromAmong("paper", "default");
        var seed = Whole("--seed", 1, 0, "Seed of world, initialisation, shuffling and resampling.");
        var quick = new Option<bool>("--quick") { Description = "Fewer steps: shows that all works, the figures are not to be quoted." };
        var threads = Whole("--threads", 0, 0, "The most threads; 0 takes all cores. Results do not depend on it.");
        var save = new Option<string?>("--save") { Description = "Where the SAE trained on --data goes, also when training is stopped; --sae reads it.", HelpName = "file" };
        var output = new Option<string>("--out") { Description = "Where the report goes.", HelpName = "file", DefaultValueFactory = _ => "report.json" };
        var root = new RootCommand("""
            Compares encoders. Without arguments: six encoders on the world of O'Neill and Klindt (16 sources, 8 measurements, 3 active).
            With --data: the same on real activations, without ground truth. With --sae and --data: the amortisation gap of a pretrained SAE.
            """);
        Option[] options = [data, test, tensor, sae, atoms, k, rows, block, subsample, steps, recipe, seed, quick, threads, save, output];
        foreach (Option option in options)
        {
            root.Options.Add(option);
        }

        root.Validators.Add(result =>
        {
            bool real = result.GetResult(data) is not null;
            bool pretrained = result.GetResult(sae) is not null;
            Option[] needData = [test, tensor, sae, atoms, k, rows, block, subsample, save];
            Refuse(result, needData, !real, "needs --data");
            Refuse(result, [atoms, k, subsample, steps, save, test], pretrained, "has no meaning with --sae, whose SAE is already trained");
            Refuse(result, [recipe], real, "belongs to the paper's world and has no meaning with --data");
        });

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

        arguments = new Arguments
        {
            Data = parsed.GetValue(data),
            Test = parsed.GetValue(test),
            Tensor = parsed.GetValue(tensor),
            Sae = parsed.GetValue(sae),
            Atoms = parsed.GetValue(atoms),
            K = parsed.GetValue(k),
            Rows = parsed.GetValue(rows),
            Block = parsed.GetValue(block),
            Subsample = parsed.GetValue(subsample),
            Steps = parsed.GetValue(steps),
            Recipe = parsed.GetValue(recipe) == "paper" ? Recipe.Paper : Recipe.Default,
            Seed = parsed.GetValue(seed),
            Quick = parsed.GetValue(quick),
            Threads = parsed.GetValue(threads),
            Save = parsed.GetValue(save),
            Output = parsed.GetValue(output)!,
        };
        return null;
    }

    private static Option<int> Whole(string name, int value, int least, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "number", DefaultValueFactory = _ => value };
        option.Validators.Add(result => AtLeast(result, result.GetValueOrDefault<int>(), least));
        return option;
    }

    private static void AtLeast(OptionResult result, long value, long least)
    {
        if (value < least)
        {
            result.AddError($"{result.Option.Name} is {value}; it must be at least {least}.");
        }
    }

    private static void Refuse(CommandResult result, Option[] options, bool when, string why)
    {
        foreach (Option option in options)
        {
            if (when && result.GetResult(option) is { Implicit: false })
            {
                result.AddError($"{option.Name} {why}.");
            }
        }
    }
}

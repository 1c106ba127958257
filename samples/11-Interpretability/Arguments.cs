using System.CommandLine;
using System.CommandLine.Parsing;

namespace SparseCoding.Samples.Interpretability;

/// <summary>What the command line asks for, checked.</summary>
internal sealed record Arguments
{
    private const int BadArguments = 2;

    public required string Folder { get; init; }

    public string? Sae { get; init; }

    public int Atoms { get; init; }

    public int K { get; init; }

    public long Steps { get; init; }

    public int Latents { get; init; }

    public int Shown { get; init; }

    public int Seed { get; init; }

    public int Threads { get; init; }

    public string? Chat { get; init; }

    public string Output { get; init; } = "interpretability";

    /// <summary>Parses the command line. Null goes on with <paramref name="arguments"/>; a number is the exit code (help, or an error that was printed).</summary>
    public static int? Parse(string[] args, out Arguments? arguments)
    {
        var folder = new Option<string>("--data") { Required = true, HelpName = "folder", Description = "Folder with train_activations.npy, test_activations.npy, test_tokens.npy and meta.json; test_tags.npy and unembedding.npy if there are any. What they hold is in the page's last section." };
        var sae = new Option<string?>("--sae") { HelpName = "file or folder", Description = "A trained SAE (a file of SaeEncoder.Save, or a SAELens folder) instead of training one. Default: train." };
        var atoms = Whole("--atoms", 1024, 1, "Latents of SAE and MLP.");
        var k = Whole("--k", 16, 1, "Active latents of a code, the same for all encoders.");
        var steps = Whole("--steps", 8000, 1, "Training steps of SAE and MLP.");
        var latents = Whole("--latents", 200, 1, "Latents of each encoder that are explained and scored.");
        var shown = Whole("--shown", 50, 1, "Most used latents of each encoder that get a section of its page.");
        var seed = Whole("--seed", 1, 0, "Seed of training and of all draws.");
        var threads = Whole("--threads", 0, 0, "The most threads; 0 takes all cores. Results do not depend on it.");
        var chat = new Option<string?>("--chat") { HelpName = "command", Description = "A command that reads a prompt from standard input and writes a chat model's answer. Default: the offline explainer, which looks for word sequences." };
        var output = new Option<string>("--out") { HelpName = "folder", Description = "Where the pages go.", DefaultValueFactory = _ => "interpretability" };
        var root = new RootCommand("Interprets the latents of an SAE, of an MLP at the same sparsity, and of OMP on the SAE's atoms: top contexts, purity, logit effects, explanations and how well they predict.");
        foreach (Option option in new Option[] { folder, sae, atoms, k, steps, latents, shown, seed, threads, chat, output })
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

        arguments = new Arguments
        {
            Folder = parsed.GetValue(folder)!,
            Sae = parsed.GetValue(sae),
            Atoms = parsed.GetValue(atoms),
            K = parsed.GetValue(k),
            Steps = parsed.GetValue(steps),
            Latents = parsed.GetValue(latents),
            Shown = parsed.GetValue(shown),
            Seed = parsed.GetValue(seed),
            Threads = parsed.GetValue(threads),
            Chat = parsed.GetValue(chat),
            Output = parsed.GetValue(output)!,
        };
        return null;
    }

    private static Option<int> Whole(string name, int value, int least, string description)
    {
        var option = new Option<int>(name) { Description = description, HelpName = "number", DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
            {
                result.AddError($"{result.Option.Name} is {result.GetValueOrDefault<int>()}; it must be at least {least}.");
            }
        });
        return option;
    }
}

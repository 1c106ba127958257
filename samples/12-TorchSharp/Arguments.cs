using System.CommandLine;
using System.CommandLine.Parsing;

namespace SparseCoding.Samples.Torch;

/// <summary>What the command line asks for, checked.</summary>
internal sealed record Arguments
{
    private const int BadArguments = 2;

    public required IReadOnlyList<string> Texts { get; init; }

    public int Steps { get; init; }

    public int SaeSteps { get; init; }

    public int Atoms { get; init; }

    public int K { get; init; }

    public int Seed { get; init; }

    public required string Device { get; init; }

    public required string Prompt { get; init; }

    /// <summary>Parses the command line. Null goes on with <paramref name="arguments"/>; a number is the exit code (help, or an error that was printed).</summary>
    public static int? Parse(string[] args, out Arguments? arguments)
    {
        var texts = new Argument<string[]>("text") { Arity = ArgumentArity.ZeroOrMore, HelpName = "file or folder", Description = "Text to learn from: files, or folders whose .md and .txt files are read. Default: the docs folder of this repository." };
        var steps = Whole("--steps", 1500, "Training steps of the transformer.");
        var saeSteps = Whole("--sae-steps", 3000, "Training steps of the SAE.");
        var atoms = Whole("--atoms", 512, "Latents of the SAE.");
        var k = Whole("--k", 8, "Active latents of a code, the same for all encoders.");
        var seed = Whole("--seed", 1, "Seed of weights, batches and samples.");
        var device = new Option<string>("--device") { HelpName = "device", Description = "Torch device, cpu or cuda.", DefaultValueFactory = _ => "cpu" };
        var prompt = new Option<string>("--prompt") { HelpName = "text", Description = "What is continued.", DefaultValueFactory = _ => "The encoder " };
        var root = new RootCommand("Trains a small transformer on text, records its residual stream, trains an SAE on it, compares encoders by FVU, L0 and loss recovered, and steers one latent.");
        root.Arguments.Add(texts);
        foreach (Option option in new Option[] { steps, saeSteps, atoms, k, seed, device, prompt })
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

            return BadArguments;
        }

        if (parsed.Action is not null)
        {
            return parsed.Invoke();
        }

        arguments = new Arguments
        {
            Texts = parsed.GetValue(texts) ?? [],
            Steps = parsed.GetValue(steps),
            SaeSteps = parsed.GetValue(saeSteps),
            Atoms = parsed.GetValue(atoms),
            K = parsed.GetValue(k),
            Seed = parsed.GetValue(seed),
            Device = parsed.GetValue(device)!,
            Prompt = parsed.GetValue(prompt)!,
        };
        if (arguments.K <= arguments.Atoms && arguments.Prompt.Length > 0)
        {
            return null;
        }

        Console.Error.WriteLine(arguments.Prompt.Length == 0 ? "error: --prompt is empty." : $"error: --k is {arguments.K}, but there are only {arguments.Atoms} latents.");
        return BadArguments;
    }

    private static Option<int> Whole(string name, int standard, string description)
    {
        var option = new Option<int>(name) { HelpName = "count", Description = $"{description} Default: {standard}.", DefaultValueFactory = _ => standard };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int>() < 1)
            {
                result.AddError($"{name} must be at least 1.");
            }
        });
        return option;
    }
}

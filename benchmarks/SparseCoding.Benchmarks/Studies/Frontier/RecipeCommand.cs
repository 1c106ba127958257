using System.Globalization;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "sae-recipe --data FOLDER [--name value ...]": trains one TopK SAE on the small language model with the given settings and prints its errors, silent latents and time. It
/// measures on the last 200 training contexts, which are then not trained on; <c>--final</c> trains on all and measures on the test file, once, when the settings stand.
/// </summary>
internal static class RecipeCommand
{
    private const string Usage = "sae-recipe --data FOLDER [--final] [--steps 3000] [--batch 1024] [--k 16] [--rate 1e-3] [--warmup 100] [--decay 0.2] [--shape linear|cosine] [--optimizer adam|muon] [--iterations 5] [--vectors 1] [--refit 0] [--refitdecay 0] [--beta1 0.9] [--beta2 0.999] [--epsilon 1e-8] [--clip 0] [--average 0] [--start tied|data|independent] [--share 0.8] [--remedy none|auxk|auxzipf|resampling] [--window 256] [--weight 0.03125] [--unit true] [--project true] [--atoms 1] [--scale meannorm|none|standardize] [--from 0] [--anneal 0] [--matryoshka 0] [--seed 0] [--threads 2]";

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] == "--final")
            {
                given["--final"] = "true";
            }
            else if (i + 1 < arguments.Length && Usage.Contains($"[{arguments[i]} ", StringComparison.Ordinal) || arguments[i] == "--data")
            {
                given[arguments[i]] = arguments[++i];
            }
            else
            {
                Console.Error.WriteLine($"'{arguments[i]}' is not understood. {Usage}");
                return 2;
            }
        }

        string Text(string name, string otherwise) => given.GetValueOrDefault("--" + name, otherwise);
        double Number(string name, double otherwise) => given.TryGetValue("--" + name, out string? text) ? double.Parse(text, CultureInfo.InvariantCulture) : otherwise;
        int k = (int)Number("k", 16);
        long window = (long)Number("window", 256);
        DeadLatentRemedy[] remedies = Text("remedy", "none") switch
        {
            "none" => [],
            "auxk" => [new AuxKRemedy { DeadAfter = window, Weight = (float)Number("weight", 1.0 / 32) }],
            "auxzipf" => [new AuxZipfRemedy { DeadAfter = window, Weight = (float)Number("weight", 1.0 / 32) }],
            "resampling" => [new ResamplingRemedy { DeadAfter = window, Every = 2 * window }],
            var other => throw new ArgumentException(other),
        };
        CountAnnealing? annealing = Number("from", 0) is > 0 and var from ? new CountAnnealing { From = from, Steps = (long)Number("anneal", 500) } : null;
        var options = new SaeOptions
        {
            AtomCount = 1024,
            Selection = new TopKSelection(k) { Annealing = annealing },
            Remedies = [.. remedies],
            Decoder = Number("matryoshka", 0) is > 0 and var prefixes ? new MatryoshkaDecoderOptions { RandomPrefixes = (int)prefixes } : new LinearDecoderOptions { UnitNorm = bool.Parse(Text("unit", "true")), RefitSteps = (int)Number("refit", 0), RefitShare = new Schedule { Value = 1, DecayShare = Number("refitdecay", 0) } },
            Normalization = Enum.Parse<InputNormalization>(Text("scale", "MeanNorm"), ignoreCase: true),
        };
        var adam = new AdamOptions { Beta1 = (float)Number("beta1", 0.9), Beta2 = (float)Number("beta2", 0.999), Epsilon = (float)Number("epsilon", 1e-8) };
        var training = new TrainingOptions
        {
            Steps = (long)Number("steps", 3000),
            BatchSize = (int)Number("batch", 1024),
            LearningRate = new Schedule { Value = (float)Number("rate", 1e-3), WarmupSteps = (long)Number("warmup", 100), DecayShare = Number("decay", 0.2), Shape = Enum.Parse<DecayShape>(Text("shape", "linear"), ignoreCase: true) },
            Optimizer = Text("optimizer", "adam") == "muon" ? new MuonOptions { Iterations = (int)Number("iterations", 5), Vectors = adam, VectorRate = (float)Number("vectors", 1) } : adam,
            ClipNorm = (float)Number("clip", 0),
            AveragingDecay = (float)Number("average", 0),
            Initialization = Text("start", "tied") switch { "tied" => Initialization.Tied, "data" => Initialization.DataPoints, _ => Initialization.Independent },
            DataPointShare = (float)Number("share", 0.8),
            ProjectAtomGradients = bool.Parse(Text("project", "true")),
            AtomRateFactor = (float)Number("atoms", 1),
            Seed = (long)Number("seed", 0),
        };
        (SignalMatrix train, SignalMatrix measured) = BrownData.Load(given["--data"], given.ContainsKey("--final"));
        var context = new RunContext { Threads = (int)Number("threads", 2) };
        ActivationSource source = ActivationSource.FromView(train.View);
        var recipe = new SaeEncoder(options, training);
        SaeEncoder? sae = null;
        double wall = SaeClock.Time(() => sae = recipe.Fit(source, context), out double processor);
        var request = new EncodeRequest { Context = context };
        SparseCodes codes = sae!.Encode(measured.View, request);
        double energy = measured.Energies().Sum();
        double own = measured.Errors(sae.Decoder, codes).Sum() / energy;
        double refit = measured.Errors(sae.Decoder, sae.Dictionary.Refit(measured.View, codes, context: context)).Sum() / energy;
        double best = measured.PursuitErrors(sae.Dictionary, k, PursuitSelection.ErrorReduction, false, context).Sum() / energy;
        double silent = train.SilentShare(sae, context);
        string settings = string.Join(' ', given.Where(pair => pair.Key != "--data").Select(pair => $"{pair.Key[2..]} {pair.Value}"));
        Console.WriteLine(FormattableString.Invariant($"FVU {own:F4} refit {refit:F4} OLS {best:F4} L0 {SparsityMetrics.Measure(codes).L0:F2} silent {100 * silent:F2} % wall {wall:F1} s processor {processor:F1} s ({1e3 * processor / training.Steps:F2} ms a step) | {settings}"));
        return 0;
    }
}

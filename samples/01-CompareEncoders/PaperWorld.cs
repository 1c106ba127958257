using System.Globalization;
using System.Text.Json.Nodes;

namespace SparseCoding.Samples.CompareEncoders;

/// <summary>The world of O'Neill and Klindt 2024, section 4: nothing is known to the encoders but the signals; all is known to the judge.</summary>
internal static class PaperWorld
{
    private const int Sources = 16;
    private const int Measurements = 8;
    private const int Active = 3;
    private const int Samples = 1024;

    // Sparse coding's exp codes are never exactly 0; the paper counts entries above 1e-4.
    private const float ActiveThreshold = 1e-4f;

    /// <summary>Trains and compares the six encoders, then the iterative ones on given dictionaries, then checks the theorem.</summary>
    public static void Run(Arguments arguments, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation)
    {
        var world = SyntheticData.Generate(
            new SyntheticDataOptions { Sources = Sources, Measurements = Measurements, Active = Active, Samples = 2 * Samples, Seed = arguments.Seed },
            cancellation);
        var (train, test) = world.Split(0.5);
        display.Say($"{Sources} sources, {Measurements} measurements, {Active} active; {Samples} signals to learn from, {Samples} to measure on; seed {arguments.Seed}, recipe {arguments.Recipe.ToString().ToLowerInvariant()}{(arguments.Quick ? ", quick" : "")}.");
        var table = new ReportTable(
            $"Measured on {Samples} new signals; MCC by chance in brackets; L0 counts entries above 1e-4; FLOPs exact (<= a bound) and by the paper's formulas",
            "encoder", "dictionary", "latent MCC", "dictionary MCC", "MSE", "L0", "train s", "encode s", "train FLOPs", "(paper)", "encode FLOPs", "(paper)");
        var recipes = new PaperRecipes(arguments);
        var judge = new Judge(test, table, display, report, context, cancellation);
        SaeEncoder? sae = null;
        try
        {
            sae = judge.Learned("SAE", run => recipes.Sae().Fit(train.Signals, run, cancellation));
            
            judge.Score("SAE+ITO", "SAE's", recipes.Ito(sae.Dictionary, Samples, knownDictionary: false));
            judge.Learned("MLP-32", run => recipes.Mlp().Fit(train.Signals, run, cancellation));
            judge.Learned("Sparse coding", run => recipes.SparseCoding(Samples).Fit(train.Signals, run, cancellation));
            judge.Learned("LARS", run => recipes.Lars().Fit(train.Signals, run, cancellation));
            judge.Learned("OMP", run => recipes.Omp().Fit(train.Signals, run, cancellation));
            foreach ((string name, AtomDictionary dictionary) in new[] { ("SAE's", sae.Dictionary), ("true", world.Dictionary) })
            {
                if (name == "true")
                {
                    judge.Score("ITO", name, recipes.Ito(dictionary, Samples, knownDictionary: true));
                }

                judge.Score("LARS", name, new LarsEncoder(dictionary, recipes.LarsOptions with { AtomCount = null, Lambda = 0.0025f }));
                judge.Score("OMP", name, new OmpEncoder(dictionary, recipes.OmpOptions with { AtomCount = null }));
            }
        }
        finally
        {
            // Also when stopped: what was done is shown.
            display.Show(table);
        }

        TheoremReport theorem = AmortisationGap.Check(world.Dictionary, Active, sae);
        display.Say("The theorem on the trained SAE:");
        display.Say(theorem.ToString());
        report.Set("theorem", JsonNode.Parse(theorem.ToJson()));
    }

    private sealed class Judge(SyntheticData test, ReportTable table, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation)
    {
        private static readonly EvaluationOptions Options = new() { ActiveThreshold = ActiveThreshold };

        public TEncoder Learned<TEncoder>(string name, Func<RunContext, TEncoder> fit)
            where TEncoder : IEncoder
        {
            TEncoder encoder = display.Work($"{name}, training", progress => fit(context with { Progress = progress }));
            Score(name, "own", encoder);
            return encoder;
        }

        public void Score(string name, string dictionary, IEncoder encoder)
        {
            EncoderReport found = display.Work(
                $"{name} on {dictionary} dictionary, encoding",
                progress => Evaluation.Evaluate(encoder, test, Options, context with { Progress = progress }, cancellation));
            (MccResult latent, MccResult atoms) = (found.LatentMcc!, found.DictionaryMcc!);
            TrainingRecord? training = dictionary == "own" ? found.Training : null;
            table.Add(
                name,
                dictionary,
                Text($"{latent.Value:0.000} ({latent.Chance:0.00})"),
                dictionary == "true" ? "given" : Text($"{atoms.Value:0.000} ({atoms.Chance:0.00})"),
                Text($"{found.Mse:0.0E0}"),
                Text($"{found.L0:0.00}"),
                training is null ? null : Text($"{training.Elapsed.TotalSeconds:0.0}"),
                Text($"{found.EncodeTime.TotalSeconds:0.00}"),
                training?.Flops.ToString(),
                Published(training?.Flops),
                found.EncodingFlops.ToString(),
                Published(found.EncodingFlops));
            JsonObject row = JsonNode.Parse(found.ToJson())!.AsObject();
            row.Insert(0, "encoder", name);
            row.Insert(1, "dictionary", dictionary);
            report.Add(row);
        }

        private static string? Published(FlopCount? count) => count?.AsPublished is { } value ? ((double)value).ToString("0.00E0", CultureInfo.InvariantCulture) : null;

        private static string Text(FormattableString text) => FormattableString.Invariant(text);
    }
}

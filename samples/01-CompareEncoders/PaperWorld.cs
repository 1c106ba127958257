using System.Diagnostics;
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
        var judge = new Judge(world, test, table, display, report, context, cancellation);
        SaeEncoder? sae = null;
        try
        {
            sae = judge.Learned("SAE", "own", run => recipes.Sae().Fit(train.Signals, run, cancellation), e => e.Training);
            
            // The paper's code starts from log-codes of -10, whatever its text says; the library starts where the SAE ended.
            SparseCodes? start = arguments.Recipe == Recipe.Paper ? null : sae.Encode(test.Signals, new EncodeRequest { Context = context }, cancellation);
            judge.Given("SAE+ITO", "SAE's", recipes.Ito(sae.Dictionary, Samples, knownDictionary: false), start);
            judge.Learned("MLP-32", "own", run => recipes.Mlp().Fit(train.Signals, run, cancellation), e => e.Training);
            judge.Learned("Sparse coding", "own", run => recipes.SparseCoding(Samples).Fit(train.Signals, run, cancellation), e => e.Training);
            judge.Learned("LARS", "own", run => recipes.Lars().Fit(train.Signals, run, cancellation), e => e.Training);
            judge.Learned("OMP", "own", run => recipes.Omp().Fit(train.Signals, run, cancellation), e => e.Training);
            foreach ((string name, AtomDictionary dictionary) in new[] { ("SAE's", sae.Dictionary), ("true", world.Dictionary) })
            {
                if (name == "true")
                {
                    judge.Given("ITO", name, recipes.Ito(dictionary, Samples, knownDictionary: true));
                }

                judge.Given("LARS", name, new LarsEncoder(dictionary, recipes.LarsOptions with { AtomCount = null, Lambda = 0.0025f }));
                judge.Given("OMP", name, new OmpEncoder(dictionary, recipes.OmpOptions with { AtomCount = null }));
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

    private sealed class Judge(SyntheticData world, SyntheticData test, ReportTable table, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation)
    {
        private readonly Matrix _signals = Copy(test);

        public TEncoder Learned<TEncoder>(string name, string dictionary, Func<RunContext, TEncoder> fit, Func<TEncoder, TrainingRecord?> recordOf)
            where TEncoder : IEncoder
        {
            TEncoder encoder = display.Work($"{name}, training", progress => fit(context with { Progress = progress }));
            Score(name, dictionary, encoder, recordOf(encoder));
            return encoder;
        }

        public void Given(string name, string dictionary, IEncoder encoder, SparseCodes? start = null) => Score(name, dictionary, encoder, null, start);

        private void Score(string name, string dictionary, IEncoder encoder, TrainingRecord? training, SparseCodes? start = null)
        {
            var watch = new Stopwatch();
            SparseCodes codes = display.Work($"{name} on {dictionary} dictionary, encoding", progress =>
            {
                watch.Start();
                SparseCodes found = encoder.Encode(test.Signals, new EncodeRequest { Context = context with { Progress = progress }, WarmStart = start }, cancellation);
                watch.Stop();
                return found;
            });
            Scores scores = Scores.Measure(_signals, encoder.Decoder, codes, ActiveThreshold);
            MccResult latent = Mcc.Between(test.Codes, codes, cancellation);
            MccResult atoms = Mcc.Between(world.Dictionary, (IDictionary)encoder.Decoder, cancellation);
            FlopCount inference = encoder.EncodingFlops(test.Codes.RowCount);
            table.Add(
                name,
                dictionary,
                Text($"{latent.Value:0.000} ({latent.Chance:0.00})"),
                dictionary == "true" ? "given" : Text($"{atoms.Value:0.000} ({atoms.Chance:0.00})"),
                Text($"{scores.Mse:0.0E0}"),
                Text($"{scores.L0:0.00}"),
                training is null ? null : Text($"{training.Elapsed.TotalSeconds:0.0}"),
                Text($"{watch.Elapsed.TotalSeconds:0.00}"),
                training?.Flops.ToString(),
                Published(training?.Flops),
                inference.ToString(),
                Published(inference));
            report.Add(new JsonObject
            {
                ["encoder"] = name,
                ["dictionary"] = dictionary,
                ["description"] = encoder.ToString(),
                ["latentMcc"] = Json(latent),
                ["dictionaryMcc"] = Json(atoms),
                ["mse"] = RunReport.Number(scores.Mse),
                ["fvu"] = RunReport.Number(scores.Fvu),
                ["l0"] = RunReport.Number(scores.L0),
                ["deadShare"] = RunReport.Number(scores.DeadShare),
                ["trainSeconds"] = training is null ? null : RunReport.Number(training.Elapsed.TotalSeconds),
                ["encodeSeconds"] = RunReport.Number(watch.Elapsed.TotalSeconds),
                ["trainFlops"] = training is null ? null : RunReport.Flops(training.Flops),
                ["encodeFlops"] = RunReport.Flops(inference),
                ["device"] = training?.Device,
            });
        }

        private static Matrix Copy(SyntheticData part)
        {
            var values = new float[part.Codes.RowCount * part.Dictionary.Dimension];
            ((SignalView)part.Signals).CopyRows(0, part.Codes.RowCount, values);
            return new Matrix(values, part.Dictionary.Dimension);
        }

        private static JsonObject Json(MccResult mcc) => new()
        {
            ["value"] = RunReport.Number(mcc.Value),
            ["chance"] = RunReport.Number(mcc.Chance),
            ["greedy"] = RunReport.Number(mcc.Greedy),
            ["greedyChance"] = RunReport.Number(mcc.GreedyChance),
        };

        private static string? Published(FlopCount? count) => count?.AsPublished is { } value ? ((double)value).ToString("0.00E0", CultureInfo.InvariantCulture) : null;

        private static string Text(FormattableString text) => FormattableString.Invariant(text);
    }
}

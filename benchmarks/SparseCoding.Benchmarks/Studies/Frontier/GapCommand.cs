using System.Globalization;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "sae-gaps": every architecture with its recommended recipe at 16 active atoms on the small language model: silent latents of all training rows, and how much of the error is the
/// encoder's own. Rows go to OUT.jsonl as they finish and those that are there are kept; then OUT.md is written. Measured on the last 200 training contexts, which are
/// then not trained on, or with <c>--final</c> trained on all and measured on the test file.
/// </summary>
internal static class GapCommand
{
    private const double Active = 16;
    private const int Atoms = 1024, Batch = 256, MatchedRows = 6400;
    private const string Usage = "sae-gaps --data FOLDER [--final true] [--steps 4000] [--selections NAME;NAME] [--threads 2] [--rate R] [--beta2 B] [--decay D] [--remedy none|auxk|auxzipf|pre|resampling] [--out docs/results/sae-gaps]";

    private static readonly Dictionary<string, Func<int, double, DeadLatentRemedy>?> s_remedies = new(StringComparer.Ordinal)
    {
        ["none"] = null,
        ["auxk"] = (_, _) => new AuxKRemedy { DeadAfter = 100 },
        ["auxzipf"] = (_, _) => new AuxZipfRemedy { DeadAfter = 100 },
        ["pre"] = (_, _) => new PreActivationRemedy { DeadAfter = 100, Weight = 1e-2f },
        ["resampling"] = (_, _) => new ResamplingRemedy { DeadAfter = 250, Every = 500 },
    };

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        string output = Path.Combine("docs", "results", "sae-gaps"), folder = string.Empty;
        string[] selections = [.. SaeArchitecture.All.Select(a => a.Name)];
        long steps = 4000;
        int threads = 2;
        bool final = false;
        float? rate = null, beta2 = null;
        double? decay = null;
        string? remedy = null;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--data" => Directory.Exists(folder = value),
                "--final" => bool.TryParse(value, out final),
                "--steps" => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out steps) && steps > 0,
                "--selections" => (selections = value.Split(';')).All(s => SaeArchitecture.All.Any(a => a.Name == s)),
                "--threads" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out threads) && threads > 0,
                "--rate" => (rate = float.Parse(value, CultureInfo.InvariantCulture)) > 0,
                "--beta2" => (beta2 = float.Parse(value, CultureInfo.InvariantCulture)) > 0,
                "--decay" => (decay = double.Parse(value, CultureInfo.InvariantCulture)) >= 0,
                "--remedy" => s_remedies.ContainsKey(remedy = value),
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. {Usage}");
                return 2;
            }
        }

        var records = new JsonLines<GapRow>(output + ".jsonl");
        SaeArchitecture[] missing = [.. SaeArchitecture.All.Where(a => selections.Contains(a.Name) && !records.Read().Exists(row => row.Selection == a.Name && row.Final == final))];
        if (missing.Length > 0)
        {
            (SignalMatrix train, SignalMatrix measured) = BrownData.Load(folder, final);
            foreach (SaeArchitecture recommended in missing)
            {
                // What the options name is tried in the place of the recommended setting.
                SaeArchitecture architecture = recommended with
                {
                    Rate = rate ?? recommended.Rate,
                    Beta2 = beta2 ?? recommended.Beta2,
                    Decay = decay ?? recommended.Decay,
                    Remedy = remedy is null ? recommended.Remedy : s_remedies[remedy],
                };
                GapRow row = Measure(architecture, train, measured, steps, final, new RunContext { Threads = threads });
                records.Add(row);
                Console.WriteLine(FormattableString.Invariant($"{DateTime.Now:HH:mm:ss} {row.Selection}: L0 {row.L0:F2} (training rows {row.TrainL0:F2}) silent {100 * row.Silent:F2} % FVU {row.Fvu:F4}; own {row.Own:F4} refit {row.Refit:F4} OMP {row.Omp:F4} OLS {row.Ols:F4}; processor {row.Processor:F1} s"));
            }
        }

        File.WriteAllText(output + ".md", Page([.. records.Read().Where(row => row.Final == final)], final));
        return 0;
    }

    private static GapRow Measure(SaeArchitecture architecture, SignalMatrix train, SignalMatrix measured, long steps, bool final, RunContext context)
    {
        SaeEncoder recipe = architecture.Make(Atoms, train.Dimension, Active, steps, Batch, InputNormalization.MeanNorm, 0), sae = recipe;
        ActivationSource source = ActivationSource.FromView(train.View);
        SaeClock.Time(() => sae = recipe.Fit(source, context), out double processor);
        var request = new EncodeRequest { Context = context };
        double fvu = measured.Errors(sae.Decoder, sae.Encode(measured.View, request)).Sum() / measured.Energies().Sum();
        SignalMatrix some = BrownData.SomeContexts(measured, MatchedRows);
        SparseCodes codes = sae.Encode(some.View, request);
        SparsityMetrics sparsity = SparsityMetrics.Measure(codes);
        double active = Math.Min(sparsity.L0, train.Dimension - 1);
        double[] energies = some.Energies(), own = some.Errors(sae.Decoder, codes), refit = some.Errors(sae.Decoder, sae.Dictionary.Refit(some.View, codes, context: context));
        double[] omp = some.PursuitErrors(sae.Dictionary, active, PursuitSelection.Correlation, false, context), ols = some.PursuitErrors(sae.Dictionary, active, PursuitSelection.ErrorReduction, false, context);
        double[]? nonNegative = architecture.IsSigned ? null : some.PursuitErrors(sae.Dictionary, active, PursuitSelection.Correlation, true, context);
        double energy = energies.Sum();
        var bootstrap = new ContextBootstrap(energies);
        (double[] difference, double[] share) = bootstrap.Between(own, ols);
        return new GapRow
        {
            Selection = architecture.Name,
            Final = final,
            Steps = recipe.TrainingOptions!.Steps,
            L0 = sparsity.L0,
            TrainL0 = SparsityMetrics.Measure(sae.Encode(SignalView.FromRows(train.Values.AsSpan(0, 16384 * train.Dimension), train.Dimension), request)).L0,
            Silent = train.SilentShare(sae, context),
            Fvu = fvu,
            Own = own.Sum() / energy,
            Refit = refit.Sum() / energy,
            NonNegativeOmp = nonNegative?.Sum() / energy,
            Omp = omp.Sum() / energy,
            Ols = ols.Sum() / energy,
            Intervals = [bootstrap.Between(own, refit).Difference, bootstrap.Between(own, omp).Difference, difference, share],
            Processor = Math.Round(processor, 1),
        };
    }

    private static string Page(GapRow[] rows, bool final)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # The amortisation gap of every architecture

            Written by `{Usage}`; {rows.Length} of {SaeArchitecture.All.Count} architectures are there. Residual stream of a small language model, d 128, 1024 latents, about 16 active, each trained by [its recipe](../how-to/train-an-sae.md), seed 0. {(final
                ? "All 166 400 training rows were learned from; the test file is measured on."
                : "The last 200 training contexts (12 800 rows) were not learned from and are measured on.")}

            "FVU" is of all measured rows. The other columns are of {MatchedRows} of them or somewhat more, in whole contexts of 64: the encoder's own codes, the same atoms with values of least squares ("refit"), and greedy pursuits on the encoder's own
            dictionary with as many active atoms: OMP with z ≥ 0 (where the encoder is held to that), OMP and OLS with signs. "Gap" is own less OLS, "share" the part of the own error that this is; intervals (95 %) resample contexts, paired.
            "Silent" latents are active in no training row. Gradient-aware TopK is missing: its training needs the gradient of the model's loss at each row, which these data do not have. "s" is processor time of the training.

            | architecture | L0 | silent | FVU | own | refit | OMP z ≥ 0 | OMP | OLS | own − refit | own − OMP | gap (own − OLS) | share | steps | s |
            |---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|

            """);
        foreach (GapRow row in rows.OrderBy(row => SaeArchitecture.All.ToList().FindIndex(a => a.Name == row.Selection)))
        {
            string Between(double value, int i) => FormattableString.Invariant($"{value:F4} [{row.Intervals[i][0]:F4}, {row.Intervals[i][1]:F4}]");
            string share = FormattableString.Invariant($"{100 * (1 - (row.Ols / row.Own)):F1} % [{100 * row.Intervals[3][0]:F1}, {100 * row.Intervals[3][1]:F1}]");
            string omp = row.NonNegativeOmp is { } value ? FormattableString.Invariant($"{value:F4}") : "";
            text.Append(CultureInfo.InvariantCulture, $"| {row.Selection} | {row.L0:F2} | {100 * row.Silent:F2} % | {row.Fvu:F4} | {row.Own:F4} | {row.Refit:F4} | {omp} | {row.Omp:F4} | {row.Ols:F4} | {Between(row.Own - row.Refit, 0)} | {Between(row.Own - row.Omp, 1)} | {Between(row.Own - row.Ols, 2)} | {share} | {row.Steps} | {row.Processor:F0} |\n");
        }

        return text.ToString();
    }
}

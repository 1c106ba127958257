using System.Diagnostics;
using System.Text.Json.Nodes;

namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Encoders on real activations, scored alike: what --data and --sae share.</summary>
internal sealed class Comparison(Matrix test, Arguments arguments, IDisplay display, RunReport report, RunContext context, CancellationToken cancellation)
{
    private readonly ReportTable _table = new(
        $"Measured on {test.RowCount} rows", "encoder", "dictionary", "L0", "FVU", "MSE", "dead", "negative", "train s", "encode s");

    private readonly JsonArray _gaps = [];
    private bool _shown;

    /// <summary>Encodes with an encoder as it is, and scores the codes.</summary>
    public (Scores Scores, SparseCodes Codes) Score(string name, string dictionary, IEncoder encoder, TrainingRecord? training = null)
    {
        var watch = new Stopwatch();
        SparseCodes codes = display.Work($"{name}, encoding", progress => Timed(watch, () => encoder.Encode(test.View, new EncodeRequest { Context = context with { Progress = progress } }, cancellation)));
        return (Add(name, dictionary, encoder.Decoder, codes, watch, training, encoder.ToString()), codes);
    }

    /// <summary>Iterative codes on the SAE's own dictionary at its L0, and how far its own codes are from them.</summary>
    public void Gap((Scores Scores, SparseCodes Codes) sae, AtomDictionary dictionary)
    {
        Scores own = sae.Scores;
        var matched = new MatchedSparsity(test, own.L0, cancellation);
        bool nonNegative = own.IsNonNegative;
        string sign = nonNegative ? "z >= 0" : "signed";
        var table = new ReportTable(
            $"Amortisation gap of the SAE: its FVU {own.Fvu:0.0000} less that of other codes on its own dictionary at its L0 ({own.L0:0.##}); 95 % intervals, bootstrap over {(arguments.Block == 1 ? "rows" : $"blocks of {arguments.Block} rows")}, paired",
            "codes", "L0", "FVU", "gap", "95 %", "share of its error", "95 %");
        try
        {
            Row("SAE's atoms, refitted", Made("SAE's atoms, refitted", run => matched.Refitted(sae.Codes, dictionary, run), "least squares on the SAE's support").Scores);
            Budgeted($"OMP ({sign})", k => new OmpEncoder(dictionary, new OmpOptions { MaxActive = k, NonNegative = nonNegative }));
            if (nonNegative)
            {
                Budgeted("OMP (signed)", k => new OmpEncoder(dictionary, new OmpOptions { MaxActive = k }));
            }

            Budgeted("OLS (signed)", k => new OmpEncoder(dictionary, new OmpOptions { MaxActive = k, Selection = PursuitSelection.ErrorReduction }));
            Budgeted($"Gradient pursuit ({sign})", k => new ItoEncoder(dictionary, new ItoOptions { Method = ItoMethod.GradientPursuit, MaxActive = k, NonNegative = nonNegative }));
            LassoEncoder? encoder = null;
            string lasso = $"Lasso ({sign})";
            (Scores scores, SparseCodes codes) = Made($"{lasso}", run =>
            {
                (SparseCodes found, encoder) = matched.Lasso(dictionary, nonNegative, run);
                return found;
            });
            Row(lasso, scores);
            Row("Lasso's atoms, refitted", Made("Lasso's atoms, refitted", run => matched.Refitted(codes, dictionary, run), $"least squares on the support of {encoder}").Scores);
        }
        finally
        {
            if (table.Rows.Count > 0)
            {
                Show();
                display.Show(table);
                report.Set("gaps", _gaps);
            }
        }

        void Budgeted(string name, Func<int, IEncoder> withBudget) =>
            Row(name, Made(name, run => matched.Budgeted(withBudget, run), withBudget((int)Math.Max(1, Math.Ceiling(own.L0))).ToString()).Scores);

        (Scores Scores, SparseCodes Codes) Made(string name, Func<RunContext, SparseCodes> encode, string? description = null)
        {
            var watch = new Stopwatch();
            SparseCodes made = display.Work($"{name}, encoding", progress => Timed(watch, () => encode(context with { Progress = progress })));
            return (Add(name, "SAE's", dictionary, made, watch, null, description), made);
        }

        void Row(string name, Scores other)
        {
            GapInterval gap = GapInterval.Between(own, other, arguments.Block, arguments.Seed);
            table.Add(
                name,
                Text($"{other.L0:0.00}"),
                Text($"{other.Fvu:0.0000}"),
                Text($"{gap.Difference:0.0000}"),
                Text($"[{gap.DifferenceLow:0.0000}, {gap.DifferenceHigh:0.0000}]"),
                Text($"{100 * gap.Relative:0.0} %"),
                Text($"[{100 * gap.RelativeLow:0.0}, {100 * gap.RelativeHigh:0.0}]"));
            _gaps.Add(new JsonObject
            {
                ["codes"] = name,
                ["difference"] = RunReport.Number(gap.Difference),
                ["differenceLow"] = RunReport.Number(gap.DifferenceLow),
                ["differenceHigh"] = RunReport.Number(gap.DifferenceHigh),
                ["relative"] = RunReport.Number(gap.Relative),
                ["relativeLow"] = RunReport.Number(gap.RelativeLow),
                ["relativeHigh"] = RunReport.Number(gap.RelativeHigh),
                ["block"] = arguments.Block,
                ["confidence"] = 0.95,
            });
        }
    }

    /// <summary>Prints all encoders that were scored, once; nothing where there are none.</summary>
    public void Show()
    {
        if (!_shown && _table.Rows.Count > 0)
        {
            _shown = true;
            display.Show(_table);
        }
    }

    private Scores Add(string name, string dictionary, IDecoder decoder, SparseCodes codes, Stopwatch watch, TrainingRecord? training, string? description)
    {
        Scores scores = Scores.Measure(test, decoder, codes);
        _table.Add(
            name,
            dictionary,
            Text($"{scores.L0:0.00}"),
            Text($"{scores.Fvu:0.0000}"),
            Text($"{scores.Mse:0.00E0}"),
            Text($"{100 * scores.DeadShare:0.0} %"),
            scores.IsNonNegative ? "no" : "yes",
            training is null ? null : Text($"{training.Elapsed.TotalSeconds:0.0}"),
            Text($"{watch.Elapsed.TotalSeconds:0.00}"));
        report.Add(new JsonObject
        {
            ["encoder"] = name,
            ["dictionary"] = dictionary,
            ["description"] = description,
            ["l0"] = RunReport.Number(scores.L0),
            ["fvu"] = RunReport.Number(scores.Fvu),
            ["mse"] = RunReport.Number(scores.Mse),
            ["deadShare"] = RunReport.Number(scores.DeadShare),
            ["nonNegative"] = scores.IsNonNegative,
            ["trainSeconds"] = training is null ? null : RunReport.Number(training.Elapsed.TotalSeconds),
            ["encodeSeconds"] = RunReport.Number(watch.Elapsed.TotalSeconds),
            ["trainFlops"] = training is null ? null : RunReport.Flops(training.Flops),
            ["device"] = training?.Device,
        });
        return scores;
    }

    private static SparseCodes Timed(Stopwatch watch, Func<SparseCodes> encode)
    {
        watch.Start();
        SparseCodes codes = encode();
        watch.Stop();
        return codes;
    }

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}

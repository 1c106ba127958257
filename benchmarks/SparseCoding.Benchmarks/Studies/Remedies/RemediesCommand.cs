using System.Globalization;
using System.Numerics.Tensors;
using System.Text;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "sae-remedies [--data FOLDER] [--steps 1000] [--batch 512] [--seeds 1] [--threads 1] [--setting TEXT] [--out docs/results/dead-latents]": every remedy against dead latents alone, on a
/// world of sources that Zipf's law draws and, where a folder with train_activations.npy and test_activations.npy is given, on those. Writes a page
/// and a chart for each setting.
/// </summary>
internal static class RemediesCommand
{
    private const float Rate = 0.003f;
    private const string Usage = "sae-remedies [--data FOLDER] [--steps 1000] [--batch 512] [--seeds 1] [--threads 1] [--setting TEXT] [--out docs/results/dead-latents]";

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] arguments)
    {
        int steps = 1000, batch = 512, threads = 1, seeds = 1;
        string output = Path.Combine("docs", "results", "dead-latents");
        string? data = null;
        string wanted = string.Empty;
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : string.Empty;
            bool known = arguments[i] switch
            {
                "--setting" => (wanted = value).Length > 0,
                "--data" => (data = value).Length > 0,
                "--steps" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out steps) && steps > 0,
                "--batch" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out batch) && batch > 0,
                "--seeds" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out seeds) && seeds > 0,
                "--threads" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out threads) && threads > 0,
                "--out" => (output = value).Length > 0,
                _ => false,
            };
            if (!known)
            {
                Console.Error.WriteLine($"'{arguments[i]} {value}' is not understood. {Usage}");
                return 2;
            }
        }

        var context = new RunContext { Threads = threads };
        var results = new List<(RemedySetting Setting, List<RemedyResult> Rows)>();
        foreach (RemedySetting setting in Settings(data, new TrainingOptions { Steps = steps, BatchSize = batch, LearningRate = new Schedule { Value = Rate, WarmupSteps = 20, DecayShare = 0.2 } }))
        {
            if (!setting.Name.Contains(wanted, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            Console.WriteLine(setting.Name);
            var rows = new List<RemedyResult>();
            foreach (RemedyCase one in RemedyCase.All(setting.Options.Selection, setting.Training.OffsetStart, steps))
            {
                RemedyResult[] all = [.. Enumerable.Range(0, seeds).Select(seed => setting.Measure(one, seed, context))];
                rows.Add(new RemedyResult(one.Name, all.Average(r => r.Dead), all.Average(r => r.Fvu), all.Average(r => r.L0), all.Average(r => r.Seconds)));
                Console.WriteLine(Line(rows[^1]));
            }

            // After every setting, so that a run that is stopped leaves what it has.
            results.Add((setting, rows));
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(output))!);
            File.WriteAllText(output + ".md", Page(results, output, $"{steps} steps of {batch} rows, learning rate {Rate} (three times the default: so that something dies in so short a run), warmed up over 20 steps and falling over the last fifth, {(seeds == 1 ? "seed 0" : $"means of seeds 0 to {seeds - 1}")}, {threads} {(threads == 1 ? "thread" : "threads")}"));
        }

        return 0;
    }

    private static IEnumerable<RemedySetting> Settings(string? data, TrainingOptions training)
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 256, Measurements = 32, Active = 4, Samples = 10_240, ZipfExponent = 1, Offset = 3, Seed = 7 });
        (SyntheticData train, SyntheticData test) = world.Split(0.8);
        TrainingOptions uncentred = training with { OffsetStart = OffsetStart.Zero };
        const string Zipf = "256 sources in 32 dimensions, 4 active, drawn by Zipf's law (exponent 1), signals with an offset; 8192 rows to learn from, 2048 others to measure on; 512 atoms";
        var top = new SaeOptions { AtomCount = 512, Selection = Selection.TopK(4) };
        yield return new("Zipf world, TopK 4", Zipf, top, training, train.Signals, test.Signals);
        yield return new("Zipf world, TopK 4, bias from 0", Zipf + "; the plain encoder is not centred", top, uncentred, train.Signals, test.Signals);
        yield return new("Zipf world, ReLU and L1, bias from 0", Zipf + "; λ 0.1; the plain encoder is not centred", new SaeOptions { AtomCount = 512 }, uncentred with { Lambda = 0.1f }, train.Signals, test.Signals);
        if (data is null)
        {
            yield break;
        }

        Tensor<float> rows = Load(Path.Combine(data, "train_activations.npy"), 1 << 20), other = Load(Path.Combine(data, "test_activations.npy"), 8192);
        string text = FormattableString.Invariant($"residual stream of a small language model, d {rows.Lengths[1]}; {rows.Lengths[0]} rows to learn from, {other.Lengths[0]} others to measure on; 1024 atoms; signals scaled to norm √d");
        yield return new("Language model, TopK 16", text, new SaeOptions { AtomCount = 1024, Selection = Selection.TopK(16), Normalization = InputNormalization.MeanNorm }, training, rows, other);
        yield return new("Language model, ReLU and L1", text + "; λ 1", new SaeOptions { AtomCount = 1024, Normalization = InputNormalization.MeanNorm }, training with { Lambda = 1 }, rows, other);
    }

    private static Tensor<float> Load(string path, int rows)
    {
        ActivationSource source = ActivationFiles.Open(path);
        var batch = new SignalBatch((int)Math.Min(rows, source.RowCount), source.Dimension);
        source.Read(batch);
        return Tensor.Create(batch.Signals.ToArray(), [batch.Count, source.Dimension]);
    }

    private static string Page(List<(RemedySetting Setting, List<RemedyResult> Rows)> results, string output, string run)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Remedies against dead latents, each alone

            Written by `benchmarks -- {Usage}`: {run}.
            "Dead" is the share of latents that fire on no training row after the training; FVU and L0 are of rows that were not trained on. Seconds are of the training on a
            machine that does other work too. A remedy's window is a tenth of the run, resampling comes every fifth of it. The plain encoder starts tied and at the mean.
            What to take when: [how to](../how-to/dead-latents.md).


            """);
        foreach ((RemedySetting setting, List<RemedyResult> rows) in results)
        {
            string chart = $"{Path.GetFileName(output)}-{new string([.. setting.Name.Where(char.IsLetterOrDigit)]).ToLowerInvariant()}.svg";
            var plot = new XyChart(setting.Name, "dead latents, %", "FVU");
            text.Append(CultureInfo.InvariantCulture, $"## {setting.Name}\n{setting.Text}.\n\n| remedy | dead | FVU | L0 | s |\n|---|---|---|---|---|\n");
            foreach (RemedyResult row in rows)
            {
                text.Append(Line(row)).Append('\n');
                plot.Add(row.Name, [100 * row.Dead], [row.Fvu], SeriesStyle.Points);
            }

            plot.Save(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!, chart), 900, 520);
            text.Append(CultureInfo.InvariantCulture, $"\n![{setting.Name}: FVU against the share of dead latents]({chart})\n\n");
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static string Line(RemedyResult row) =>
        string.Create(CultureInfo.InvariantCulture, $"| {row.Name} | {100 * row.Dead:F1} % | {row.Fvu:F4} | {row.L0:F1} | {row.Seconds:F0} |");
}

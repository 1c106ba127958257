using System.Globalization;
using System.Text.Json;
using SparseCoding.Evaluations;

namespace SparseCoding;

/// <summary>Everything measured of one encoder on one set of signals. What needs ground truth is null without it. Prints as a table.</summary>
public sealed record EncoderReport
{
    /// <summary>Name in tables: the encoder's own text, or the name it was given in a comparison.</summary>
    public required string Name { get; init; }

    /// <summary>Number of signals.</summary>
    public required long Samples { get; init; }

    /// <summary>Number of atoms.</summary>
    public required int AtomCount { get; init; }

    /// <summary>Dimension of the signals.</summary>
    public required int Dimension { get; init; }

    /// <summary>Errors of the reconstruction: MSE, NMSE, FVU, cosine, norm ratio, relative bias.</summary>
    public required ReconstructionMetrics Reconstruction { get; init; }

    /// <summary>The same for each view of a crosscoder, in the order of its columns; empty for any other encoder.</summary>
    public IReadOnlyList<ReconstructionMetrics> Views { get; init; } = [];

    /// <summary>L0, L1, dead and dense atoms.</summary>
    public required SparsityMetrics Sparsity { get; init; }

    /// <summary>Latent MCC; null without true codes.</summary>
    public MccResult? LatentMcc { get; init; }

    /// <summary>Index-aligned MCC, for encoders trained on known codes; null without true codes of the same width.</summary>
    public double? AlignedMcc { get; init; }

    /// <summary>Supports against the true ones; null without true codes.</summary>
    public SupportMetrics? Support { get; init; }

    /// <summary>Found codes against true ones; null without true codes.</summary>
    public ShrinkageMetrics? Shrinkage { get; init; }

    /// <summary>Dictionary MCC; null without a true dictionary, or for a decoder without atoms.</summary>
    public MccResult? DictionaryMcc { get; init; }

    /// <summary>Dictionary recovery by cosine; null without a true dictionary, or for a decoder without atoms.</summary>
    public DictionaryRecovery? Recovery { get; init; }

    /// <summary>Wall-clock time of encoding all signals.</summary>
    public required TimeSpan EncodeTime { get; init; }

    /// <summary>Signals encoded in a second; infinite where the clock saw no time pass.</summary>
    public double SignalsPerSecond => EncodeTime > TimeSpan.Zero ? Samples / EncodeTime.TotalSeconds : double.PositiveInfinity;

    /// <summary>Floating-point operations of encoding all signals: exact or a bound, and as published where the paper has a formula.</summary>
    public required FlopCount EncodingFlops { get; init; }

    /// <summary>What training did; null where nothing was trained, or where it is unknown.</summary>
    public TrainingRecord? Training { get; init; }

    /// <summary>How many signals stopped for each reason; empty unless asked for.</summary>
    public IReadOnlyDictionary<StopReason, long> StopReasons { get; init; } = new Dictionary<StopReason, long>();

    /// <summary>Mean squared error for each entry.</summary>
    public double Mse => Reconstruction.Mse;

    /// <summary>Normalised squared error.</summary>
    public double Nmse => Reconstruction.Nmse;

    /// <summary>Fraction of variance unexplained.</summary>
    public double Fvu => Reconstruction.Fvu;

    /// <summary>Mean number of active atoms.</summary>
    public double L0 => Sparsity.L0;

    /// <summary>Mean ‖z‖₁.</summary>
    public double L1 => Sparsity.L1;

    internal bool ShowChance { get; init; }

    /// <summary>The report as a table of one figure a line.</summary>
    public ReportTable ToTable()
    {
        var table = new ReportTable(string.Create(CultureInfo.InvariantCulture, $"{Name} on {Samples} signals of dimension {Dimension}"), "figure", "value", "by chance");
        if (LatentMcc is { } latent)
        {
            table.Add("latent MCC", latent.Value, ShowChance ? latent.Chance : null);
            table.Add("latent MCC, greedy", latent.Greedy, ShowChance ? latent.GreedyChance : null);
            table.Add("index-aligned MCC", AlignedMcc, null);
        }

        if (DictionaryMcc is { } atoms)
        {
            table.Add("dictionary MCC", atoms.Value, ShowChance ? atoms.Chance : null);
            table.Add("dictionary MCC, greedy", atoms.Greedy, ShowChance ? atoms.GreedyChance : null);
            table.Add("mean matched |cos|", Recovery!.MeanCosine, null);
            table.Add("atoms with |cos| > .95", Recovery.ShareAbove95, null);
            table.Add("uniqueness", Recovery.Uniqueness, null);
            table.Add("duplicates", Recovery.Duplicates, null);
        }

        if (Support is { } support)
        {
            table.Add("support precision", support.Precision, null);
            table.Add("support recall", support.Recall, null);
            table.Add("mean F1 of latents", support.MeanLatentF1, null);
            table.Add("slope on true codes", Shrinkage!.Slope, null);
        }

        AddCommon(table);
        return table;
    }

    /// <summary>The report as text, one figure a line; a figure that is not defined is "-".</summary>
    public override string ToString() => ToTable().ToString();

    /// <summary>The report as a JSON object; a number that is not defined (NaN, infinite) is null.</summary>
    public string ToJson() => ReportJson.Text(WriteTo);

    /// <summary>Writes the report as a JSON file, whole or not at all.</summary>
    /// <param name="path">File to write; its folder must exist.</param>
    public void WriteJson(string path) => ReportJson.WriteFile(path, WriteTo);

    internal void WriteTo(Utf8JsonWriter writer) => ReportJson.Write(writer, this);

    private void AddCommon(ReportTable table)
    {
        table.Add("MSE", Mse, null);
        table.Add("NMSE", Nmse, null);
        table.Add("FVU", Fvu, null);
        for (int view = 0; view < Views.Count; view++)
        {
            table.Add(string.Create(CultureInfo.InvariantCulture, $"FVU of view {view}"), Views[view].Fvu, null);
        }

        table.Add("cosine", Reconstruction.Cosine, null);
        table.Add("norm ratio", Reconstruction.NormRatio, null);
        table.Add("relative bias", Reconstruction.RelativeBias, null);
        table.Add("L0", L0, null);
        table.Add("L1", L1, null);
        table.Add("dead atoms", $"{Sparsity.Dead} of {AtomCount}", null);
        table.Add("dense atoms", Sparsity.Dense, null);
        table.Add("encode seconds", EncodeTime.TotalSeconds, null);
        table.Add("signals per second", SignalsPerSecond, null);
        table.Add("encode FLOPs", EncodingFlops, null);
        if (EncodingFlops.AsPublished is { } published)
        {
            table.Add("encode FLOPs as published", (double)published, null);
        }

        if (Training is { } training)
        {
            table.Add("training steps", training.Steps, null);
            table.Add("training loss", training.FinalLoss, null);
            table.Add("training seconds", training.Elapsed.TotalSeconds, null);
            table.Add("training FLOPs", training.Flops, null);
        }

        foreach ((StopReason reason, long count) in StopReasons.OrderBy(entry => entry.Key))
        {
            table.Add($"stopped: {reason}", count, null);
        }
    }
}

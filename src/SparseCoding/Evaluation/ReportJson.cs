using System.Text;
using System.Text.Json;
using SparseCoding.Formats;

namespace SparseCoding.Evaluations;

/// <summary>Reports as JSON, written member by member (no reflection, fit for trimming). Doubles that JSON cannot hold become null; 128-bit counts are exact integers.</summary>
internal static class ReportJson
{
    /// <summary>The text that an action writes, indented.</summary>
    public static string Text(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        WriteStream(stream, write);
        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Writes a file atomically.</summary>
    public static void WriteFile(string path, Action<Utf8JsonWriter> write) => AtomicFile.Write(path, stream => WriteStream(stream, write));

    /// <summary>Writes one report as an object.</summary>
    public static void Write(Utf8JsonWriter writer, EncoderReport report)
    {
        writer.WriteStartObject();
        writer.WriteString("name", report.Name);
        writer.WriteNumber("samples", report.Samples);
        writer.WriteNumber("atoms", report.AtomCount);
        writer.WriteNumber("dimension", report.Dimension);
        Mcc(writer, "latentMcc", report.LatentMcc, report.ShowChance);
        Number(writer, "alignedMcc", report.AlignedMcc);
        Mcc(writer, "dictionaryMcc", report.DictionaryMcc, report.ShowChance);
        Recovery(writer, report.Recovery);
        Support(writer, report.Support);
        Number(writer, "shrinkageSlope", report.Shrinkage?.Slope);
        Reconstruction(writer, report.Reconstruction);
        if (report.Views.Count > 0)
        {
            writer.WriteStartArray("views");
            foreach (ReconstructionMetrics view in report.Views)
            {
                writer.WriteStartObject();
                Reconstruction(writer, view);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        Sparsity(writer, report.Sparsity);
        writer.WriteStartObject("encoding");
        Number(writer, "seconds", report.EncodeTime.TotalSeconds);
        Number(writer, "signalsPerSecond", report.SignalsPerSecond);
        Flops(writer, report.EncodingFlops);
        writer.WriteEndObject();
        Training(writer, report.Training);
        writer.WriteStartObject("stopReasons");
        foreach ((StopReason reason, long count) in report.StopReasons.OrderBy(entry => entry.Key))
        {
            writer.WriteNumber(reason.ToString(), count);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    /// <summary>A number, or null where JSON has none for it.</summary>
    public static void Number(Utf8JsonWriter writer, string name, double? value)
    {
        if (value is { } number && double.IsFinite(number))
        {
            writer.WriteNumber(name, number);
        }
        else
        {
            writer.WriteNull(name);
        }
    }

    private static void WriteStream(Stream stream, Action<Utf8JsonWriter> write)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        write(writer);
    }

    private static void Mcc(Utf8JsonWriter writer, string name, MccResult? result, bool chance)
    {
        if (result is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        Number(writer, "value", result.Value);
        Number(writer, "greedy", result.Greedy);
        Number(writer, "chance", chance ? result.Chance : null);
        Number(writer, "greedyChance", chance ? result.GreedyChance : null);
        writer.WriteStartArray("matching");
        foreach (MatchedPair pair in result.Matching)
        {
            writer.WriteStartObject();
            writer.WriteNumber("truth", pair.Truth);
            writer.WriteNumber("found", pair.Found);
            Number(writer, "similarity", pair.Similarity);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Recovery(Utf8JsonWriter writer, DictionaryRecovery? recovery)
    {
        if (recovery is null)
        {
            writer.WriteNull("recovery");
            return;
        }

        writer.WriteStartObject("recovery");
        Number(writer, "meanCosine", recovery.MeanCosine);
        Number(writer, "meanMaxCosine", recovery.MeanMaxCosine);
        Number(writer, "shareAbove90", recovery.ShareAbove90);
        Number(writer, "shareAbove95", recovery.ShareAbove95);
        Number(writer, "shareAbove99", recovery.ShareAbove99);
        Number(writer, "uniqueness", recovery.Uniqueness);
        writer.WriteNumber("duplicates", recovery.Duplicates);
        writer.WriteEndObject();
    }

    private static void Support(Utf8JsonWriter writer, SupportMetrics? support)
    {
        if (support is null)
        {
            writer.WriteNull("support");
            return;
        }

        writer.WriteStartObject("support");
        Number(writer, "precision", support.Precision);
        Number(writer, "recall", support.Recall);
        Number(writer, "f1", support.F1);
        Number(writer, "exactShare", support.ExactShare);
        Number(writer, "meanLatentPrecision", support.MeanLatentPrecision);
        Number(writer, "meanLatentRecall", support.MeanLatentRecall);
        Number(writer, "meanLatentF1", support.MeanLatentF1);
        writer.WriteEndObject();
    }

    private static void Reconstruction(Utf8JsonWriter writer, ReconstructionMetrics metrics)
    {
        writer.WriteStartObject("reconstruction");
        Number(writer, "mse", metrics.Mse);
        Number(writer, "nmse", metrics.Nmse);
        Number(writer, "fvu", metrics.Fvu);
        Number(writer, "cosine", metrics.Cosine);
        Number(writer, "normRatio", metrics.NormRatio);
        Number(writer, "relativeBias", metrics.RelativeBias);
        writer.WriteEndObject();
    }

    private static void Sparsity(Utf8JsonWriter writer, SparsityMetrics metrics)
    {
        writer.WriteStartObject("sparsity");
        Number(writer, "l0", metrics.L0);
        Number(writer, "l1", metrics.L1);
        Number(writer, "threshold", metrics.Threshold);
        writer.WriteNumber("dead", metrics.Dead);
        writer.WriteNumber("dense", metrics.Dense);
        Number(writer, "denseLimit", metrics.DenseLimit);
        writer.WriteEndObject();
    }

    private static void Training(Utf8JsonWriter writer, TrainingRecord? training)
    {
        if (training is null)
        {
            writer.WriteNull("training");
            return;
        }

        writer.WriteStartObject("training");
        writer.WriteNumber("steps", training.Steps);
        writer.WriteNumber("rows", training.Rows);
        Number(writer, "finalLoss", training.FinalLoss);
        Number(writer, "seconds", training.Elapsed.TotalSeconds);
        writer.WriteString("device", training.Device);
        writer.WriteBoolean("completed", training.Completed);
        Flops(writer, training.Flops);
        writer.WriteEndObject();
    }

    private static void Flops(Utf8JsonWriter writer, FlopCount flops)
    {
        writer.WritePropertyName("flops");
        writer.WriteRawValue(flops.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
        writer.WriteBoolean("flopsAreBound", flops.IsBound);
        writer.WritePropertyName("flopsAsPublished");
        writer.WriteRawValue(flops.AsPublished?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null");
    }
}

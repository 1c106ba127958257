using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SparseCoding;

/// <summary>
/// The theorem on the amortisation gap (O'Neill and Klindt 2024, theorem 1) on one dictionary and, where given, one encoder: which
/// hypotheses hold, what follows, and what was measured. Prints as a table; <see cref="ToJson"/> for machines.
/// </summary>
public sealed class TheoremReport
{
    internal TheoremReport(int atomCount, int dimension, int active, bool applies, string verdict, IReadOnlyList<TheoremItem> items)
    {
        AtomCount = atomCount;
        Dimension = dimension;
        Active = active;
        Applies = applies;
        Verdict = verdict;
        Items = items;
    }

    /// <summary>N.</summary>
    public int AtomCount { get; }

    /// <summary>M.</summary>
    public int Dimension { get; }

    /// <summary>K.</summary>
    public int Active { get; }

    /// <summary>Whether 1 &lt; K, M &lt; N and the encoder (where given) is affine + ReLU: then no such encoder is exact.</summary>
    public bool Applies { get; }

    /// <summary>One sentence: what follows, or why nothing does.</summary>
    public string Verdict { get; }

    /// <summary>All lines, in the order hypotheses, recovery, guides, conclusions, measurements.</summary>
    public IReadOnlyList<TheoremItem> Items { get; }

    /// <summary>A source that the encoder gets wrong, codes compared as they are; null where the theorem does not apply or no encoder was given.</summary>
    public TheoremCounterexample? Counterexample { get; internal init; }

    /// <summary>The same after the assignment of latents to atoms that was found within the budget (its line says if none was searched for), with factors fitted by least squares.</summary>
    public TheoremCounterexample? AlignedCounterexample { get; internal init; }

    /// <summary>The measured gap; null without an encoder.</summary>
    public AmortisationGapEstimate? Gap { get; internal init; }

    /// <summary>Verdict and table.</summary>
    public override string ToString()
    {
        var table = new ReportTable($"Amortisation gap: N = {AtomCount}, M = {Dimension}, K = {Active}", "item", "kind", "status", "value");
        var lines = new StringBuilder();
        foreach (TheoremItem item in Items)
        {
            string value = double.IsPositiveInfinity(item.Value) ? "infinite" : double.IsNaN(item.Value) ? "-" : item.Value.ToString("G5", CultureInfo.InvariantCulture);
            table.Add(item.Name, item.Kind.ToString(), item.Status.ToString(), value);
            lines.Append(CultureInfo.InvariantCulture, $"- {item.Name}: {item.Explanation}\n");
        }

        return $"{Verdict}\n{table}\n{lines}".ReplaceLineEndings("\n").TrimEnd();
    }

    /// <summary>The report as JSON; numbers that JSON cannot hold are the strings "NaN" and "Infinity".</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("atoms", AtomCount);
            writer.WriteNumber("dimension", Dimension);
            writer.WriteNumber("active", Active);
            writer.WriteBoolean("applies", Applies);
            writer.WriteString("verdict", Verdict);
            writer.WriteStartArray("items");
            foreach (TheoremItem item in Items)
            {
                writer.WriteStartObject();
                writer.WriteString("kind", item.Kind.ToString());
                writer.WriteString("name", item.Name);
                writer.WriteString("status", item.Status.ToString());
                Number(writer, "value", item.Value);
                writer.WriteString("explanation", item.Explanation);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            Write(writer, "counterexample", Counterexample);
            Write(writer, "alignedCounterexample", AlignedCounterexample);
            Write(writer, Gap);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter writer, string name, TheoremCounterexample? example)
    {
        if (example is null)
        {
            writer.WriteNull(name);
            return;
        }

        writer.WriteStartObject(name);
        writer.WriteString("step", example.Step.ToString());
        writer.WriteBoolean("verified", example.IsVerified);
        Number(writer, "error", example.Error);
        Number(writer, "relativeError", example.RelativeError);
        Number(writer, "roundOff", example.RoundOff);
        Numbers(writer, "witness", example.Witness.Select(i => (double)i));
        Numbers(writer, "source", example.Source.Select(v => (double)v));
        Numbers(writer, "answer", example.Answer.Select(v => (double)v));
        writer.WriteString("explanation", example.Explanation);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, AmortisationGapEstimate? gap)
    {
        if (gap is null)
        {
            writer.WriteNull("gap");
            return;
        }

        writer.WriteStartObject("gap");
        Number(writer, "mean", gap.Mean);
        Number(writer, "low", gap.Low);
        Number(writer, "high", gap.High);
        Number(writer, "confidence", gap.Confidence);
        writer.WriteNumber("samples", gap.Samples);
        writer.WriteString("optimum", gap.Optimum.ToString());
        Number(writer, "encoderError", gap.EncoderError);
        Number(writer, "optimalError", gap.OptimalError);
        Number(writer, "encoderActive", gap.EncoderActive);
        Number(writer, "codeError", gap.CodeError);
        Number(writer, "lassoGap", gap.LassoGap);
        Number(writer, "lassoSlack", gap.LassoSlack);
        writer.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter writer, string name, IEnumerable<double> values)
    {
        writer.WriteStartArray(name);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
            {
                writer.WriteNumberValue(value);
            }
            else
            {
                writer.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
            }
        }

        writer.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumber(name, value);
        }
        else
        {
            writer.WriteString(name, value.ToString(CultureInfo.InvariantCulture));
        }
    }
}

using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>Writes the layout that <see cref="SparsifyLayout"/> reads.</summary>
internal static class SparsifyWriter
{
    // The default of its SparseCoderConfig; without effect, because num_latents is given.
    private const int ExpansionFactor = 32;

    /// <summary>Writes sae.safetensors and cfg.json, each atomically. NotSupportedException for another selection than TopK.</summary>
    public static void Write(string folder, ForeignExport export)
    {
        if (export.Selection is not TopKSelection top)
        {
            Throw.NotSupported($"sparsify has no selection {export.Selection}, only TopK; save a SAELens or dictionary_learning folder instead.");
            return;
        }

        long d = export.Dimension, f = export.AtomCount;
        Directory.CreateDirectory(folder);
        SafetensorsFile.Write(
            Path.Combine(folder, SparsifyLayout.WeightsName),
            new Dictionary<string, string> { ["format"] = "pt" },
            export.Encoder("encoder.weight", transposed: false),
            TensorToWrite.Create("encoder.bias", export.Bias(centred: true), f),
            export.Decoder("W_dec", transposed: false),
            TensorToWrite.Create("b_dec", export.Offset, d));
        AtomicFile.Write(Path.Combine(folder, SparsifyLayout.ConfigName), stream =>
        {
            using var writer = new Utf8JsonWriter(stream);
            writer.WriteStartObject();
            writer.WriteString("activation", "topk");
            writer.WriteNumber("expansion_factor", ExpansionFactor);
            writer.WriteBoolean("normalize_decoder", export.HasUnitAtoms);
            writer.WriteNumber("num_latents", f);
            writer.WriteNumber("k", top.K);
            writer.WriteBoolean("multi_topk", false);
            writer.WriteBoolean("skip_connection", false);
            writer.WriteBoolean("transcode", false);
            writer.WriteNumber("d_in", d);
            writer.WriteEndObject();
        });
    }
}

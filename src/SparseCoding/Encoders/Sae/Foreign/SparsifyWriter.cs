using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>Writes the layout that <see cref="SparsifyLayout"/> reads.</summary>
internal static class SparsifyWriter
{
    // The default of its SparseCoderConfig; without effect, because num_latents is given.
    private const int ExpansionFactor = 32;

    /// <summary>Writes sae.safetensors and cfg.json, each atomically. NotSupportedException for another selection than TopK and GroupMax, and for groups of different sizes.</summary>
    public static void Write(string folder, ForeignExport export)
    {
        long d = export.Dimension, f = export.AtomCount;
        int? k = export.Selection switch { TopKSelection top => top.K, GroupMaxSelection groups => groups.Groups, _ => null };
        if (k is null)
        {
            Throw.NotSupported($"sparsify has no selection {export.Selection}, only TopK and groupmax; save a SAELens or dictionary_learning folder instead.");
        }

        bool isGrouped = export.Selection is GroupMaxSelection;
        if (isGrouped && f % k.Value != 0)
        {
            Throw.NotSupported($"sparsify's groupmax needs groups of one size, but {f} atoms do not divide into {k} groups; save the encoder with Save.");
        }

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
            writer.WriteString("activation", isGrouped ? "groupmax" : "topk");
            writer.WriteNumber("expansion_factor", ExpansionFactor);
            writer.WriteBoolean("normalize_decoder", export.HasUnitAtoms);
            writer.WriteNumber("num_latents", f);
            writer.WriteNumber("k", k.Value);
            writer.WriteBoolean("multi_topk", false);
            writer.WriteBoolean("skip_connection", false);
            writer.WriteBoolean("transcode", false);
            writer.WriteNumber("d_in", d);
            writer.WriteEndObject();
        });
    }
}

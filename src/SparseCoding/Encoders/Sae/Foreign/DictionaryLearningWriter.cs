using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Encoders;

/// <summary>Writes the layout that <see cref="DictionaryLearningLayout"/> reads.</summary>
internal static class DictionaryLearningWriter
{
    /// <summary>Writes ae.pt and config.json, each atomically.</summary>
    public static void Write(string folder, ForeignExport export)
    {
        if (export.Selection is GroupMaxSelection)
        {
            Throw.NotSupported($"dictionary_learning has no {export.Selection}; sparsify has: SaveSparsify, or save the encoder with Save.");
        }

        long d = export.Dimension, f = export.AtomCount;
        (string kind, List<TensorToWrite> tensors) = export.Selection switch
        {
            TopKSelection top => ("AutoEncoderTopK", (List<TensorToWrite>)
            [
                TensorToWrite.Create("k", new[] { top.K }),
                TensorToWrite.Create("threshold", new[] { -1f }),
                export.Decoder("decoder.weight", transposed: true),
                export.Encoder("encoder.weight", transposed: false),
                TensorToWrite.Create("encoder.bias", export.Bias(centred: true), f),
                TensorToWrite.Create("b_dec", export.Offset, d),
            ]),
            BatchTopKSelection batch when IsPlain(batch, export.Thresholds) => ("BatchTopKSAE",
            [
                TensorToWrite.Create("k", new[] { (int)batch.K }),
                TensorToWrite.Create("threshold", new[] { export.Thresholds[0] }),
                export.Decoder("decoder.weight", transposed: true),
                export.Encoder("encoder.weight", transposed: false),
                TensorToWrite.Create("encoder.bias", export.Bias(centred: true), f),
                TensorToWrite.Create("b_dec", export.Offset, d),
            ]),
            GatedSelection => ("GatedAutoEncoder",
            [
                TensorToWrite.Create("decoder_bias", export.Offset, d),
                TensorToWrite.Create("r_mag", export.LogMagnitude, f),
                TensorToWrite.Create("gate_bias", export.Bias(centred: true), f),
                TensorToWrite.Create("mag_bias", export.MagnitudeBias(centred: true), f),
                export.Encoder("encoder.weight", transposed: false),
                export.Decoder("decoder.weight", transposed: true),
            ]),
            var jumping when ForeignExport.Jumps(jumping) => ("JumpReluAutoEncoder",
            [
                export.Encoder("W_enc", transposed: true),
                TensorToWrite.Create("b_enc", export.Bias(centred: false), f),
                export.Decoder("W_dec", transposed: false),
                TensorToWrite.Create("b_dec", export.Offset, d),
                TensorToWrite.Create("threshold", export.Thresholds, f),
            ]),
            _ when export.IsCentred && export.HasUnitAtoms => ("AutoEncoder",
            [
                TensorToWrite.Create("bias", export.Offset, d),
                export.Encoder("encoder.weight", transposed: false),
                TensorToWrite.Create("encoder.bias", export.Bias(centred: true), f),
                export.Decoder("decoder.weight", transposed: true),
            ]),
            _ => ("AutoEncoderNew",
            [
                export.Encoder("encoder.weight", transposed: false),
                TensorToWrite.Create("encoder.bias", export.Bias(centred: false), f),
                export.Decoder("decoder.weight", transposed: true),
                TensorToWrite.Create("decoder.bias", export.Offset, d),
            ]),
        };
        Directory.CreateDirectory(folder);
        PyTorchWriter.Write(Path.Combine(folder, DictionaryLearningLayout.WeightsName), tensors);
        AtomicFile.Write(Path.Combine(folder, DictionaryLearningLayout.ConfigName), stream =>
        {
            using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
            writer.WriteStartObject();
            writer.WriteStartObject("trainer");
            writer.WriteString("dict_class", kind);
            writer.WriteNumber("activation_dim", d);
            writer.WriteNumber("dict_size", f);
            if (kind is "AutoEncoderTopK" or "BatchTopKSAE")
            {
                writer.WriteNumber("k", export.Selection is BatchTopKSelection batch ? (int)batch.K : ((TopKSelection)export.Selection).K);
            }

            writer.WriteEndObject();
            writer.WriteStartObject("buffer");
            writer.WriteEndObject();
            writer.WriteEndObject();
        });
    }

    /// <summary>Whether its BatchTopKSAE can hold it: a whole k, and one threshold for all that counts as set.</summary>
    private static bool IsPlain(BatchTopKSelection batch, float[] thresholds) =>
        batch.K >= 1 && batch.K == Math.Floor(batch.K) && thresholds[0] >= 0 && !thresholds.AsSpan().ContainsAnyExcept(thresholds[0]);
}

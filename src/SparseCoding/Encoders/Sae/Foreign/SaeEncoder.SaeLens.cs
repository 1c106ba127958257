using System.Text.Json;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Formats;

namespace SparseCoding;

/// <content>SAELens folders.</content>
public sealed partial class SaeEncoder
{
    /// <summary>Version of SAELens whose layout is written.</summary>
    private const string SaeLensVersion = "6.18.0";

    /// <summary>
    /// Reads a pretrained SAE as SAELens saves it: a folder with <c>cfg.json</c> and <c>sae_weights.safetensors</c>, of version 6 or the flat layouts
    /// before it, of architecture standard, topk, jumprelu, gated, transcoder, skip_transcoder or jumprelu_transcoder, in float16, bfloat16, float32 or float64. With s the activation scale (else 1),
    /// pre = (s·x − b_dec) W_enc + b_enc (b_dec only where apply_b_dec_to_input), codes = ReLU(pre), the k largest of it, or it where pre exceeds the
    /// threshold (gated: ReLU(e^r_mag ∘ p + b_mag) where p + b_gate is positive, p = (s·x − b_dec) W_enc), and x̂ = (codes · W_dec + b_dec)/s. Everything is computed in float32, whatever the dtype of the file.
    /// Anything else that the configuration asks for is refused by name; nothing is guessed.
    /// </summary>
    /// <param name="folderOrFile">The folder, or its <c>sae_weights.safetensors</c> with <c>cfg.json</c> beside it.</param>
    /// <param name="activationScale">
    /// Only for an SAE whose <c>normalize_activations</c> is still expected_average_only_in: s = √d_in / (mean norm of the training activations).
    /// Null takes it from <c>activation_scaler.json</c> in the folder, which SAELens writes with a training checkpoint; where there is none the file
    /// is refused, because its weights expect scaled activations and do not say how.
    /// </param>
    /// <returns>
    /// A fitted encoder without training options: it encodes, and asking it to Fit says so. Its dictionary keeps the norms of W_dec; only for a topk with
    /// rescale_acts_by_decoder_norm they are folded into the encoder, which changes neither codes nor reconstruction.
    /// </returns>
    /// <exception cref="FileNotFoundException">cfg.json or the weights are missing.</exception>
    /// <exception cref="InvalidDataException">Another architecture or mode, a missing tensor, a wrong shape, a damaged file; the message names it.</exception>
    /// <exception cref="ArgumentException">An activation scale that the configuration has no use for, or that is not positive.</exception>
    /// <remarks>
    /// <see cref="ExpectedL0"/> is metadata.l0, else the sum of the frequencies in sparsity.safetensors. A finetuning scaling factor of the versions
    /// before 6 is folded into W_dec. Source: SAELens 6.18.0, sae_lens/saes and sae_lens/loading/pretrained_sae_loaders.py.
    /// </remarks>
    public static SaeEncoder LoadSaeLens(string folderOrFile, float? activationScale = null) =>
        ForeignConversion.ToEncoder(SaeLensLayout.Read(folderOrFile, activationScale));

    /// <summary>
    /// Writes the encoder as a SAELens folder, float32, in the layout of version 6: <c>SAE.load_from_disk(folder)</c> gives the same codes and
    /// reconstruction within rounding. What is the same for every row (an input scale, a mean and deviation of each coordinate) is folded into
    /// the weights, so that normalize_activations is none; a LayerNorm or norm of each row goes out as layer_norm or constant_norm_rescale. What encodes by learned thresholds (BatchTopK, feature choice)
    /// goes out as the jumprelu that it is, a variational TopK as the topk of its means. Each file is written atomically.
    /// </summary>
    /// <param name="folder">Folder to write; made where it does not exist.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="NotSupportedException">The encoder has a part that the layout cannot hold; the message names it.</exception>
    public void SaveSaeLens(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);
        SaeState state = State;
        var export = new ForeignExport(state, isSaeLens: true);
        string architecture = SaeLensArchitecture(state, export.Selection);
        long dimension = export.Dimension, atoms = export.AtomCount;

        // SAELens has one vector for both places. Where the encoder subtracts another one (or none), its part goes into b_enc.
        bool applied = export.IsCentred;
        var tensors = new List<TensorToWrite>
        {
            export.Encoder("W_enc", transposed: true),
            TensorToWrite.Create(architecture == "gated" ? "b_gate" : "b_enc", export.Bias(applied), atoms),
            export.Decoder("W_dec", transposed: false),
            TensorToWrite.Create("b_dec", export.Offset, export.Offset.Length),
        };
        if (state.Decoder is TranscoderDecoder { SkipValues: { } skip })
        {
            tensors.Add(TensorToWrite.Create("W_skip", skip, export.Offset.Length, dimension));
        }

        if (ForeignExport.Jumps(export.Selection))
        {
            tensors.Add(TensorToWrite.Create("threshold", export.Thresholds, atoms));
        }

        if (architecture == "gated")
        {
            tensors.Add(TensorToWrite.Create("b_mag", export.MagnitudeBias(applied), atoms));
            tensors.Add(TensorToWrite.Create("r_mag", export.LogMagnitude, atoms));
        }

        Directory.CreateDirectory(folder);
        SafetensorsFile.Write(Path.Combine(folder, SaeLensLayout.WeightsName), new Dictionary<string, string> { ["format"] = "pt" }, tensors);
        AtomicFile.Write(Path.Combine(folder, SaeLensConfig.FileName), stream => WriteSaeLensConfig(stream, state, architecture, (export.Selection as TopKSelection)?.K, applied));
    }

    /// <summary>What SAELens 6.18 calls it; NotSupportedException for a combination that it has not.</summary>
    private static string SaeLensArchitecture(SaeState state, Selection selection)
    {
        bool jumps = ForeignExport.Jumps(selection);
        if (selection is GroupMaxSelection)
        {
            Throw.NotSupported($"SAELens 6.18 has no {selection}; sparsify has: SaveSparsify, or save the encoder with Save.");
        }

        if (state.Decoder is not TranscoderDecoder transcoder)
        {
            return selection switch { TopKSelection => "topk", GatedSelection => "gated", _ => jumps ? "jumprelu" : "standard" };
        }

        if (selection is not ReluSelection && !(jumps && !transcoder.HasSkip))
        {
            Throw.NotSupported($"SAELens 6.18 has transcoders of ReLU, with or without a skip connection, and of JumpReLU without one, but none with {selection}{(transcoder.HasSkip ? " and a skip connection" : string.Empty)}; save it with Save.");
        }

        return jumps ? "jumprelu_transcoder" : transcoder.HasSkip ? "skip_transcoder" : "transcoder";
    }

    private static void WriteSaeLensConfig(Stream stream, SaeState state, string architecture, int? k, bool applied)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        writer.WriteString("architecture", architecture);
        writer.WriteNumber("d_in", state.Dimension);
        writer.WriteNumber("d_sae", state.AtomCount);
        if (state.Decoder is TranscoderDecoder)
        {
            writer.WriteNumber("d_out", state.Decoder.OutputDimension);
        }

        writer.WriteString("dtype", "float32");
        writer.WriteString("device", "cpu");
        writer.WriteBoolean("apply_b_dec_to_input", applied);
        writer.WriteString("normalize_activations", state.Normalization switch { InputNormalization.LayerNorm => "layer_norm", InputNormalization.RowNorm => "constant_norm_rescale", _ => "none" });
        writer.WriteString("reshape_activations", "none");
        if (k is { } active)
        {
            writer.WriteNumber("k", active);
            writer.WriteBoolean("rescale_acts_by_decoder_norm", false);
        }

        writer.WriteStartObject("metadata");
        writer.WriteString("sae_lens_version", SaeLensVersion);
        writer.WriteString("sae_lens_training_version", SaeLensVersion);
        writer.WriteEndObject();
        writer.WriteEndObject();
    }
}

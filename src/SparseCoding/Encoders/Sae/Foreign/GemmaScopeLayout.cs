using System.Globalization;

namespace SparseCoding.Encoders;

/// <summary>
/// Reads Gemma Scope: of the first release params.npz with W_enc [d, F], W_dec [F, d], b_enc, threshold [F], b_dec [d]; of the second params.safetensors with
/// the same in small letters (w_enc, w_dec) and config.json, whose architecture is "jump_relu". pre = x W_enc + b_enc, code = pre where it exceeds the
/// threshold; b_dec is not subtracted. Source: the loaders gemma_2 of SAELens 6.18.0 and gemma_3 of later ones (pretrained_sae_loaders.py).
/// </summary>
internal static class GemmaScopeLayout
{
    private const string FirstName = "params.npz";
    private const string SecondName = "params.safetensors";
    private const string L0Folder = "average_l0_";
    private const int OwnFolders = 5;

    /// <summary>Reads a folder, or the file in it.</summary>
    public static ForeignSae Read(string folderOrFile)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folderOrFile);
        bool second = Directory.Exists(folderOrFile)
            ? File.Exists(Path.Combine(folderOrFile, SecondName)) && !File.Exists(Path.Combine(folderOrFile, FirstName))
            : folderOrFile.EndsWith(".safetensors", StringComparison.Ordinal);
        string path = ForeignPath.File(folderOrFile, second ? SecondName : FirstName);
        string[] folders = Path.GetFullPath(path).Split(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar);

        // Repository, layer, width and L0, as they were downloaded; a word further up is the user's own.
        bool transcoder = Array.Exists(folders[Math.Max(0, folders.Length - OwnFolders)..], IsTranscoder);
        double? l0 = second ? ReadConfig(Path.Combine(Path.GetDirectoryName(path) ?? "", "config.json")) : StatedL0(folders);
        using ForeignTensors tensors = second ? ForeignTensors.OpenSafetensors(path) : ForeignTensors.OpenNpz(path);
        tensors.Kind = $"a JumpReLU SAE of Gemma Scope {(second ? 2 : 1)}";
        string encoder = second || tensors.Has("w_enc") ? "w_enc" : "W_enc", decoder = second || tensors.Has("w_dec") ? "w_dec" : "W_dec";
        (int d, int f) = tensors.MatrixShape(encoder);
        int output = transcoder ? tensors.MatrixShape(decoder).Columns : d;
        tensors.Expect(encoder, d, f);
        tensors.Expect(decoder, f, output);
        tensors.Expect("b_enc", f);
        tensors.Expect("b_dec", output);
        tensors.Expect("threshold", f);
        bool skip = second && tensors.Has("affine_skip_connection");
        if (skip)
        {
            tensors.Expect("affine_skip_connection", d, output);
        }

        tensors.RefuseOthers();
        return new ForeignSae
        {
            Source = path,
            Selection = ForeignSelection.Threshold,
            Dimension = d,
            AtomCount = f,
            Encoder = tensors.ReadTransposed(encoder),
            EncoderBias = tensors.Read("b_enc"),
            Decoder = tensors.Read(decoder),
            DecoderBias = tensors.Read("b_dec"),
            SubtractsDecoderBias = false,
            Thresholds = tensors.Read("threshold"),
            IsTranscoder = transcoder || skip,
            Skip = skip ? tensors.ReadTransposed("affine_skip_connection") : null,
            ExpectedL0 = l0,
        };
    }

    private static double? ReadConfig(string path) => ForeignJson.Read(path, json =>
    {
        string architecture = json.Text("architecture") ?? "missing";
        if (architecture != "jump_relu")
        {
            json.Refuse("architecture", architecture, "jump_relu");
        }

        return (double?)null;
    });

    private static bool IsTranscoder(string folder) =>
        folder.Contains("transcoder", StringComparison.Ordinal) || folder == "clt" || folder.StartsWith("clt_", StringComparison.Ordinal);

    private static double? StatedL0(string[] folders)
    {
        string? folder = Array.FindLast(folders, name => name.StartsWith(L0Folder, StringComparison.Ordinal));
        return folder is not null && int.TryParse(folder.AsSpan(L0Folder.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int l0) && l0 > 0 ? l0 : null;
    }
}

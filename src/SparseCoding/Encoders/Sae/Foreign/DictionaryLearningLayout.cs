using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>
/// Reads a trainer folder of dictionary_learning: ae.pt (or checkpoints/ae_N.pt) and config.json, whose trainer.dict_class says which class the state
/// dict belongs to. Without a config.json only the classes are read whose tensors name them; AutoEncoderTopK and BatchTopKSAE have the same tensors and
/// differ in their codes, so these two need it. Source: dictionary_learning, dictionary.py, trainers/*.py and utils.load_dictionary (commit 60ec6bf).
/// </summary>
internal static class DictionaryLearningLayout
{
    /// <summary>Name of the weights in a folder.</summary>
    public const string WeightsName = "ae.pt";

    /// <summary>Name of the configuration in a folder.</summary>
    public const string ConfigName = "config.json";

    // torch.allclose(norms, 1) as its loader asks.
    private const double UnitTolerance = 1e-5 + 1e-8;

    /// <summary>Reads a folder, or a .pt file in it.</summary>
    public static ForeignSae Read(string folderOrFile)
    {
        string path = ForeignPath.File(folderOrFile, WeightsName);
        using ForeignTensors tensors = ForeignTensors.OpenPyTorch(path);
        if (tensors.Has("ae") && tensors.Has("optimizer"))
        {
            Throw.InvalidData($"{path} is a backup of a training run (step, ae, optimizer ...), whose biases are not yet in the units of the activations; let the training end, or save trainer.ae.state_dict() after ae.scale_biases(norm_factor).");
        }

        string kind = DictClass(tensors, path, out int? k, out int? dimension, out int? atoms);
        tensors.Kind = $"the {kind} of dictionary_learning";
        bool direct = kind is "JumpReluAutoEncoder" or "MatryoshkaBatchTopKSAE";
        (int rows, int columns) = tensors.MatrixShape(direct ? "W_enc" : "encoder.weight");
        (int d, int f) = direct ? (rows, columns) : (columns, rows);
        if ((dimension ?? d) != d || (atoms ?? f) != f)
        {
            Throw.InvalidData($"{path}: the weights have activation_dim {d} and dict_size {f}, but config.json says {dimension} and {atoms}.");
        }

        return direct ? ReadDirect(tensors, kind, d, f, k) : ReadLinear(tensors, kind, d, f, k);
    }

    /// <summary>nn.Linear layers: encoder.weight [F, d], decoder.weight [d, F].</summary>
    private static ForeignSae ReadLinear(ForeignTensors tensors, string kind, int d, int f, int? k)
    {
        bool gated = kind == "GatedAutoEncoder", fresh = kind == "AutoEncoderNew", top = kind is "AutoEncoderTopK" or "BatchTopKSAE";
        string offset = gated ? "decoder_bias" : fresh ? "decoder.bias" : top ? "b_dec" : "bias";
        tensors.Expect("encoder.weight", f, d);
        tensors.Expect("decoder.weight", d, f);
        tensors.Expect(offset, d);
        foreach (string name in gated ? (string[])["r_mag", "gate_bias", "mag_bias"] : ["encoder.bias"])
        {
            tensors.Expect(name, f);
        }

        int active = top ? ActiveOf(tensors, f, k) : 0;
        float? threshold = kind == "BatchTopKSAE" ? ThresholdOf(tensors) : null;
        tensors.Pass("threshold");
        tensors.RefuseOthers();
        float[] decoder = tensors.ReadTransposed("decoder.weight");
        return new ForeignSae
        {
            Source = tensors.FileName,
            Selection = gated ? ForeignSelection.Gated : threshold is not null ? ForeignSelection.BatchTopK : top ? ForeignSelection.TopK : ForeignSelection.Relu,
            K = active,
            Dimension = d,
            AtomCount = f,
            Encoder = tensors.Read("encoder.weight"),
            EncoderBias = gated ? new float[f] : tensors.Read("encoder.bias"),
            Decoder = decoder,
            DecoderBias = tensors.Read(offset),
            SubtractsDecoderBias = !fresh,
            Thresholds = threshold is { } value ? Filled(f, value) : null,
            GateBias = gated ? tensors.Read("gate_bias") : null,
            MagnitudeBias = gated ? tensors.Read("mag_bias") : null,
            LogMagnitude = gated ? tensors.Read("r_mag") : null,
            FoldsDecoderNorm = kind == "AutoEncoder" && !HasUnitAtoms(decoder, d),
        };
    }

    /// <summary>Parameters of their own: W_enc [d, F], W_dec [F, d].</summary>
    private static ForeignSae ReadDirect(ForeignTensors tensors, string kind, int d, int f, int? k)
    {
        bool jump = kind == "JumpReluAutoEncoder";
        tensors.Expect("W_enc", d, f);
        tensors.Expect("W_dec", f, d);
        tensors.Expect("b_enc", f);
        tensors.Expect("b_dec", d);
        float threshold = 0;
        if (jump)
        {
            tensors.Expect("threshold", f);
        }
        else
        {
            ActiveOf(tensors, f, k);
            threshold = ThresholdOf(tensors);
            tensors.Pass("group_sizes");
        }

        tensors.RefuseOthers();
        return new ForeignSae
        {
            Source = tensors.FileName,
            Selection = ForeignSelection.Threshold,
            Dimension = d,
            AtomCount = f,
            Encoder = tensors.ReadTransposed("W_enc"),
            EncoderBias = tensors.Read("b_enc"),
            Decoder = tensors.Read("W_dec"),
            DecoderBias = tensors.Read("b_dec"),
            SubtractsDecoderBias = !jump,
            Thresholds = jump ? tensors.Read("threshold") : Filled(f, threshold),
        };
    }

    private static string DictClass(ForeignTensors tensors, string path, out int? k, out int? dimension, out int? atoms)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string config = Path.Combine(Path.GetFileName(folder) == "checkpoints" ? Path.GetDirectoryName(folder)! : folder, ConfigName);
        if (!File.Exists(config))
        {
            (k, dimension, atoms) = (null, null, null);
            return ClassByTensors(tensors, path, config);
        }

        (string kind, k, dimension, atoms) = ForeignJson.Read(config, json =>
        {
            ForeignJson trainer = json.RequireChild("trainer");
            string name = trainer.Text("dict_class") ?? "missing";
            if (name is not ("AutoEncoder" or "AutoEncoderNew" or "GatedAutoEncoder" or "AutoEncoderTopK" or "BatchTopKSAE" or "JumpReluAutoEncoder" or "MatryoshkaBatchTopKSAE"))
            {
                trainer.Refuse("trainer.dict_class", name, "AutoEncoder, AutoEncoderNew, GatedAutoEncoder, AutoEncoderTopK, BatchTopKSAE, JumpReluAutoEncoder or MatryoshkaBatchTopKSAE");
            }

            return (name, trainer.Integer("k"), trainer.Integer("activation_dim"), trainer.Integer("dict_size"));
        });
        return kind;
    }

    private static string ClassByTensors(ForeignTensors tensors, string path, string config)
    {
        string? kind = tensors.Has("r_mag") ? "GatedAutoEncoder"
            : tensors.Has("group_sizes") ? "MatryoshkaBatchTopKSAE"
            : tensors.Has("W_enc") ? "JumpReluAutoEncoder"
            : tensors.Has("bias") ? "AutoEncoder"
            : tensors.Has("decoder.bias") ? "AutoEncoderNew"
            : null;
        if (kind is null)
        {
            Throw.InvalidData($"{path}: {config} is missing, and without its trainer.dict_class these tensors may be an AutoEncoderTopK or a BatchTopKSAE, whose codes differ; put the file beside the weights.");
        }

        return kind;
    }

    /// <summary>k of the state dict, which must be that of config.json where both have one.</summary>
    private static int ActiveOf(ForeignTensors tensors, int atoms, int? configured)
    {
        long? stored = tensors.Has("k") ? tensors.Integer("k") : null;
        long? k = stored ?? configured;
        if (k is null || k < 1 || k > atoms || (configured ?? k) != k)
        {
            Throw.InvalidData($"{tensors.FileName}: k is {stored?.ToString() ?? "missing"} in the weights and {configured?.ToString() ?? "missing"} in config.json, expected one number between 1 and dict_size = {atoms}.");
        }

        return (int)k.Value;
    }

    /// <summary>The threshold that replaces the batch at inference; negative while it was never set.</summary>
    private static float ThresholdOf(ForeignTensors tensors)
    {
        float threshold = tensors.Scalar("threshold");
        if (threshold < 0)
        {
            Throw.InvalidData($"{tensors.FileName}: threshold is {threshold}, which means that the training never set it (threshold_start_step); without it the codes are those of a plain ReLU. Train longer.");
        }

        return threshold;
    }

    private static float[] Filled(int length, float value)
    {
        var values = new float[length];
        Array.Fill(values, value);
        return values;
    }

    private static bool HasUnitAtoms(float[] decoder, int dimension)
    {
        for (int start = 0; start < decoder.Length; start += dimension)
        {
            double squared = 0;
            foreach (float value in decoder.AsSpan(start, dimension))
            {
                squared += (double)value * value;
            }

            if (!(Math.Abs(Math.Sqrt(squared) - 1) <= UnitTolerance))
            {
                return false;
            }
        }

        return true;
    }
}

using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>What is not the SAE that SAELens would compute is refused by name.</summary>
[TestFixture]
internal sealed class SaeLensFaultTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase(", \"architecture\": \"gated\"", "gated", "b_gate")]
    [TestCase(", \"architecture\": \"temporal\"", "architecture", "temporal")]
    [TestCase(", \"architecture\": \"batchtopk\"", "architecture", "save_inference_model")]
    [TestCase(", \"architecture\": \"transcoder\"", "cfg.json", "d_out")]
    [TestCase(", \"architecture\": \"transcoder\", \"d_out\": 4", "apply_b_dec_to_input", "transcoder")]
    [TestCase(", \"architecture\": null", "architecture", "cfg.json")]
    [TestCase(", \"architecture\": 3", "architecture", "text")]
    [TestCase(", \"architecture\": \"topk\"", "k is 'missing'", "d_sae = 6")]
    [TestCase(", \"architecture\": \"topk\", \"k\": 7", "k is '7'", "d_sae = 6")]
    [TestCase(", \"architecture\": \"topk\", \"k\": 2.5", "k is '2.5'", "integer")]
    [TestCase(", \"normalize_activations\": \"covariance_whitening\"", "normalize_activations", "covariance_whitening")]
    [TestCase(", \"normalize_activations\": \"expected_average_only_in\"", "expected_average_only_in", "activationScale")]
    [TestCase(", \"normalize_activations\": true", "normalize_activations", "text")]
    [TestCase(", \"reshape_activations\": \"hook_q\"", "reshape_activations", "hook_q")]
    [TestCase(", \"apply_b_dec_to_input\": 1", "apply_b_dec_to_input", "true or false")]
    [TestCase(", \"dtype\": \"float8_e4m3fn\"", "dtype", "float8")]
    [TestCase(", \"d_in\": 5", "W_enc", "[5, 6]")]
    [TestCase(", \"d_sae\": 7", "W_enc", "[4, 6]")]
    [TestCase(", \"d_sae\": 0", "d_sae", "positive")]
    [TestCase(", \"metadata\": {\"sae_lens_version\": \"new\"}", "sae_lens_version", "new")]
    [TestCase(", \"metadata\": {}, \"activation_fn_str\": \"tanh-relu\"", "activation_fn", "tanh-relu")]
    [TestCase(", \"metadata\": {}, \"activation_fn\": \"topk\"", "k is 'missing'", "activation_fn_kwargs")]
    [TestCase(", \"architecture\": \"\\ud800\"", "cfg.json", "not valid")]
    public void LoadSaeLens_Config_IsRefusedByName(string more, string name, string also)
    {
        SaeLensOracle.Random(1, 4, 6, "standard").Write(_folder.Path, more);
        Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain(name).And.Message.Contain(also));
    }

    [TestCase("b_enc")]
    [TestCase("W_enc")]
    [TestCase("W_dec")]
    [TestCase("b_dec")]
    [TestCase("threshold")]
    public void LoadSaeLens_MissingTensor_IsNamed(string name)
    {
        SaeLensOracle.Random(1, 4, 6, "jumprelu").Write(_folder.Path, edit: tensors =>
        {
            tensors.Remove(name);
            return tensors;
        });
        Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain($"'{name}'").And.Message.Contain("missing"));
    }

    [Test]
    public void LoadSaeLens_Tensor_IsRefusedByName()
    {
        void Refused(string architecture, TensorToWrite tensor, params string[] parts)
        {
            SaeLensOracle.Random(1, 4, 6, architecture).Write(_folder.Path, edit: tensors => new(tensors) { [tensor.Spec.Name] = tensor });
            InvalidDataException exception = Assert.Throws<InvalidDataException>(() => Load())!;
            Assert.That(parts, Has.All.Matches<string>(part => exception.Message.Contains(part!, StringComparison.Ordinal)), exception.Message);
        }

        float[] six = [1, 1, 1, 1, 1, 1];
        Refused("standard", TensorToWrite.Create("W_dec", new float[24], 4, 6), "W_dec", "[4, 6]", "[6, 4]");
        Refused("standard", TensorToWrite.Create("threshold", six, 6), "threshold", "standard");
        Refused("standard", TensorToWrite.Create("r_mag", six, 6), "r_mag", "standard");
        Refused("standard", TensorToWrite.Create("b_enc", new int[6], 6), "b_enc", "I32");
        Refused("standard", TensorToWrite.Create("b_enc", new[] { 1, float.NaN, 1, 1, 1, 1 }, 6), "b_enc", "NaN", "element 1");
        Refused("standard", TensorToWrite.Create("W_enc", [.. new float[23], float.PositiveInfinity], 4, 6), "W_enc", "element 23");
        Refused("standard", TensorToWrite.Create("scaling_factor", new[] { 1, 1, 1.01f, 1, 1, 1 }, 6), "scaling_factor", "W_dec");
        Refused("jumprelu", TensorToWrite.Create("threshold", new float[1], 1), "threshold", "[1]", "[6]");
    }

    [Test]
    public void LoadSaeLens_LogThresholdOfATrainingRun_SaysWhatToDo()
    {
        SaeLensOracle.Random(1, 4, 6, "jumprelu").Write(_folder.Path, edit: tensors =>
        {
            tensors.Remove("threshold");
            tensors["log_threshold"] = TensorToWrite.Create("log_threshold", new float[6], 6);
            return tensors;
        });
        Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain("log_threshold"));
    }

    [Test]
    public void LoadSaeLens_DeadAtomUnderRescaling_IsRefused()
    {
        SaeLensOracle oracle = SaeLensOracle.Random(1, 4, 6, "topk", rescale: true, k: 2);
        oracle.WDec.AsSpan(8, 4).Clear();
        oracle.Write(_folder.Path);
        Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain("row 2 of W_dec"));
    }

    [Test]
    public void LoadSaeLens_ScaleWithoutUse_IsRefused()
    {
        SaeLensOracle.Random(1, 4, 6, "standard").Write(_folder.Path);
        Assert.That(() => SaeEncoder.LoadSaeLens(_folder.Path, 0.5f), Throws.ArgumentException.With.Message.Contain("normalize_activations"));
        Assert.That(() => SaeEncoder.LoadSaeLens(_folder.Path, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        File.WriteAllText(_folder.File("activation_scaler.json"), "{\"scaling_factor\": null}");
        Assert.That(Load, Throws.Nothing);
        File.WriteAllText(_folder.File("activation_scaler.json"), "{\"scaling_factor\": 0.25}");
        Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain("activation_scaler.json"));
        SaeLensOracle.Random(1, 4, 6, "standard").Write(_folder.Path, ", \"normalize_activations\": \"expected_average_only_in\"");
        Assert.That(SaeEncoder.LoadSaeLens(_folder.Path).Dictionary.Scale, Is.EqualTo(4f));
        Assert.That(SaeEncoder.LoadSaeLens(_folder.Path, 0.5f).Dictionary.Scale, Is.EqualTo(2f), "the caller's word goes first");
        File.WriteAllText(_folder.File("activation_scaler.json"), "{\"scaling_factor\": -3}");
        Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain("scaling_factor"));
    }

    [Test]
    public void LoadSaeLens_HookZAndOldScalingFactorOfOnes_AreRead()
    {
        SaeLensOracle.Random(1, 4, 6, "standard").Write(
            _folder.Path,
            ", \"reshape_activations\": \"hook_z\", \"dtype\": \"torch.bfloat16\"",
            tensors => new(tensors) { ["scaling_factor"] = TensorToWrite.Create("scaling_factor", new float[] { 1, 1, 1, 1, 1, 1 }, 6) });
        Assert.That(SaeEncoder.LoadSaeLens(_folder.Path).AtomCount, Is.EqualTo(6));
    }

    [Test]
    public void LoadSaeLens_MissingOrBrokenFile_IsNamed()
    {
        Assert.That(Load, Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("sae_weights.safetensors"));
        Assert.That(() => SaeEncoder.LoadSaeLens(""), Throws.ArgumentException);
        SaeLensOracle.Random(1, 4, 6, "standard").Write(_folder.Path);
        string cfg = File.ReadAllText(_folder.File("cfg.json"));
        foreach (string broken in new[] { "", "{", "[1]", "{}", "null", cfg[..^3], new string('[', 5000) })
        {
            File.WriteAllText(_folder.File("cfg.json"), broken);
            Assert.That(Load, Throws.InstanceOf<InvalidDataException>().With.Message.Contain("cfg.json"), broken);
        }

        File.Delete(_folder.File("cfg.json"));
        Assert.That(Load, Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("cfg.json"));
    }

    [Test]
    public void LoadSaeLens_DamagedConfig_FailsOnlyByName()
    {
        SaeLensOracle.Random(1, 4, 6, "topk", k: 2).Write(_folder.Path);
        byte[] original = File.ReadAllBytes(_folder.File("cfg.json"));
        var random = new Random(5);
        int loaded = 0;
        for (int trial = 0; trial < 400; trial++)
        {
            byte[] damaged = (byte[])original.Clone();
            for (int i = 0; i <= trial % 3; i++)
            {
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(_folder.File("cfg.json"), damaged);
            try
            {
                Load();
                loaded++;
            }
            catch (InvalidDataException)
            {
            }
        }

        Assert.That(loaded, Is.LessThan(400));
    }

    private SaeEncoder Load() => SaeEncoder.LoadSaeLens(_folder.Path);
}

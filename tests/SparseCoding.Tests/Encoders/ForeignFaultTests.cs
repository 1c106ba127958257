using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>A foreign file that is not exactly what its layout says is refused by name.</summary>
[TestFixture]
internal sealed class ForeignFaultTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [TestCase("AutoEncoder", "encoder.weight")]
    [TestCase("AutoEncoder", "bias")]
    [TestCase("AutoEncoderNew", "decoder.bias")]
    [TestCase("GatedAutoEncoder", "mag_bias")]
    [TestCase("AutoEncoderTopK", "b_dec")]
    [TestCase("BatchTopKSAE", "threshold")]
    [TestCase("JumpReluAutoEncoder", "threshold")]
    [TestCase("MatryoshkaBatchTopKSAE", "W_dec")]
    public void LoadDictionaryLearning_MissingTensor_IsNamed(string name, string tensor)
    {
        ForeignFixture.Copy(ForeignFixture.Folder("dictionary_learning", name), _folder.Path);
        ForeignFixture.EditPyTorch(_folder.File("ae.pt"), remove: tensor);
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), $"'{tensor}'", "missing");
    }

    [TestCase("AutoEncoder", "BatchTopKSAE", "b_dec")]
    [TestCase("AutoEncoder", "AutoEncoderNew", "decoder.bias")]
    [TestCase("AutoEncoder", "CrossCoder", "dict_class")]
    [TestCase("AutoEncoderTopK", "JumpReluAutoEncoder", "W_enc")]
    [TestCase("AutoEncoderNew", "AutoEncoder", "bias")]
    public void LoadDictionaryLearning_OtherClassThanItsTensors_IsRefused(string name, string claimed, string part)
    {
        ForeignFixture.Copy(ForeignFixture.Folder("dictionary_learning", name), _folder.Path);
        ForeignFixture.Replace(_folder.File("config.json"), $"\"{name}\"", $"\"{claimed}\"");
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), part);
    }

    [Test]
    public void LoadDictionaryLearning_WithoutConfig_OnlyTellsWhatTheTensorsTell()
    {
        foreach (string name in new[] { "AutoEncoder", "AutoEncoderNew", "JumpReluAutoEncoder", "MatryoshkaBatchTopKSAE" })
        {
            string folder = ForeignFixture.Folder("dictionary_learning", name);
            File.Copy(Path.Combine(folder, "ae.pt"), _folder.File("ae.pt"), overwrite: true);
            ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(_folder.Path), folder);
        }

        foreach (string name in new[] { "AutoEncoderTopK", "BatchTopKSAE" })
        {
            File.Copy(ForeignFixture.Folder("dictionary_learning", name, "ae.pt"), _folder.File("ae.pt"), overwrite: true);
            Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "config.json", "AutoEncoderTopK", "BatchTopKSAE");
        }
    }

    [Test]
    public void LoadDictionaryLearning_Checkpoint_TakesTheConfigAbove()
    {
        string folder = ForeignFixture.Folder("dictionary_learning", "BatchTopKSAE");
        ForeignFixture.Copy(folder, _folder.Path);
        Directory.CreateDirectory(_folder.File("checkpoints"));
        File.Move(_folder.File("ae.pt"), _folder.File("checkpoints/ae_500.pt"));
        ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(_folder.File("checkpoints/ae_500.pt")), folder);
        Assert.That(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("ae.pt"));
    }

    [Test]
    public void LoadDictionaryLearning_Contradictions_AreRefused()
    {
        Refused(() => SaeEncoder.LoadDictionaryLearning(ForeignFixture.Folder("dictionary_learning", "BatchTopKSAE-unset")), "threshold", "-1");
        ForeignFixture.Copy(ForeignFixture.Folder("dictionary_learning", "AutoEncoderTopK"), _folder.Path);
        string ae = _folder.File("ae.pt");
        ForeignFixture.EditPyTorch(ae, set: TensorToWrite.Create("k", new[] { 5 }));
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "k is 5", "4");
        ForeignFixture.EditPyTorch(ae, remove: "k");
        Assert.That(SaeEncoder.LoadDictionaryLearning(_folder.Path).Options.Selection, Is.EqualTo(Selection.TopK(4)), "older files have k in the configuration only");
        ForeignFixture.EditPyTorch(ae, set: TensorToWrite.Create("encoder.bias", new float[23], 23));
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "encoder.bias", "[23]", "[24]");
        ForeignFixture.EditPyTorch(ae, set: [TensorToWrite.Create("encoder.bias", new float[24], 24), TensorToWrite.Create("W_skip", new float[4], 2, 2)]);
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "W_skip");
        ForeignFixture.EditPyTorch(ae, "W_skip", TensorToWrite.Create("b_dec", new[] { 0, 0, float.NaN, 0, 0, 0, 0, 0 }, 8));
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "b_dec", "NaN", "element 2");
        ForeignFixture.Replace(_folder.File("config.json"), "\"dict_size\": 24", "\"dict_size\": 48");
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "dict_size 24", "48");
        ForeignFixture.EditPyTorch(ae, set: [TensorToWrite.Create("ae", new float[1], 1), TensorToWrite.Create("optimizer", new float[1], 1)]);
        Refused(() => SaeEncoder.LoadDictionaryLearning(_folder.Path), "backup");
    }

    [TestCase("\"k\": 4", "\"k\": 25", "k is '25'")]
    [TestCase("\"k\": 4", "\"k\": 0", "k is '0'")]
    [TestCase("\"k\": 4, ", "", "'k'")]
    [TestCase("\"topk\"", "\"batchtopk\"", "batchtopk")]
    [TestCase("\"num_latents\": 24", "\"num_latents\": 25", "[25, 8]")]
    [TestCase("\"num_latents\": 24", "\"num_latents\": 0", "[256, 8]")]
    [TestCase("\"d_in\": 8", "\"d_in\": 7", "[24, 7]")]
    [TestCase("\"skip_connection\": false", "\"skip_connection\": true", "W_skip")]
    [TestCase("\"activation\": \"topk\"", "\"activation\": 3", "activation")]
    public void LoadSparsify_Config_IsRefusedByName(string old, string replacement, string part)
    {
        ForeignFixture.Copy(ForeignFixture.Folder("sparsify", "topk"), _folder.Path);
        ForeignFixture.Replace(_folder.File("cfg.json"), old, replacement);
        Refused(() => SaeEncoder.LoadSparsify(_folder.Path), part);
    }

    [Test]
    public void LoadSparsify_FirstVersions_AreReadSignedOrNot()
    {
        string folder = ForeignFixture.Folder("sparsify", "topk");
        ForeignFixture.Copy(folder, _folder.Path);
        File.WriteAllText(_folder.File("cfg.json"), "{\"expansion_factor\": 3, \"normalize_decoder\": true, \"k\": 4, \"signed\": false, \"d_in\": 8}");
        ForeignFixture.AssertAlike(SaeEncoder.LoadSparsify(_folder.Path), folder);
        ForeignFixture.Replace(_folder.File("cfg.json"), "\"signed\": false", "\"signed\": true");
        SaeEncoder signed = SaeEncoder.LoadSparsify(_folder.Path);
        Assert.That(signed.Options.Selection, Is.EqualTo(Selection.AbsTopK(4)));
        AssertAbsTopK(signed, _folder.File("sae.safetensors"), ForeignFixture.Expected(folder).X);
        Assert.That(() => signed.SaveSparsify(_folder.File("no")), Throws.InstanceOf<NotSupportedException>().With.Message.Contain("AbsTopK"));
        ForeignFixture.EditSafetensors(_folder.File("sae.safetensors"), "b_dec");
        Refused(() => SaeEncoder.LoadSparsify(_folder.Path), "'b_dec'", "missing");
        File.Delete(_folder.File("cfg.json"));
        Assert.That(() => SaeEncoder.LoadSparsify(_folder.Path), Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("cfg.json"));
    }

    [Test]
    public void LoadOpenAI_OtherTensors_AreRefused()
    {
        string path = _folder.File("a.pt");
        void From(string? remove, params TensorToWrite[] set)
        {
            File.Copy(ForeignFixture.Folder("openai", "relu", "autoencoder.pt"), path, overwrite: true);
            ForeignFixture.EditPyTorch(path, remove, set);
        }

        From(null);
        Assert.That(SaeEncoder.LoadOpenAI(path).Options.Selection, Is.EqualTo(Selection.Relu), "its own loader takes ReLU where no activation is stored");
        From("pre_bias");
        Refused(() => SaeEncoder.LoadOpenAI(path), "'pre_bias'", "missing");
        From(null, TensorToWrite.Create("decoder.weight", new float[192], 24, 8));
        Refused(() => SaeEncoder.LoadOpenAI(path), "decoder.weight", "[24, 8]", "[8, 24]");
        From(null, TensorToWrite.Create("activation", new[] { 1f }));
        Refused(() => SaeEncoder.LoadOpenAI(path), "activation");
        From(null, TensorToWrite.Create("extra", new[] { 1f }));
        Refused(() => SaeEncoder.LoadOpenAI(path), "'extra'");
        Refused(() => SaeEncoder.LoadOpenAI(ForeignFixture.Folder("sparsify", "topk", "sae.safetensors")), "zip");
    }

    [Test]
    public void LoadGemmaScope_Faults_AreNamed()
    {
        string first = ForeignFixture.Folder("scopes", "layer_3", "width_16k", "average_l0_10");
        ForeignSaeTests.WriteSecondRelease(first, _folder.Path);
        string weights = _folder.File("params.safetensors");
        ForeignFixture.Replace(_folder.File("config.json"), "jump_relu", "topk");
        Refused(() => SaeEncoder.LoadGemmaScope(_folder.Path), "architecture", "topk");
        ForeignFixture.Replace(_folder.File("config.json"), "topk", "jump_relu");
        ForeignFixture.EditSafetensors(weights, null, TensorToWrite.Create("affine_skip_connection", new float[64], 8, 8));
        Assert.That(((TranscoderDecoder)SaeEncoder.LoadGemmaScope(_folder.Path).Decoder).HasSkip, Is.True);
        ForeignFixture.EditSafetensors(weights, "affine_skip_connection", TensorToWrite.Create("w_dec", new float[24 * 3 * 8], 24, 3, 8));
        Refused(() => SaeEncoder.LoadGemmaScope(_folder.Path), "w_dec", "[24, 3, 8]");
        ForeignFixture.EditSafetensors(weights, "threshold", TensorToWrite.Create("w_dec", new float[24 * 8], 24, 8));
        Refused(() => SaeEncoder.LoadGemmaScope(weights), "'threshold'", "missing");
        string transcoder = _folder.File("gemma-scope-2b-pt-transcoders/layer_3");
        ForeignFixture.Copy(first, transcoder);
        Assert.That(SaeEncoder.LoadGemmaScope(transcoder).Decoder, Is.TypeOf<TranscoderDecoder>(), "the folder's name says so");
        Assert.That(() => SaeEncoder.LoadGemmaScope(_folder.File("none")), Throws.InstanceOf<FileNotFoundException>());
    }

    [TestCase("\"jump_relu_threshold\": 0.52, ", "", "jump_relu_threshold")]
    [TestCase("\"in\": 7.25", "\"in\": 0", "dataset_average_activation_norm")]
    [TestCase("\"in\": 7.25, ", "", "dataset_average_activation_norm")]
    [TestCase("\"d_sae\": 24", "\"d_sae\": 25", "[25, 8]")]
    [TestCase("\"d_sae\": 24", "\"d_sae\": 24, \"norm_activation\": \"token-wise\"", "norm_activation")]
    [TestCase("\"d_sae\": 24", "\"d_sae\": 24, \"apply_decoder_bias_to_pre_encoder\": true", "apply_decoder_bias_to_pre_encoder")]
    [TestCase("\"hook_point_out\": \"blocks.3.hook_resid_post\"", "\"hook_point_out\": \"blocks.3.hook_mlp_out\"", "hook_point_out")]
    [TestCase("\"act_fn\": \"jumprelu\"", "\"act_fn\": \"topk\"", "act_fn")]
    public void LoadLlamaScope_Config_IsRefusedByName(string old, string replacement, string part)
    {
        ForeignFixture.Copy(ForeignFixture.Folder("scopes", "Llama3_1-8B-Base-L3R-8x"), _folder.Path);
        ForeignFixture.Replace(_folder.File("hyperparams.json"), old, replacement);
        Refused(() => SaeEncoder.LoadLlamaScope(_folder.Path), part);
    }

    [Test]
    public void LoadLlamaScope_DecoderNormInTheSparsity_DividesTheThresholds()
    {
        ForeignFixture.Copy(ForeignFixture.Folder("scopes", "Llama3_1-8B-Base-L3R-8x"), _folder.Path);
        SaeEncoder plain = SaeEncoder.LoadLlamaScope(_folder.Path);
        ForeignFixture.Replace(_folder.File("hyperparams.json"), "\"d_sae\": 24", "\"d_sae\": 24, \"sparsity_include_decoder_norm\": true");
        string weights = _folder.File("checkpoints/final.safetensors");
        float[] decoder;
        using (SafetensorsFile file = SafetensorsFile.Open(weights))
        {
            decoder = file.Get("decoder.weight").ReadAllSingle();
        }

        // [8, 24]: columns of norm 3, so that latents fire from a third of the threshold on.
        for (int m = 0; m < 8; m++)
        {
            for (int j = 0; j < 24; j++)
            {
                double norm = Math.Sqrt(Enumerable.Range(0, 8).Sum(k => plain.Dictionary.ToTensor()[j, k] * (double)plain.Dictionary.ToTensor()[j, k]));
                decoder[(m * 24) + j] = (float)(plain.Dictionary.ToTensor()[j, m] / norm * 3);
            }
        }

        ForeignFixture.EditSafetensors(weights, null, TensorToWrite.Create("decoder.weight", decoder, 8, 24));
        SaeEncoder normed = SaeEncoder.LoadLlamaScope(_folder.Path);
        (float[] x, _, _) = ForeignFixture.Expected(ForeignFixture.Folder("scopes", "Llama3_1-8B-Base-L3R-8x"));
        float[] before = plain.Encode(SignalView.FromRows(x, 8)).ToDense().ToArray(), after = normed.Encode(SignalView.FromRows(x, 8)).ToDense().ToArray();
        int more = 0;
        for (int i = 0; i < before.Length; i++)
        {
            if (before[i] == 0 && after[i] != 0)
            {
                more++;
                Assert.That(after[i], Is.InRange(0.52 / 3 * Math.Sqrt(8) / 7.25 * 0.999, 0.52 * Math.Sqrt(8) / 7.25 * 1.001));
            }
            else
            {
                Assert.That(after[i], Is.EqualTo(before[i]).Within(1e-6), $"code {i}");
            }
        }

        Assert.That(more, Is.Positive);
    }

    [Test]
    public void LoadLlamaScope_DistillLayout_NeedsTheScale()
    {
        string folder = ForeignFixture.Folder("scopes", "Llama3_1-8B-Base-L3R-8x");
        File.Copy(Path.Combine(folder, "checkpoints", "final.safetensors"), _folder.File("sae_weights.safetensors"));
        double scale = Math.Sqrt(8) / 7.25;
        var thresholds = new float[24];
        Array.Fill(thresholds, (float)Math.Log(0.52 * scale));
        ForeignFixture.EditSafetensors(_folder.File("sae_weights.safetensors"), null, TensorToWrite.Create("log_jumprelu_threshold", thresholds, 24));
        File.WriteAllText(_folder.File("config.json"), "{\"d_model\": 8, \"expansion_factor\": 3, \"hook_point_in\": \"x\"}");
        Refused(() => SaeEncoder.LoadLlamaScope(_folder.Path), "activationScale");
        ForeignFixture.AssertAlike(SaeEncoder.LoadLlamaScope(_folder.Path, (float)scale), folder);
        Assert.That(() => SaeEncoder.LoadLlamaScope(_folder.Path, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void LoadSaeLens_SparsityAndScaleThatDoNotFit_AreRefused()
    {
        ForeignFixture.Copy(ForeignFixture.Folder("saelens-5.11", "standard-scaled"), _folder.Path);
        ForeignFixture.Replace(_folder.File("cfg.json"), "\"finetuning_scaling_factor\": true", "\"finetuning_scaling_factor\": false");
        Refused(() => SaeEncoder.LoadSaeLens(_folder.Path), "finetuning_scaling_factor", "W_dec");
        ForeignFixture.Copy(ForeignFixture.Folder("saelens", "standard"), _folder.Path);
        ForeignFixture.EditSafetensors(_folder.File("sparsity.safetensors"), null, TensorToWrite.Create("sparsity", new float[23], 23));
        Refused(() => SaeEncoder.LoadSaeLens(_folder.Path), "sparsity", "[23]");
    }

    [Test]
    public void Load_DamagedFiles_FailOnlyByName()
    {
        var random = new Random(11);
        (string Project, string Name)[] fixtures =
        [
            ("saelens", "topk"), ("saelens", "gated"), ("saelens-5.11", "standard-scaled"), ("dictionary_learning", "AutoEncoder"), ("dictionary_learning", "MatryoshkaBatchTopKSAE"),
            ("sparsify", "topk"), ("openai", "topk"), ("openai", "relu-legacy-file"), ("scopes", "layer_3"), ("scopes", "Llama3_1-8B-Base-L3R-8x"),
        ];
        int refused = 0, cases = 0;
        foreach ((string project, string name) in fixtures)
        {
            string folder = ForeignFixture.Copy(ForeignFixture.Folder(project, name), _folder.File(project + name));
            foreach (string file in Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("expected.safetensors", StringComparison.Ordinal)))
            {
                byte[] original = File.ReadAllBytes(file);
                for (int i = 0; i < 40; i++, cases++)
                {
                    byte[] damaged = [.. original];
                    int at = random.Next(random.Next(2) == 0 ? damaged.Length : Math.Min(400, damaged.Length));
                    damaged[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)('0' + random.Next(10));
                    File.WriteAllBytes(file, random.Next(8) == 0 ? damaged[..at] : damaged);
                    try
                    {
                        _ = name == "layer_3" ? SaeEncoder.LoadGemmaScope(Path.Combine(folder, "width_16k", "average_l0_10"))
                            : name.StartsWith("Llama", StringComparison.Ordinal) ? SaeEncoder.LoadLlamaScope(folder)
                            : ForeignSaeTests.Load(project, folder);
                    }
                    catch (Exception e) when (e is InvalidDataException or NotSupportedException)
                    {
                        refused++;
                        Assert.That(e.Message, Does.Contain(_folder.Path), "the message names the file");
                    }
                }

                File.WriteAllBytes(file, original);
            }
        }

        Assert.That(refused, Is.InRange(cases / 4, cases * 9 / 10), $"of {cases}");
    }

    /// <summary>The formula of the first versions, row by row in float64.</summary>
    private static void AssertAbsTopK(SaeEncoder sae, string weights, float[] x)
    {
        using SafetensorsFile file = SafetensorsFile.Open(weights);
        double[] w = file.Get("encoder.weight").ReadAllDouble(), b = file.Get("encoder.bias").ReadAllDouble(), centre = file.Get("b_dec").ReadAllDouble();
        float[] dense = sae.Encode(SignalView.FromRows(x, 8)).ToDense().ToArray();
        Assert.That(dense.Count(code => code < 0), Is.Positive);
        for (int row = 0; row < 16; row++)
        {
            double[] pre = [.. Enumerable.Range(0, 24).Select(j => b[j] + Enumerable.Range(0, 8).Sum(i => w[(j * 8) + i] * (x[(row * 8) + i] - centre[i])))];
            int[] kept = [.. Enumerable.Range(0, 24).OrderByDescending(j => Math.Abs(pre[j])).Take(4)];
            for (int j = 0; j < 24; j++)
            {
                Assert.That(dense[(row * 24) + j], Is.EqualTo(kept.Contains(j) ? pre[j] : 0).Within(1e-4));
            }
        }
    }

    private static void Refused(Action load, params string[] parts)
    {
        InvalidDataException exception = Assert.Throws<InvalidDataException>(load)!;
        Assert.That(parts, Has.All.Matches<string>(part => exception.Message.Contains(part!, StringComparison.Ordinal)), exception.Message);
    }
}

using System.Numerics.Tensors;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>SAEs that other projects' own code saved give that code's codes and reconstructions; what is written is read back alike.</summary>
[TestFixture]
internal sealed class ForeignSaeTests
{
    [TestCase("AutoEncoder")]
    [TestCase("AutoEncoder-unit")]
    [TestCase("AutoEncoderNew")]
    [TestCase("AutoEncoderTopK")]
    [TestCase("GatedAutoEncoder")]
    [TestCase("BatchTopKSAE")]
    [TestCase("JumpReluAutoEncoder")]
    [TestCase("MatryoshkaBatchTopKSAE")]
    public void LoadDictionaryLearning_ItsOwnFile_GivesItsCodes(string name)
    {
        string folder = ForeignFixture.Folder("dictionary_learning", name);
        ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(folder), folder);
        ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(Path.Combine(folder, "ae.pt")), folder);
        using var saved = new TemporaryFolder();
        SaeEncoder.LoadDictionaryLearning(folder).SaveDictionaryLearning(saved.Path);
        ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(saved.Path), folder);
    }

    [TestCase("topk")]
    [TestCase("topk-expansion-bf16")]
    [TestCase("topk-f16")]
    [TestCase("groupmax")]
    public void LoadSparsify_ItsOwnFile_GivesItsCodes(string name)
    {
        string folder = ForeignFixture.Folder("sparsify", name);
        SaeEncoder sae = SaeEncoder.LoadSparsify(folder);
        ForeignFixture.AssertAlike(sae, folder);
        Assert.That(sae.ExpectedL0, Is.Null);
        using var saved = new TemporaryFolder();
        sae.SaveSparsify(saved.Path);
        ForeignFixture.AssertAlike(SaeEncoder.LoadSparsify(Path.Combine(saved.Path, "sae.safetensors")), folder);
    }

    [TestCase("relu")]
    [TestCase("topk")]
    [TestCase("relu-legacy-file")]
    [TestCase("relu-tied")]
    [TestCase("relu-half")]
    public void LoadOpenAI_ItsOwnFile_GivesItsCodes(string name)
    {
        string folder = ForeignFixture.Folder("openai", name);
        ForeignFixture.AssertAlike(SaeEncoder.LoadOpenAI(Path.Combine(folder, "autoencoder.pt")), folder);
    }

    [TestCase("transcoder")]
    [TestCase("skip-transcoder")]
    public void LoadSparsify_ATranscoder_GivesItsCodesAndIsKept(string name)
    {
        string folder = ForeignFixture.Folder("sparsify", name);
        SaeEncoder sae = SaeEncoder.LoadSparsify(folder);
        ForeignFixture.AssertAlike(sae, folder);
        using var saved = new TemporaryFolder();
        sae.Save(saved.File("own"));
        ForeignFixture.AssertAlike(SaeEncoder.Load(saved.File("own")), folder);
        Assert.That(() => sae.SaveSparsify(saved.Path), Throws.InstanceOf<NotSupportedException>().With.Message.Contain("transcoder"));
        Assert.That(() => sae.SaveSaeLens(saved.Path), Throws.InstanceOf<NotSupportedException>().With.Message.Contain("TopK"));
    }

    [TestCase("saelens", "standard")]
    [TestCase("saelens", "standard-bf16-uncentred")]
    [TestCase("saelens", "topk")]
    [TestCase("saelens", "topk-rescaled")]
    [TestCase("saelens", "jumprelu")]
    [TestCase("saelens", "batchtopk-exported")]
    [TestCase("saelens", "gated")]
    [TestCase("saelens", "layer-norm")]
    [TestCase("saelens", "constant-norm-rescale")]
    [TestCase("saelens", "transcoder")]
    [TestCase("saelens", "skip-transcoder")]
    [TestCase("saelens", "jumprelu-transcoder")]
    [TestCase("saelens-5.11", "standard")]
    [TestCase("saelens-5.11", "standard-scaled")]
    [TestCase("saelens-5.11", "topk")]
    [TestCase("saelens-5.11", "standard-with-topk")]
    [TestCase("saelens-5.11", "gated")]
    [TestCase("saelens-5.11", "jumprelu")]
    [TestCase("saelens-5.11", "jumprelu-uncentred")]
    public void LoadSaeLens_ItsOwnFile_GivesItsCodes(string version, string name)
    {
        string folder = ForeignFixture.Folder(version, name);
        ForeignFixture.AssertAlike(SaeEncoder.LoadSaeLens(folder), folder);
        using var saved = new TemporaryFolder();
        SaeEncoder.LoadSaeLens(folder).SaveSaeLens(saved.Path);
        ForeignFixture.AssertAlike(SaeEncoder.LoadSaeLens(saved.Path), folder);
    }

    [Test]
    public void LoadGemmaScope_FileThatSaeLensReads_GivesItsCodes()
    {
        string folder = ForeignFixture.Folder("scopes", "layer_3", "width_16k", "average_l0_10");
        SaeEncoder sae = SaeEncoder.LoadGemmaScope(folder);
        ForeignFixture.AssertAlike(sae, folder);
        Assert.That(sae.ExpectedL0, Is.EqualTo(10));
        ForeignFixture.AssertAlike(SaeEncoder.LoadGemmaScope(Path.Combine(folder, "params.npz")), folder);
    }

    [Test]
    public void LoadGemmaScope_SecondRelease_IsTheFirstInSmallLetters()
    {
        string folder = ForeignFixture.Folder("scopes", "layer_3", "width_16k", "average_l0_10");
        using var made = new TemporaryFolder();
        WriteSecondRelease(folder, made.Path);
        SaeEncoder sae = SaeEncoder.LoadGemmaScope(made.Path);
        ForeignFixture.AssertAlike(sae, folder);
        Assert.That(sae.ExpectedL0, Is.Null);
    }

    [Test]
    public void LoadLlamaScope_FileThatSaeLensReads_GivesItsCodes()
    {
        string folder = ForeignFixture.Folder("scopes", "Llama3_1-8B-Base-L3R-8x");
        SaeEncoder sae = SaeEncoder.LoadLlamaScope(folder);
        ForeignFixture.AssertAlike(sae, folder);
        Assert.That(sae.Options.Normalization, Is.EqualTo(InputNormalization.MeanNorm));
        Assert.That(() => SaeEncoder.LoadLlamaScope(folder, 0.5f), Throws.ArgumentException.With.Message.Contain("activationScale"));
    }

    [TestCase("saelens", "standard", "cfg.json")]
    [TestCase("saelens-5.11", "standard", "cfg.json")]
    public void ExpectedL0_OfSparsityFile_IsWhatTheFixtureFires(string version, string name, string config)
    {
        string folder = ForeignFixture.Folder(version, name);
        (float[] x, double[] codes, _) = ForeignFixture.Expected(folder);
        SaeEncoder sae = SaeEncoder.LoadSaeLens(folder);
        double fired = codes.Count(code => code != 0) / 16.0;
        Assert.That(sae.ExpectedL0, Is.EqualTo(fired).Within(1e-4));
        Assert.That(sae.CheckExpectedL0(SignalView.FromRows(x, 8)), Is.EqualTo(fired));

        // The number in the configuration goes first.
        using var copy = new TemporaryFolder();
        ForeignFixture.Copy(folder, copy.Path);
        ForeignFixture.Replace(copy.File(config), version == "saelens" ? "\"metadata\": {" : "{\"architecture\"", version == "saelens" ? "\"metadata\": {\"l0\": 3.5, " : "{\"metadata\": {\"l0\": 3.5}, \"architecture\"");
        Assert.That(SaeEncoder.LoadSaeLens(copy.Path).ExpectedL0, Is.EqualTo(3.5));
    }

    [Test]
    public void CheckExpectedL0_OtherSignals_AreToldByBothNumbers()
    {
        string folder = ForeignFixture.Folder("openai", "relu");
        SaeEncoder sae = SaeEncoder.LoadOpenAI(Path.Combine(folder, "autoencoder.pt"));
        float[] x = ForeignFixture.Expected(folder).X;
        Assert.That(sae.CheckExpectedL0(SignalView.FromRows(x, 8), 1e-6), Is.EqualTo(12.25), "latents_activation_frequency was counted on the same rows");
        var far = new float[16 * 8];
        for (int i = 0; i < far.Length; i++)
        {
            far[i] = -40 * Math.Abs(x[i]);
        }

        Assert.That(() => sae.CheckExpectedL0(SignalView.FromRows(far, 8), 0.05), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("12.25"));
        Assert.That(() => sae.CheckExpectedL0(SignalView.FromRows(x, 8), 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => sae.CheckExpectedL0(new float[0, 8]), Throws.ArgumentException);
        SaeEncoder silent = SaeEncoder.LoadSparsify(ForeignFixture.Folder("sparsify", "topk"));
        Assert.That(() => silent.CheckExpectedL0(SignalView.FromRows(x, 8)), Throws.InvalidOperationException.With.Message.Contain("ExpectedL0"));
    }

    [TestCase(true, InputNormalization.MeanNorm, 0)]
    [TestCase(true, InputNormalization.None, 3)]
    [TestCase(true, InputNormalization.MeanNorm, 3)]
    [TestCase(false, InputNormalization.None, 0)]
    public void Save_TrainedHere_LoadsWithTheSameCodes(bool bias, InputNormalization normalization, int k)
    {
        var data = new float[400, 8];
        var random = new Random(2);
        for (int i = 0; i < data.Length; i++)
        {
            data[i / 8, i % 8] = (random.NextSingle() * 6) - 1;
        }

        var options = new SaeOptions { AtomCount = 20, Bias = bias, Normalization = normalization, Selection = k == 0 ? Selection.Relu : Selection.TopK(k) };
        SaeEncoder sae = new SaeEncoder(options, new TrainingOptions { Steps = 40, BatchSize = 64 }).Fit(ActivationSource.FromView(data));
        using var folder = new TemporaryFolder();
        sae.SaveDictionaryLearning(folder.File("dl"));
        AssertSame(SaeEncoder.LoadDictionaryLearning(folder.File("dl")), sae, data);
        string kind = k > 0 ? "AutoEncoderTopK" : normalization == InputNormalization.None ? "AutoEncoder" : "AutoEncoderNew";
        Assert.That(File.ReadAllText(folder.File("dl/config.json")), Does.Contain($"\"{kind}\""), "a scaled decoder has no unit atoms any more");
        if (k > 0)
        {
            sae.SaveSparsify(folder.File("sp"));
            AssertSame(SaeEncoder.LoadSparsify(folder.File("sp")), sae, data);
        }
        else
        {
            Assert.That(() => sae.SaveSparsify(folder.File("sp")), Throws.InstanceOf<NotSupportedException>().With.Message.Contain("TopK"));
            Assert.That(Directory.Exists(folder.File("sp")), Is.False);
        }

        Assert.That(() => new SaeEncoder(options).SaveDictionaryLearning(folder.Path), Throws.InvalidOperationException);
        Assert.That(() => new SaeEncoder(options).SaveSparsify(folder.Path), Throws.InvalidOperationException);
    }

    [TestCase(3.0, "BatchTopKSAE")]
    [TestCase(2.5, "JumpReluAutoEncoder")]
    public void SaveDictionaryLearning_BatchTopK_KeepsItsThreshold(double k, string kind)
    {
        var data = new float[300, 8];
        var random = new Random(4);
        for (int i = 0; i < data.Length; i++)
        {
            data[i / 8, i % 8] = (random.NextSingle() * 6) - 1;
        }

        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 20, Selection = Selection.BatchTopK(k) }, new TrainingOptions { Steps = 40, BatchSize = 64 }).Fit(ActivationSource.FromView(data));
        using var folder = new TemporaryFolder();
        sae.SaveDictionaryLearning(folder.File("dl"));
        sae.SaveSaeLens(folder.File("sl"));
        Assert.That(File.ReadAllText(folder.File("dl/config.json")), Does.Contain($"\"{kind}\""));
        AssertSame(SaeEncoder.LoadDictionaryLearning(folder.File("dl")), sae, data);
        AssertSame(SaeEncoder.LoadSaeLens(folder.File("sl")), sae, data);
        Assert.That(SaeEncoder.LoadDictionaryLearning(folder.File("dl")).Options.Selection, kind == "BatchTopKSAE" ? Is.EqualTo(Selection.BatchTopK(3)) : Is.TypeOf<JumpReluSelection>());
    }

    /// <summary>Every selection that encodes as something that a foreign layout has goes out as that, biases and scales folded; every other one is refused by name.</summary>
    [Test]
    public void Save_EverySelection_KeepsItsCodesOrIsRefusedByName()
    {
        var source = new SaeTrialSource(200, 0);
        float[,] data = source.Matrix();
        foreach (SaeChoice choice in SaeChoice.Of(SaeAxis.Selection))
        {
            Selection selection = SaeChoice.Recipe(choice).Options.Selection;
            string? wanted = selection switch
            {
                JumpReluSelection or BatchTopKSelection or FeatureChoiceSelection => "jumprelu",
                TopKSelection or VariationalTopKSelection => "topk",
                ReluSelection => "standard",
                GatedSelection => "gated",
                _ => null,
            };
            foreach (InputNormalization mode in (InputNormalization[])[InputNormalization.None, InputNormalization.MeanNorm])
            {
                var options = new SaeOptions { AtomCount = 12, Selection = selection, Normalization = mode };
                SaeEncoder sae = new SaeEncoder(options, new TrainingOptions { Steps = 40, BatchSize = 64, LearningRate = 0.01f }).Fit(source);
                using var folder = new TemporaryFolder();
                if (wanted is null)
                {
                    string name = selection.GetType().Name;
                    Assert.That(() => sae.SaveSaeLens(folder.File("sl")), Throws.InstanceOf<NotSupportedException>().With.Message.Contain(name));
                    Assert.That(() => sae.SaveDictionaryLearning(folder.File("dl")), Throws.InstanceOf<NotSupportedException>().With.Message.Contain(name));
                }
                else
                {
                    sae.SaveSaeLens(folder.File("sl"));
                    sae.SaveDictionaryLearning(folder.File("dl"));
                    Assert.That(File.ReadAllText(folder.File("sl/cfg.json")), Does.Contain($"\"{wanted}\""));
                    AssertSame(SaeEncoder.LoadSaeLens(folder.File("sl")), sae, data);
                    AssertSame(SaeEncoder.LoadDictionaryLearning(folder.File("dl")), sae, data);
                }

                if (selection is TopKSelection or VariationalTopKSelection or GroupMaxSelection)
                {
                    sae.SaveSparsify(folder.File("sp"));
                    AssertSame(SaeEncoder.LoadSparsify(folder.File("sp")), sae, data);
                }
                else
                {
                    Assert.That(() => sae.SaveSparsify(folder.File("sp")), Throws.InstanceOf<NotSupportedException>().With.Message.Contain(selection.GetType().Name));
                }
            }
        }
    }

    [Test]
    public void SaveSparsify_GroupsOfDifferentSizes_IsRefusedByName()
    {
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 10, Selection = Selection.GroupMax(3) }, new TrainingOptions { Steps = 1 }).Fit(new float[4, 5]);
        using var folder = new TemporaryFolder();
        Assert.That(() => sae.SaveSparsify(folder.Path), Throws.InstanceOf<NotSupportedException>().With.Message.Contain("10 atoms do not divide into 3 groups"));
    }

    [Test]
    public void Save_AcrossFormats_KeepsCodes()
    {
        string folder = ForeignFixture.Folder("scopes", "Llama3_1-8B-Base-L3R-8x");
        using var saved = new TemporaryFolder();
        SaeEncoder.LoadLlamaScope(folder).SaveDictionaryLearning(saved.Path);
        ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(saved.Path), folder);
        string uncentred = ForeignFixture.Folder("saelens", "standard-bf16-uncentred");
        SaeEncoder.LoadSaeLens(uncentred).SaveDictionaryLearning(saved.Path);
        ForeignFixture.AssertAlike(SaeEncoder.LoadDictionaryLearning(saved.Path), uncentred);
        string top = ForeignFixture.Folder("saelens", "topk-rescaled");
        SaeEncoder.LoadSaeLens(top).SaveSparsify(saved.Path);
        ForeignFixture.AssertAlike(SaeEncoder.LoadSparsify(saved.Path), top);
    }

    /// <summary>The layout of the second release, made from a file of the first.</summary>
    internal static void WriteSecondRelease(string first, string folder)
    {
        using var npz = NpzFile.Open(Path.Combine(first, "params.npz"));
        SafetensorsFile.Write(
            Path.Combine(folder, "params.safetensors"),
            null,
            [.. npz.Names.Select(name => TensorToWrite.Create(name.Replace('W', 'w'), npz.Get(name).ReadAllSingle(), npz.Get(name).Shape))]);
        File.WriteAllText(Path.Combine(folder, "config.json"), "{\"architecture\": \"jump_relu\", \"model_name\": \"tiny\"}");
    }

    /// <summary>Loads a fixture by its project's own method.</summary>
    internal static SaeEncoder Load(string project, string folder) => project switch
    {
        "dictionary_learning" => SaeEncoder.LoadDictionaryLearning(folder),
        "sparsify" => SaeEncoder.LoadSparsify(folder),
        "openai" => SaeEncoder.LoadOpenAI(Path.Combine(folder, "autoencoder.pt")),
        _ => SaeEncoder.LoadSaeLens(folder),
    };

    private static void AssertSame(SaeEncoder again, SaeEncoder sae, float[,] data)
    {
        Assert.That(again.Encode(data).ToDense().ToArray(), Is.EqualTo(sae.Encode(data).ToDense().ToArray()).Within(2e-5f));
        Assert.That(again.Dictionary.Decode(again.Encode(data)).ToArray(), Is.EqualTo(sae.Dictionary.Decode(sae.Encode(data)).ToArray()).Within(5e-5f));
    }
}

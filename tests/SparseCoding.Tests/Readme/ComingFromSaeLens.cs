using System.Numerics.Tensors;
using System.Text.Json;
using SparseCoding.Formats;

namespace SparseCoding.Tests;

/// <summary>The C# of docs/coming-from/saelens.md on the fixtures that SAELens' own classes were run over, in a folder of its own.</summary>
[TestFixture]
internal sealed class ComingFromSaeLens
{
    private static readonly ComingFromGolden Golden = ComingFromGolden.Read("saelens.json");

    private string _before = string.Empty;
    private TemporaryFolder? _folder;

    [SetUp]
    public void EnterFolder()
    {
        _before = Environment.CurrentDirectory;
        _folder = new TemporaryFolder();
        Environment.CurrentDirectory = _folder.Path;
        Directory.CreateDirectory("gpt2-small-res-jb");
        foreach (string file in Directory.GetFiles(RepositoryRoot.Combine("tests", "Golden", "saelens", "standard")))
        {
            File.Copy(file, Path.Combine("gpt2-small-res-jb", Path.GetFileName(file)));
        }
    }

    [TearDown]
    public void LeaveFolder()
    {
        Environment.CurrentDirectory = _before;
        _folder!.Dispose();
    }

    [Test]
    public void LoadEncodeDecodeMeasureSave_Fixture_GivesSaeLensNumbers()
    {
        using SafetensorsFile expected = SafetensorsFile.Open("gpt2-small-res-jb/expected.safetensors");
        Tensor<float> activations = Tensor.Create(expected.Get("x").ReadAllSingle(), [7, 6]);
        #region load
        SaeEncoder sae = SaeEncoder.LoadSaeLens("gpt2-small-res-jb");        // a folder with cfg.json and sae_weights.safetensors
        SparseCodes codes = sae.Encode(activations);                         // [samples, atoms]
        Tensor<float> reconstruction = sae.Dictionary.Decode(codes);
        sae.SaveSaeLens("my-sae");
        #endregion
        Assert.That(codes.ToDense().ToArray().Select(v => (double)v), Is.EqualTo(expected.Get("codes").ReadAllDouble()).Within(1e-5));
        Assert.That(reconstruction.ToArray().Select(v => (double)v), Is.EqualTo(expected.Get("out").ReadAllDouble()).Within(2e-5));
        Assert.That(SaeEncoder.LoadSaeLens("my-sae").Encode(activations).ToDense().ToArray(), Is.EqualTo(codes.ToDense().ToArray()).Within(1e-6f));

        #region metrics
        ReconstructionMetrics quality = ReconstructionMetrics.Measure(activations, reconstruction);
        SparsityMetrics sparsity = SparsityMetrics.Measure(codes);
        double mse = quality.Mse * sae.Dimension / quality.Samples;          // theirs divides by the tokens of a batch twice
        double explainedVariance = 1 - quality.Fvu;                          // by its definition, which theirs is not: see below
        double[] featureDensity = sparsity.Density.ToArray();
        #endregion
        Golden.AssertEqual([mse], "mse", 1e-4);
        Golden.AssertEqual([quality.NormRatio], "l2_ratio", 1e-5);
        Golden.AssertEqual([quality.RelativeBias], "relative_reconstruction_bias", 1e-4);
        Golden.AssertEqual([quality.Cosine], "cossim", 1e-6);
        Golden.AssertEqual([sparsity.L0], "l0", 1e-9);
        Golden.AssertEqual([sparsity.L1], "l1", 1e-5);
        Golden.AssertEqual(featureDensity, "feature_density", 1e-9);
        double[] x = Array.ConvertAll(activations.ToArray(), v => (double)v), y = Array.ConvertAll(reconstruction.ToArray(), v => (double)v);
        double residual = x.Zip(y, (a, b) => (a - b) * (a - b)).Sum() / 7, square = x.Sum(v => v * v);
        Golden.AssertEqual([1 - (residual / ((square / 7) - Math.Pow(square / 42, 2)))], "explained_variance", 1e-3);
        Assert.That(explainedVariance, Is.Not.EqualTo(Golden.Number("explained_variance")).Within(1e-3), "their formula is not the variance");
    }

    [Test]
    public void Edit_OneLatent_KeepsWhatTheDictionaryDoesNotExplain()
    {
        using SafetensorsFile expected = SafetensorsFile.Open("gpt2-small-res-jb/expected.safetensors");
        float[] x = expected.Get("x").ReadAllSingle();
        Tensor<float> activations = Tensor.Create(x, [7, 6]);
        SaeEncoder sae = SaeEncoder.LoadSaeLens("gpt2-small-res-jb");
        #region edit
        SparseCodes codes = sae.Encode(activations);
        Tensor<float> dense = codes.ToDense();
        for (int row = 0; row < codes.RowCount; row++)
        {
            dense[row, 3] = 5;                                                // steer latent 3
        }

        Tensor<float> difference = Tensor.Subtract<float>(sae.Dictionary.Decode(SparseCodes.FromDense(dense)), sae.Dictionary.Decode(codes));
        Tensor<float> edited = Tensor.Add<float>(activations, difference);    // what use_error_term=True does
        #endregion
        float[] atom = sae.Dictionary.AtomValues.Slice(3 * 6, 6).ToArray();
        for (int i = 0; i < x.Length; i++)
        {
            Assert.That(edited[i / 6, i % 6], Is.EqualTo(x[i] + ((5 - codes[i / 6][3]) * atom[i % 6])).Within(2e-5f));
        }
    }

    [Test]
    public void Options_OfEveryArchitecture_TrainAndSave()
    {
        var world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 32, Measurements = 16, Samples = 4096, Seed = 1 });
        ActivationSource data = world.Signals;
        #region train
        var decoder = new LinearDecoderOptions { UnitNorm = false };                                                // SAELens leaves norms free
        var standard = new SaeOptions { AtomCount = 64, Decoder = decoder, Penalty = new L1Penalty { Weight = new Schedule { Value = 0.1f / 2, WarmupSteps = 50 }, TimesDecoderNorm = true } };
        var topK = new SaeOptions { AtomCount = 64, Selection = Selection.TopK(4), Remedies = [new AuxKRemedy { Weight = 1, Normalize = false, DeadAfter = 1000 }] };
        var batchTopK = new SaeOptions { AtomCount = 64, Selection = new BatchTopKSelection(4) { ThresholdDecay = 1 - 0.01 } };
        var matryoshka = batchTopK with { Decoder = new MatryoshkaDecoderOptions { Prefixes = [8, 24] } };
        var jumpRelu = new SaeOptions
        {
            AtomCount = 64,
            Selection = new JumpReluSelection { InitialThreshold = 0.01f, Bandwidth = 0.05f },
            Penalty = new L0Penalty { Weight = new Schedule { Value = 0.01f / 2, WarmupSteps = 50 } },
            Remedies = [new PreActivationRemedy { Weight = 3e-6f / 2, DeadAfter = 1000 }],
        };
        var training = new TrainingOptions
        {
            Steps = 4096 * 25 / 1024,                                                                                // training_tokens / train_batch_size_tokens
            BatchSize = 1024,
            LearningRate = new Schedule { Value = 3e-4f, WarmupSteps = 10, DecayShare = 0.2 },                       // lr, lr_warm_up_steps, lr_decay_steps / steps
            Optimizer = new AdamOptions { Beta1 = 0.9f, Beta2 = 0.999f },
            Seed = 42,
        };
        SaeEncoder sae = new SaeEncoder(batchTopK, training).Fit(data, new RunContext { Checkpoint = "checkpoints" });
        sae.SaveSaeLens("my-batchtopk");                                                                             // as SAELens does: a jumprelu with the learned threshold
        #endregion
        Assert.That(SaeEncoder.LoadSaeLens("my-batchtopk").Options.Selection, Is.InstanceOf<JumpReluSelection>());
        Assert.That(SaeEncoder.LoadSaeLens("my-batchtopk").Encode(world.Signals).NonZeroCount, Is.EqualTo(sae.Encode(world.Signals).NonZeroCount));
        foreach (SaeOptions options in new[] { standard, topK, matryoshka, jumpRelu })
        {
            Assert.That(new SaeEncoder(options, training with { Steps = 5 }).Fit(data).AtomCount, Is.EqualTo(64));
        }
    }

    [Test]
    public void Page_EveryConfigurationKey_IsInItsTable()
    {
        string page = File.ReadAllText(RepositoryRoot.Combine("docs", "coming-from", "saelens.md"));
        using JsonDocument keys = JsonDocument.Parse(File.ReadAllText(RepositoryRoot.Combine("tests", "Golden", "coming-from", "saelens-keys.json")));
        string[] missing = [.. keys.RootElement.EnumerateObject().SelectMany(c => c.Value.EnumerateArray()).Select(k => k.GetString()!).Distinct().Where(key => !page.Contains($"`{key}`", StringComparison.Ordinal))];
        Assert.That(missing, Is.Empty);
    }
}

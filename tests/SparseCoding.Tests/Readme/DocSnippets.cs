using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>The code blocks of the documentation, run as tests on small files in a folder of their own.</summary>
[TestFixture]
internal sealed class DocSnippets
{
    private string _before = string.Empty;
    private TemporaryFolder? _folder;
    private SyntheticData _world = null!;

    [SetUp]
    public void EnterFolder()
    {
        _before = Environment.CurrentDirectory;
        _folder = new TemporaryFolder();
        Environment.CurrentDirectory = _folder.Path;
        _world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 16, Measurements = 8, Active = 3, Samples = 512, Seed = 1 });
    }

    [TearDown]
    public void LeaveFolder()
    {
        Environment.CurrentDirectory = _before;
        _folder!.Dispose();
    }

    [Test]
    public void AmortisationGap_Report_PrintsAndGivesJson()
    {
        AtomDictionary dictionary = _world.Dictionary;
        SaeEncoder encoder = new SaeEncoder(new SaeOptions { AtomCount = 16 }, new TrainingOptions { Steps = 50 }).Fit(_world.Signals, dictionary);
        #region amortisation-gap
        TheoremReport report = AmortisationGap.Check(dictionary, active: 3, encoder);
        Console.WriteLine(report);                    // verdict, table, one explanation per line
        File.WriteAllText("theorem.json", report.ToJson());
        #endregion
        Assert.That(new FileInfo("theorem.json").Length, Is.GreaterThan(100));
    }

    [Test]
    public void Lambda_Chosen_IsWhatWasAskedFor()
    {
        AtomDictionary dictionary = _world.Dictionary;
        System.Numerics.Tensors.Tensor<float> signals = _world.Split(0.25).Train.Signals;
        #region choose-lambda
        LambdaChoice byLevel = LambdaSelection.ForL0(dictionary, signals, meanL0: 3);             // as sparse as you want
        LambdaChoice byFolds = LambdaSelection.ByCrossValidation(dictionary, signals);            // what predicts held-out entries best
        LambdaChoice byBic = LambdaSelection.ByBic(dictionary, signals, noiseVariance: 1e-4f);    // when the noise is known
        ActiveCountChoice atoms = ActiveCountSelection.ByCrossValidation(dictionary, signals, mostActive: 8);

        var lasso = new LassoEncoder(dictionary, new LassoOptions { Lambda = byLevel.Lambda });
        var omp = new OmpEncoder(dictionary, new OmpOptions { MaxActive = atoms.MaxActive });
        Console.WriteLine($"{byLevel}; {byFolds}; {byBic}; {atoms}");
        #endregion
        Assert.That(lasso.Encode(signals).NonZeroCount / 128.0, Is.EqualTo(3).Within(0.1));
        Assert.That(omp.Encode(signals).NonZeroCount / 128.0, Is.EqualTo(atoms.MaxActive).Within(0.2));
        Assert.That(byFolds.Scores.Length, Is.EqualTo(50));
        Assert.That(byBic.MeanL0[byBic.Best], Is.GreaterThan(1));
    }

    [Test]
    public void DeadLatents_WithARemedy_AreCounted()
    {
        System.Numerics.Tensors.Tensor<float> signals = _world.Signals;
        #region dead-latents
        var options = new SaeOptions { AtomCount = 64, Selection = Selection.TopK(4), Remedies = [new AuxKRemedy { DeadAfter = 100 }] };
        var training = new TrainingOptions { Steps = 200, OffsetStart = OffsetStart.Mean, Initialization = Initialization.Tied };
        SaeEncoder sae = new SaeEncoder(options, training).Fit(signals);
        double dead = SparsityMetrics.Measure(sae.Encode(signals)).DeadShare;
        #endregion
        Assert.That(dead, Is.InRange(0, 0.5));
    }

    [Test]
    public void TrainAnSae_ByTheRecipe_LeavesLittleError()
    {
        System.Numerics.Tensors.Tensor<float> signals = _world.Signals;
        #region train-an-sae
        var options = new SaeOptions
        {
            AtomCount = 64,
            Selection = Selection.TopK(4),
            Normalization = InputNormalization.MeanNorm,
            Remedies = [new AuxKRemedy { DeadAfter = 10 }],
        };
        var training = new TrainingOptions
        {
            Steps = 400,
            BatchSize = 256,
            LearningRate = new Schedule { Value = 1e-3f, WarmupSteps = 100, DecayShare = 0.6 },
            AtomRateFactor = 6,
            Optimizer = new AdamOptions { Beta2 = 0.99f },
        };
        SaeEncoder sae = new SaeEncoder(options, training).Fit(signals);
        double fvu = ReconstructionMetrics.Measure(signals, sae.Decoder.Decode(sae.Encode(signals))).Fvu;
        double silent = SparsityMetrics.Measure(sae.Encode(signals)).DeadShare;
        #endregion
        Assert.That(fvu, Is.InRange(0, 0.5));
        Assert.That(silent, Is.InRange(0, 0.5));
    }

    [Test]
    public void SaeParts_Combined_ReachTheWantedL0()
    {
        System.Numerics.Tensors.Tensor<float> signals = _world.Signals;
        var training = new TrainingOptions { Steps = 800, BatchSize = 128, LearningRate = 3e-3f };
        #region sae-parts
        var options = new SaeOptions
        {
            AtomCount = 32,
            Selection = new JumpReluSelection { Bandwidth = 0.2f, InitialThreshold = 0.1f },
            Penalty = new L0Penalty { Weight = 0.01f, Controller = new L0Controller { Target = 4 } },      // reaches 4 active atoms
            Decoder = new MatryoshkaDecoderOptions { Prefixes = [8, 16] },
        };
        SaeEncoder sae = new SaeEncoder(options, training).Fit(signals);
        #endregion
        Assert.That(sae.Encode(signals).NonZeroCount / 512.0, Is.EqualTo(4).Within(10).Percent);
    }

    [Test]
    public void SaeLens_LoadedAndSaved_GivesTheSameCodes()
    {
        System.Numerics.Tensors.Tensor<float> signals = _world.Signals;
        new SaeEncoder(new SaeOptions { AtomCount = 64 }, new TrainingOptions { Steps = 20 }).Fit(signals).SaveSaeLens("gpt2-small-res-jb/blocks.8.hook_resid_pre");
        #region load-saelens
        SaeEncoder sae = SaeEncoder.LoadSaeLens("gpt2-small-res-jb/blocks.8.hook_resid_pre");
        SparseCodes codes = sae.Encode(signals);                                      // [samples, atoms]
        var better = new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = 32 });   // iterative codes on the same dictionary
        sae.SaveSaeLens("my-sae");                                                    // and back: SAE.load_from_disk("my-sae")
        #endregion
        Assert.That(SaeEncoder.LoadSaeLens("my-sae").Encode(signals).Atoms.SequenceEqual(codes.Atoms), Is.True);
        Assert.That(better.Encode(signals).RowCount, Is.EqualTo(512));
    }

    [Test]
    public void Foreign_Saes_AreLoadedCheckedAndSaved()
    {
        string fixtures = RepositoryRoot.Combine("tests", "SparseCoding.Tests", "Fixtures", "Sae");
        Copy(Path.Combine(fixtures, "dictionary_learning", "AutoEncoderTopK"), "run/trainer_0");
        Copy(Path.Combine(fixtures, "sparsify", "topk"), "run/layers.10");
        SaeEncoder gemma = SaeEncoder.LoadGemmaScope(Path.Combine(fixtures, "scopes", "layer_3", "width_16k", "average_l0_10"));
        using var expected = SparseCoding.Formats.SafetensorsFile.Open(Path.Combine(fixtures, "scopes", "layer_3", "width_16k", "average_l0_10", "expected.safetensors"));
        var activations = new float[16, 8];
        Buffer.BlockCopy(expected.Get("x").ReadAllSingle(), 0, activations, 0, sizeof(float) * activations.Length);

        #region load-foreign
        SaeEncoder trained = SaeEncoder.LoadDictionaryLearning("run/trainer_0");      // ae.pt and config.json; the .pt is read, never executed
        SaeEncoder sparsify = SaeEncoder.LoadSparsify("run/layers.10");               // cfg.json and sae.safetensors
        double l0 = gemma.CheckExpectedL0(activations);                               // throws where it is not near the L0 that the files state
        trained.SaveSparsify("for-sparsify");                                         // any TopK; SaveDictionaryLearning and SaveSaeLens take more
        #endregion
        Assert.That((l0, sparsify.AtomCount, SaeEncoder.LoadSparsify("for-sparsify").AtomCount), Is.EqualTo((10.5, 24, 24)));

        static void Copy(string from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (string file in Directory.GetFiles(from))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }
    }

    [Test]
    public void Activations_FromFiles_AreReadInEveryWay()
    {
        Directory.CreateDirectory("acts");
        var values = new float[200_000 * 8];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (i * 37 % 101) / 101f;
        }

        SparseCoding.Formats.NpyFile.Write<float>("acts/layer8-0.npy", values, 200_000, 8);
        SparseCoding.Formats.NpyFile.Write<float>("acts/layer8.npy", values, 200_000, 8);
        SparseCoding.Formats.SafetensorsFile.Write("acts.safetensors", null, SparseCoding.Formats.TensorToWrite.Create("blocks.8.hook_resid_pre", values, 200_000, 8));
        var options = new SaeOptions { AtomCount = 16 };
        var training = new TrainingOptions { Steps = 5 };
        #region load-activations
        ActivationSource data = ActivationFiles.Open("acts/layer8-*.npy");            // a file, a folder, or a pattern
        ActivationSource fast = ActivationFiles.Load("acts/layer8.npy");              // in memory where it fits 4 GiB, else as above
        ActivationSource named = ActivationFiles.Open("acts.safetensors", new ActivationFileOptions { TensorName = "blocks.8.hook_resid_pre" });

        SaeEncoder sae = new SaeEncoder(options, training).Fit(data);

        var batch = new SignalBatch(1024, data.Dimension);                            // rows by hand
        data.Read(batch);                                                             // the next ones, from data.Position on
        data.Gather([7, 100_000, 3], batch);                                          // or any
        SparseCodes codes = sae.Encode(SignalView.FromRows(batch.Signals, data.Dimension));
        codes.SaveNpz("codes.npz");                                                   // scipy.sparse.load_npz("codes.npz")
        #endregion
        Assert.That(fast.RowCount, Is.EqualTo(named.RowCount));
        Assert.That(SparseCodes.LoadNpz("codes.npz").Values.SequenceEqual(codes.Values), Is.True);
    }

    [Test]
    public void LearnADictionary_EveryForm_Runs()
    {
        Tensor<float> signals = _world.Signals, patches = Tensor.Create<float>([1, 0, 2, 1, 3, 0, 0, 1], [4, 2]);
        Tensor<float>[] stream = [signals, signals];
        #region learn-a-dictionary
        var learning = new DictionaryLearningOptions { Update = DictionaryUpdate.KSvd, Iterations = 50, Restarts = 2 };
        OmpEncoder omp = new OmpEncoder(new OmpOptions { AtomCount = 16, MaxActive = 3 }, learning).Fit(signals);
        Console.WriteLine(omp.Training!.Replacements.Count);                                  // atoms that did no work
        #endregion
        #region learn-a-stream
        var online = new DictionaryLearningOptions { Update = new BlockCoordinateUpdate { Sweeps = 1 }, Forgetting = 3, BatchSize = 256 };
        var recipe = new LassoEncoder(new LassoOptions { AtomCount = 16, Lambda = 0.05f }, online);
        using DictionaryTrainer<LassoEncoder> trainer = recipe.CreateTrainer(dimension: 8);
        foreach (Tensor<float> batch in stream)
        {
            trainer.Step(batch);
        }

        LassoEncoder now = trainer.Snapshot();                                                // learning may go on
        trainer.SaveCheckpoint("run.safetensors");
        using DictionaryTrainer<LassoEncoder> resumed = LassoEncoder.ResumeTrainer("run.safetensors");
        #endregion
        #region learn-parts
        FactorizationResult parts = new NmfLearner(new NmfOptions { AtomCount = 2 }).Fit(patches);
        LassoEncoder forNewSignals = parts.CreateEncoder();                                   // non-negative least squares
        ItdaDictionary chosen = new ItdaLearner(new ItdaOptions { MaxActive = 3, Tolerance = 0.02f }).Fit(signals);
        double same = ItdaDictionary.Jaccard(chosen, chosen);                                 // 1: two that chose the same rows
        #endregion
        Assert.That((now.AtomCount, resumed.StepCount, same), Is.EqualTo((16, 2L, 1.0)));
        Assert.That(forNewSignals.Encode(patches).RowCount, Is.EqualTo(4));
    }
}

using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>The C# of docs/coming-from/scikit-learn.md, held to the numbers that scikit-learn gave for the Python beside it (tests/Golden/coming_from_sklearn.py).</summary>
[TestFixture]
internal sealed class ComingFromScikitLearn
{
    private static readonly ComingFromGolden Golden = ComingFromGolden.Read("sklearn.json");

    [Test]
    public void SparseEncode_EveryAlgorithm_GivesScikitLearnsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region sparse-encode
        SparseCodes omp = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 6 }).Encode(signals);
        SparseCodes homotopy = new LarsEncoder(dictionary, new LarsOptions { Lambda = 0.3f }).Encode(signals);
        SparseCodes descent = new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.3f }).Encode(signals);
        SparseCodes kept = new ThresholdEncoder(dictionary, new ThresholdOptions { Lambda = 0.9f }).Encode(signals);
        SparseCodes positive = new LarsEncoder(dictionary, new LarsOptions { Lambda = 0.3f, NonNegative = true }).Encode(signals);
        #endregion
        Golden.AssertEqual(omp, "omp");
        Golden.AssertEqual(homotopy, "lasso_lars");
        Golden.AssertEqual(kept, "threshold");
        Golden.AssertEqual(positive, "positive");

        // lasso_cd stops at a duality gap of 1e-4 ‖x‖², descent at 1e-6 · ½‖x‖²: the codes differ by that, and this library's are the nearer to the exact ones.
        Golden.AssertEqual(descent, "lasso_cd", 1e-3);
        Golden.AssertEqual(descent, "lasso_lars", 2e-4);
        double theirs = Golden.Values("lasso_cd").Zip(Golden.Values("lasso_lars"), (a, b) => Math.Abs(a - b)).Max();
        Assert.That(descent.ToDense().ToArray().Zip(Golden.Values("lasso_lars"), (a, b) => Math.Abs(a - b)).Max(), Is.LessThan(theirs));
    }

    [Test]
    public void SparseCoder_Transform_GivesScikitLearnsApproximation()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region sparse-coder
        var coder = new LarsEncoder(dictionary, new LarsOptions { Lambda = PenaltyScale.FromSparseCoder(0.3f) });
        SparseCodes codes = coder.Encode(signals);
        Tensor<float> approximation = coder.Dictionary.Decode(codes);
        #endregion
        Golden.AssertEqual(approximation.ToArray(), "approximation");
    }

    [Test]
    public void Pursuit_EveryForm_GivesScikitLearnsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region pursuit
        SparseCodes six = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 6 }).Encode(signals);
        SparseCodes until = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 16, ResidualTolerance = MathF.Sqrt(1.0f) }).Encode(signals);
        SparseCodes[] path = [.. Enumerable.Range(1, 6).Select(k => new OmpEncoder(dictionary, new OmpOptions { MaxActive = k }).Encode(signals))];
        #endregion
        Golden.AssertEqual(six, "omp_six");
        Golden.AssertEqual(six, "omp_gram");
        Golden.AssertEqual(until, "omp_tol");
        Golden.AssertEqual(path.SelectMany(codes => codes.Rows(0..1).ToDense().ToArray()), "omp_path");
    }

    [Test]
    public void LarsPath_OneSignal_HasScikitLearnsBreakpointsAndCoefficients()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        float[,] signal = new float[1, 16];
        Buffer.BlockCopy(ComingFromGolden.Signals.ToArray(), 0, signal, 0, 64);
        #region lars-path
        LassoPath path = new LarsEncoder(dictionary, new LarsOptions { Lambda = PenaltyScale.FromScikitLasso(0.01f, dictionary.Dimension) }).EncodePath(signal);
        double[] alphas = [.. path.Lambdas.ToArray().Select(lambda => lambda / dictionary.Dimension)];
        #endregion
        Golden.AssertEqual(alphas, "lars_path_alphas", 1e-6);
        double[] coefficients = new double[path.Count * 32];
        for (int k = 0; k < path.Count; k++)
        {
            for (int i = 0; i < path.Atoms(k).Length; i++)
            {
                coefficients[(32 * k) + path.Atoms(k)[i]] = path.Coefficients(k)[i];
            }
        }

        Golden.AssertEqual(coefficients, "lars_path_coefs", 1e-5);
    }

    [Test]
    public void Lasso_EveryEstimator_GivesScikitLearnsCoefficients()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region lasso
        float lambda = PenaltyScale.FromScikitLasso(0.02f, dictionary.Dimension);                       // alpha · dimension
        (float l1, float ridge) = PenaltyScale.FromScikitElasticNet(0.05f, 0.4f, dictionary.Dimension);  // alpha, l1_ratio
        SparseCodes lasso = new LassoEncoder(dictionary, new LassoOptions { Lambda = lambda, GapTolerance = 0 }).Encode(signals);
        SparseCodes lars = new LarsEncoder(dictionary, new LarsOptions { Lambda = lambda }).Encode(signals);
        SparseCodes net = new LarsEncoder(dictionary, new LarsOptions { Lambda = l1, Ridge = ridge }).Encode(signals);
        #endregion
        Golden.AssertEqual(lasso, "lasso");
        Golden.AssertEqual(lars, "lasso_lars_estimator");
        Golden.AssertEqual(net, "elastic_net");
    }

    [Test]
    public void Choose_LambdaAndCount_AreScikitLearns()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        float[,] signal = new float[1, 16];
        Buffer.BlockCopy(ComingFromGolden.Signals.ToArray(), 64, signal, 0, 64);
        #region choose
        LambdaChoice bic = LambdaSelection.ByBic(dictionary, signal, noiseVariance: 0.05f);
        var folds = new SelectionOptions { Folds = 4, Seed = null };                                     // contiguous, as KFold(4)
        LambdaChoice curve = LambdaSelection.ByCrossValidation(dictionary, signal, [1.28f, 0.64f, 0.32f, 0.16f, 0.08f], folds);
        ActiveCountChoice count = ActiveCountSelection.ByCrossValidation(dictionary, signal, mostActive: 6, folds);
        #endregion
        Assert.That(bic.Lambda / 16, Is.EqualTo(Golden.Number("bic")).Within(1e-6));
        Assert.That(curve.Lambda / 16, Is.EqualTo(Golden.Number("cv_alpha")).Within(1e-6));
        Golden.AssertEqual(curve.Scores.ToArray(), "cv_curve", 1e-5);
        Assert.That(count.MaxActive, Is.EqualTo(Golden.Number("cv_count")));
    }

    [Test]
    public void Lars_WithoutDrops_GivesScikitLearnsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region lars
        SparseCodes lar = new LarsEncoder(dictionary, new LarsOptions { MaxActive = 4, WithoutDrops = true }).Encode(signals);
        #endregion
        Golden.AssertEqual(lar, "lars");
    }

    [Test]
    public void DictionaryLearning_FromTheSameStart_GivesScikitLearnsAtoms()
    {
        Tensor<float> signals = ComingFromGolden.Many;
        AtomDictionary start = ComingFromGolden.Start;
        #region dictionary-learning
        var learning = new DictionaryLearningOptions { Update = new BlockCoordinateUpdate { Sweeps = 1 }, Iterations = 21, Tolerance = 0 };
        var recipe = new LarsEncoder(new LarsOptions { AtomCount = 24, Lambda = 0.1f }, learning);
        using DictionaryTrainer<LarsEncoder> trainer = recipe.CreateTrainer(dimension: 16, start);
        trainer.Run(signals);
        LarsEncoder learned = trainer.Snapshot();
        #endregion
        Assert.That(trainer.Record.FinalLoss * 64, Is.EqualTo(Golden.Number("batch_objective")).Within(1e-3));
        Golden.AssertEqual(learned.Dictionary.AtomValues.ToArray(), "batch_components", 1e-3);
    }

    [Test]
    public void MiniBatch_FromTheSameStart_ReachesScikitLearnsObjective()
    {
        Tensor<float> signals = ComingFromGolden.Many;
        AtomDictionary start = ComingFromGolden.Start;
        #region online
        var learning = new DictionaryLearningOptions { Update = new BlockCoordinateUpdate { Sweeps = 1 }, Forgetting = 1 };
        var recipe = new LarsEncoder(new LarsOptions { AtomCount = 24, Lambda = 0.1f }, learning);
        using DictionaryTrainer<LarsEncoder> trainer = recipe.CreateTrainer(dimension: 16, start);
        for (int sweep = 0; sweep < 4; sweep++)
        {
            for (int first = 0; first < 64; first += 16)
            {
                trainer.Step(signals.AsReadOnlyTensorSpan().Slice([first..(first + 16), 0..16]));
            }
        }

        LarsEncoder learned = trainer.Snapshot();
        #endregion
        SparseCodes codes = learned.Encode(signals);
        double l1 = codes.Values.ToArray().Sum(v => Math.Abs((double)v));
        double error = learned.Dictionary.Decode(codes).ToArray().Zip(signals.ToArray(), (a, b) => Math.Pow((double)a - b, 2)).Sum();
        Assert.That((0.5 * error) + (0.1 * l1), Is.EqualTo(Golden.Number("online_objective")).Within(2).Percent, "the sums forget by another rule");
    }

    [Test]
    public void Nmf_FromTheSameStart_GivesScikitLearnsFactors()
    {
        Tensor<float> parts = ComingFromGolden.Parts;
        #region nmf
        FactorizationResult multiplicative = new NmfLearner(new NmfOptions { AtomCount = 6, Method = NmfMethod.Multiplicative, Iterations = 50, Tolerance = 0 }).Fit(parts);
        Tensor<float> approximation = multiplicative.Dictionary.Decode(multiplicative.Codes);
        FactorizationResult hals = new NmfLearner(new NmfOptions { AtomCount = 6 }).Fit(parts);
        #endregion
        Golden.AssertEqual(approximation.ToArray(), "nmf_mu", 1e-4);
        Assert.That(hals.Record.FinalLoss * 2 * 40, Is.EqualTo(Golden.Number("nmf_cd_error")).Within(1).Percent, "the atoms are held at norm 1 on the way, so the iterates differ");
    }

    [Test]
    public void World_SparseCodedSignals_FollowTheSameLaw()
    {
        #region world
        var world = SyntheticData.Generate(new SyntheticDataOptions { Samples = 500, Sources = 32, Measurements = 16, Active = 3, Codes = CodeDistribution.Normal, Seed = 0 });
        (Tensor<float> signals, AtomDictionary atoms, SparseCodes codes) = (world.Signals, world.Dictionary, world.Codes);
        #endregion
        Assert.That(Enumerable.Range(0, 500).Select(row => (double)codes[row].Count).Distinct(), Is.EqualTo(Golden.Values("world_active")));
        Assert.That(new double[] { atoms.NormValues.ToArray().Min(), atoms.NormValues.ToArray().Max() }, Is.EqualTo(Golden.Values("world_norms")).Within(1e-6));
        Assert.That(atoms.Decode(codes).ToArray(), Is.EqualTo(signals.ToArray()).Within(1e-5f));
        Assert.That(codes.Values.ToArray().Count(v => v < 0) / 1500.0, Is.EqualTo(0.5).Within(0.06), "signed");
    }
}

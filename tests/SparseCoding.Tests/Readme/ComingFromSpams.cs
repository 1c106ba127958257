using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>The C# of docs/coming-from/spams.md, held to the numbers that SPAMS gave for the Python beside it (tests/Golden/coming_from_spams.py).</summary>
[TestFixture]
internal sealed class ComingFromSpams
{
    private static readonly ComingFromGolden Golden = ComingFromGolden.Read("spams.json");

    [Test]
    public void Orientation_ColumnsOfSpams_AreRowsHere()
    {
        float[] columns = new float[32 * 16];
        for (int k = 0; k < columns.Length; k++)
        {
            columns[k] = ComingFromGolden.Dictionary.AtomValues[k];
        }

        #region orientation
        // A Fortran array [16, 32] and a row-major one [32, 16] are the same numbers in the same order: nothing is transposed, only the shape is read the other way.
        var dictionary = new AtomDictionary(SignalView.FromRows(columns, dimension: 16));     // [32 atoms, 16]
        #endregion
        Assert.That((dictionary.AtomCount, dictionary.Dimension), Is.EqualTo((32, 16)));
        Golden.AssertEqual(new OmpEncoder(dictionary, new OmpOptions { MaxActive = 6, Selection = PursuitSelection.ErrorReduction }).Encode(ComingFromGolden.Signals), "omp_six");
    }

    [Test]
    public void Omp_BothStops_GivesSpamsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region omp
        SparseCodes six = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 6, Selection = PursuitSelection.ErrorReduction }).Encode(signals);
        SparseCodes until = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 16, ResidualTolerance = MathF.Sqrt(1.0f), Selection = PursuitSelection.ErrorReduction }).Encode(signals);
        #endregion
        Golden.AssertEqual(six, "omp_six");
        Golden.AssertEqual(until, "omp_eps");
    }

    [Test]
    public void Lasso_EveryMode_GivesSpamsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region lasso
        (float lambda, float ridge) = PenaltyScale.FromSpamsElasticNet(0.5f, 0.2f);                                             // lambda1, lambda2
        SparseCodes penalty = new LarsEncoder(dictionary, new LarsOptions { Lambda = PenaltyScale.FromSpams(0.3f) }).Encode(signals);
        SparseCodes budget = new LarsEncoder(dictionary, new LarsOptions { L1Budget = 3 }).Encode(signals);
        SparseCodes error = new LarsEncoder(dictionary, new LarsOptions { ResidualTolerance = MathF.Sqrt(1.0f) }).Encode(signals);
        SparseCodes net = new LarsEncoder(dictionary, new LarsOptions { Lambda = lambda, Ridge = ridge }).Encode(signals);
        SparseCodes positive = new LarsEncoder(dictionary, new LarsOptions { Lambda = 0.3f, NonNegative = true }).Encode(signals);
        SparseCodes few = new LarsEncoder(dictionary, new LarsOptions { MaxActive = 4 }).Encode(signals);
        #endregion
        Golden.AssertEqual(penalty, "penalty");
        Golden.AssertEqual(budget, "budget");
        Golden.AssertEqual(error, "error");
        Golden.AssertEqual(net, "net");
        Golden.AssertEqual(positive, "positive");
        Golden.AssertEqual(few, "few");
    }

    [Test]
    public void Cd_WarmStartAndTolerance_GivesSpamsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        var first = SparseCodes.FromRows(32, [0, 0, 0, 0, 0], [], []);
        #region cd
        var lasso = new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.3f, GapTolerance = 0 });
        SparseCodes descent = lasso.Encode(signals, new EncodeRequest { WarmStart = first });
        #endregion
        Golden.AssertEqual(descent, "cd");
        Golden.AssertEqual(descent, "cd_default", 2e-3);
    }

    [Test]
    public void Fista_LeastSquaresAndL1_GivesSpamsCodes()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        Tensor<float> signals = ComingFromGolden.Signals;
        #region fista
        SparseCodes proximal = new FistaEncoder(dictionary, new FistaOptions { Lambda = 0.3f, GapTolerance = 1e-9f, MaxIterations = 10_000 }).Encode(signals);
        #endregion
        Golden.AssertEqual(proximal, "fista", 1e-4);
    }

    [Test]
    public void Path_OneSignal_HasSpamsBreakpoints()
    {
        AtomDictionary dictionary = ComingFromGolden.Dictionary;
        float[,] signal = new float[1, 16];
        Buffer.BlockCopy(ComingFromGolden.Signals.ToArray(), 0, signal, 0, 64);
        #region path
        LassoPath path = new LarsEncoder(dictionary, new LarsOptions { Lambda = 0.3f }).EncodePath(signal);       // breakpoint k: Lambdas[k], Atoms(k), Coefficients(k)
        #endregion
        double[] theirs = Golden.Values("path");
        double[] ours = new double[(path.Count - 1) * 32];
        for (int k = 1; k < path.Count; k++)
        {
            for (int i = 0; i < path.Atoms(k).Length; i++)
            {
                ours[(32 * (k - 1)) + path.Atoms(k)[i]] = path.Coefficients(k)[i];
            }
        }

        Assert.That(ours, Is.EqualTo(theirs).Within(1e-5));
    }

    [Test]
    public void TrainDL_FromTheSameStart_ReachesSpamsObjective()
    {
        Tensor<float> signals = ComingFromGolden.Many;
        AtomDictionary start = ComingFromGolden.Start;
        #region train
        var recipe = new LarsEncoder(new LarsOptions { AtomCount = 24, Lambda = 0.1f }, new DictionaryLearningOptions { Iterations = 20, Tolerance = 0 });
        using DictionaryTrainer<LarsEncoder> trainer = recipe.CreateTrainer(dimension: 16, start);
        trainer.Run(signals);                                                                                     // batch=True, iter=20
        LarsEncoder batch = trainer.Snapshot();

        var stream = new LarsEncoder(new LarsOptions { AtomCount = 24, Lambda = 0.1f }, new DictionaryLearningOptions { Iterations = 80, BatchSize = 16, Forgetting = 10 });
        using DictionaryTrainer<LarsEncoder> online = stream.CreateTrainer(dimension: 16, start);
        online.Run(signals);                                                                                      // batchsize=16, iter=80
        #endregion
        Assert.That(Objective(batch, signals, 0.1), Is.EqualTo(Golden.Number("batch_objective")).Within(1).Percent);
        Assert.That(Objective(online.Snapshot(), signals, 0.1), Is.EqualTo(Golden.Number("online_objective")).Within(1).Percent);
    }

    [Test]
    public void TrainDL_Sparsity_ReachesSpamsError()
    {
        Tensor<float> signals = ComingFromGolden.Many;
        AtomDictionary start = ComingFromGolden.Start;
        #region train-omp
        var recipe = new OmpEncoder(new OmpOptions { AtomCount = 24, MaxActive = 3, Selection = PursuitSelection.ErrorReduction }, new DictionaryLearningOptions { Iterations = 200, Tolerance = 0 });
        using DictionaryTrainer<OmpEncoder> trainer = recipe.CreateTrainer(dimension: 16, start);
        trainer.Run(signals);
        OmpEncoder sparse = trainer.Snapshot();
        #endregion
        Assert.That(2 * Objective(sparse, signals, 0), Is.LessThan(Golden.Number("sparse_error")), "greedy codes: another local minimum, and a lower one");
    }

    [Test]
    public void Nmf_OneRun_ReachesSpamsError()
    {
        Tensor<float> parts = ComingFromGolden.Parts;
        #region nmf
        FactorizationResult found = new NmfLearner(new NmfOptions { AtomCount = 6 }).Fit(parts);
        AtomDictionary atoms = found.Dictionary;                                                                  // U transposed: [6 atoms, 16]
        SparseCodes codes = found.Codes;                                                                          // V transposed: [40 signals, 6]
        #endregion
        Assert.That(found.Record.FinalLoss * 2 * 40, Is.EqualTo(Golden.Number("nmf_error")).Within(1).Percent, "another start");
        Assert.That((atoms.AtomCount, codes.RowCount), Is.EqualTo((6, 40)));
    }

    private static double Objective(IEncoder encoder, Tensor<float> signals, double lambda)
    {
        SparseCodes codes = encoder.Encode(signals);
        double l1 = codes.Values.ToArray().Sum(v => Math.Abs((double)v));
        return (0.5 * encoder.Decoder.Decode(codes).ToArray().Zip(signals.ToArray(), (a, b) => Math.Pow((double)a - b, 2)).Sum()) + (lambda * l1);
    }
}

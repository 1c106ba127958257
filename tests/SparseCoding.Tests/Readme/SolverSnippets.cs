using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>The code blocks of docs/how-to/solve-sparse-codes.md, run as tests.</summary>
[TestFixture]
internal sealed class SolverSnippets
{
    private static SyntheticData World { get; } = SyntheticData.Generate(new SyntheticDataOptions { Sources = 64, Measurements = 32, Active = 4, Samples = 300, Codes = CodeDistribution.Normal, Noise = 0.01f, Seed = 2 });

    [Test]
    public void Solve_WithStops_ReadsWhatHappenedAtEveryRow()
    {
        AtomDictionary dictionary = World.Dictionary;
        Tensor<float> signals = World.Signals;
        #region stops
        var omp = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 8, ResidualTolerance = 0.1f });     // at most 8 atoms, fewer where ‖x − x̂‖ ≤ 0.1 comes first
        var lasso = new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.05f, GapTolerance = 1e-6f });  // until the duality gap is below 1e-6 · ½‖x‖²
        EncodeResult greedy = omp.EncodeDetailed(signals), convex = lasso.EncodeDetailed(signals);

        Console.WriteLine($"{greedy.Count(StopReason.Residual)} rows within the error, {greedy.Count(StopReason.MaxActive)} used all 8 atoms");
        Console.WriteLine($"row 0: {greedy.Iterations[0]} steps, {greedy.AccuracyMeaning} {greedy.Accuracies[0]:G3}");
        int unsolved = convex.Count(StopReason.MaxIterations);                                                // usable codes, but not converged: never silent
        double worstGap = convex.Accuracies.ToArray().Max();
        #endregion
        Assert.That(greedy.Count(StopReason.Residual) + greedy.Count(StopReason.MaxActive), Is.EqualTo(300));
        Assert.That(greedy.AccuracyMeaning, Is.EqualTo("squared residual"));
        Assert.That((unsolved, convex.AccuracyMeaning), Is.EqualTo((0, "duality gap")));
        Assert.That(worstGap, Is.LessThan(1e-5));
        for (int row = 0; row < 300; row++)
        {
            Assert.That(greedy.StopReasons[row] != StopReason.Residual || greedy.Accuracies[row] <= 0.01 * 1.001, Is.True);
        }
    }

    [Test]
    public void Solve_WarmStartAndRefit_GoOnFromCodes()
    {
        AtomDictionary dictionary = World.Dictionary;
        Tensor<float> signals = World.Signals;
        #region warm
        var coarse = new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.2f });
        var fine = new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.1f });
        SparseCodes start = coarse.Encode(signals);
        EncodeResult warm = fine.EncodeDetailed(signals, new EncodeRequest { WarmStart = start });            // the same codes as from zero, in fewer sweeps
        SparseCodes unshrunk = dictionary.Refit(signals, warm.Codes);                                         // least squares on each row's atoms: the l1 penalty's shrinkage undone
        #endregion
        SparseCodes cold = fine.Encode(signals);
        Assert.That(warm.Codes.ToDense().ToArray(), Is.EqualTo(cold.ToDense().ToArray()).Within(5e-3f));
        double Error(SparseCodes codes) => ReconstructionMetrics.Measure(signals, dictionary.Decode(codes)).Mse;
        Assert.That(Error(unshrunk), Is.LessThan(Error(warm.Codes) / 2));
    }
}

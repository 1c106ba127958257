using SparseCoding.Backends;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding.Tests.Solvers;

/// <summary>A backend without solvers of its own gets the defaults: FISTA in matrix form, the others row by row on the host. Both must find what the CPU's solvers find.</summary>
public sealed class WholeSolverTests
{
    private const int Atoms = 60, Dimension = 16, Rows = 50;

    [Test]
    public void Fista_MatrixFormOnPrimitives_FindsTheCodesOfTheCpu([Values] bool nonNegative, [Values] bool warm)
    {
        (AtomDictionary dictionary, float[] signals) = World();
        var parameters = new LassoParameters { Lambda = 0.3f, NonNegative = nonNegative, GapTolerance = 1e-6, MaxIterations = 5000 };
        SparseCodes? start = warm ? new OmpEncoder(dictionary, new OmpOptions { MaxActive = 3 }).Encode(SignalView.FromRows(signals, Dimension)) : null;
        EncodeResult expected = Run(new CpuBackend(2)), composed = Run(new ReferenceBackend());
        Assert.That(composed.StopReasons.ToArray(), Is.All.EqualTo(StopReason.Converged));
        Assert.That(composed.Accuracies.ToArray().Zip(Squares(dictionary, signals), (gap, x) => gap / (0.5 * x)), Is.All.LessThanOrEqualTo(1e-6));
        AssertClose(composed.Codes, expected.Codes, 1e-5f);

        EncodeResult Run(Backend backend)
        {
            using (backend)
            {
                return FistaEncoder.Solver(dictionary, parameters).Encode(backend, SignalView.FromRows(signals, Dimension), new EncodeRequest { WarmStart = start }, default);
            }
        }
    }

    [Test]
    public void Fista_MatrixForm_UnderestimatedConstant_RecoversAndConverges()
    {
        (AtomDictionary dictionary, float[] signals) = World();
        var parameters = new LassoParameters { Lambda = 0.3f, GapTolerance = 1e-5, MaxIterations = 5000 };
        using var backend = new ReferenceBackend();
        double bound = dictionary.SpectralBound() / 4;
        var solver = new BatchSolver(dictionary, "test", "duality gap", gram => throw new InvalidOperationException(), (b, problem, solution, token) =>
        {
            BatchedFista.Solve(b, problem, parameters, bound, solution, token);
            return true;
        });
        EncodeResult result = solver.Encode(backend, SignalView.FromRows(signals, Dimension), null, default);
        Assert.That(result.StopReasons.ToArray(), Is.All.EqualTo(StopReason.Converged));
    }

    [Test]
    public void Fista_MatrixForm_ZeroSignalsAndLargePenalties_GiveZeroCodesWithTheirReasons()
    {
        var dictionary = new AtomDictionary(new float[,] { { 1, 0 }, { 0, 1 } });
        using var backend = new ReferenceBackend();
        EncodeResult result = FistaEncoder.Solver(dictionary, new LassoParameters { Lambda = 1 }).Encode(backend, new float[,] { { 0, 0 }, { 0.5f, 0.5f }, { 3, 0 } }, null, default);
        Assert.That(result.StopReasons.ToArray(), Is.EqualTo(new[] { StopReason.ZeroCode, StopReason.Penalty, StopReason.Converged }));
        Assert.That(result.Codes.NonZeroCount, Is.EqualTo(1));
        Assert.That(result.Codes.Values[0], Is.EqualTo(2f).Within(1e-6f));
    }

    [Test]
    public void BackendWithoutSolvers_RowsOnTheHost_FindTheCodesOfTheCpu([Values("omp", "lars", "lasso")] string kind)
    {
        (AtomDictionary dictionary, float[] signals) = World();
        var solver = kind switch
        {
            "omp" => new BatchSolver(dictionary, "test", "squared residual", gram => new OmpRowSolver(gram, new OmpParameters { MaxActive = 4 }), (b, p, s, t) => b.SolveOmp(p, new OmpParameters { MaxActive = 4 }, s, t)),
            "lars" => new BatchSolver(dictionary, "test", "duality gap", gram => new LarsRowSolver(gram, new LarsParameters { Lambda = 0.3 }), (b, p, s, t) => b.SolveLars(p, new LarsParameters { Lambda = 0.3 }, s, t)),
            _ => new BatchSolver(dictionary, "test", "duality gap", gram => new LassoRowSolver(gram, new LassoParameters { Lambda = 0.3 }), (b, p, s, t) => b.SolveCoordinateDescent(p, new LassoParameters { Lambda = 0.3 }, s, t)),
        };
        using var cpu = new CpuBackend(2);
        using var reference = new ReferenceBackend();
        SparseCodes expected = solver.Encode(cpu, SignalView.FromRows(signals, Dimension), null, default).Codes;
        SparseCodes actual = solver.Encode(reference, SignalView.FromRows(signals, Dimension), null, default).Codes;
        Assert.That(expected.NonZeroCount, Is.GreaterThan(Rows));
        AssertClose(actual, expected, 1e-6f);
    }

    [Test]
    public void BackendWithASolver_IsAsked_AndItsCodesAreTaken()
    {
        (AtomDictionary dictionary, float[] signals) = World();
        var solver = new BatchSolver(dictionary, "test", "squared residual", gram => throw new InvalidOperationException("the rows were solved on the host"), (b, problem, solution, token) =>
        {
            for (int row = 0; row < problem.Rows; row++)
            {
                solution.Set(row, [5], [1], new RowOutcome(SolverStop.MaxActive, 7, 0.5));
            }

            return true;
        });
        using var backend = new ReferenceBackend();
        EncodeResult result = solver.Encode(backend, SignalView.FromRows(signals, Dimension), null, default);
        Assert.That(result.Codes.Atoms.ToArray(), Is.All.EqualTo(5));
        Assert.That(result.Iterations.ToArray(), Is.All.EqualTo(7));
    }

    private static void AssertClose(SparseCodes actual, SparseCodes expected, float tolerance)
    {
        for (int row = 0; row < Rows; row++)
        {
            float scale = 0;
            foreach (float value in expected[row].Values)
            {
                scale = Math.Max(scale, Math.Abs(value));
            }

            for (int atom = 0; atom < Atoms; atom++)
            {
                Assert.That(actual[row][atom], Is.EqualTo(expected[row][atom]).Within(tolerance * scale), $"row {row}, atom {atom}");
            }
        }
    }

    private static IEnumerable<double> Squares(AtomDictionary dictionary, float[] signals) =>
        signals.Chunk(Dimension).Select(x => x.Select((v, k) => Math.Pow((v - dictionary.OffsetValues[k]) / dictionary.Scale, 2)).Sum());

    private static (AtomDictionary Dictionary, float[] Signals) World()
    {
        var random = new Random(21);
        return (new AtomDictionary(SignalView.FromRows(Draw(Atoms * Dimension), Dimension), Draw(Dimension), 0.8f), Draw(Rows * Dimension));

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }
}

using System.Numerics.Tensors;
using SparseCoding.Backends;
using SparseCoding.DictionaryLearning;
using SparseCoding.Numerics;
using SparseCoding.Tests.Encoders;
using static SparseCoding.Tests.DictionaryLearning.DictionaryWorld;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>One step of each update on given codes against its definition, written plainly in double precision.</summary>
public sealed class DictionaryUpdateTests
{
    private const int N = 14;
    private const int M = 9;
    private const int Rows = 60;
    private const int Active = 3;

    [Test]
    public void BlockCoordinate_OneSweep_IsTheMinimiserOverEachAtomInTurn([Values] bool nonNegative)
    {
        (float[] x, float[] d, SparseCodes codes) = Problem(3);
        float[] moved = Move(new BlockCoordinateUpdate { Sweeps = 1 }, x, d, codes, nonNegative: nonNegative).Atoms;
        double[] expected = Array.ConvertAll(d, v => (double)v), z = Dense(codes);
        for (int k = 0; k < N; k++)
        {
            // E = X − Σ_{i≠k} z_i d_i; the unit vector that minimises ‖E − z_k d‖ is along z_kᵀE (its positive part where asked).
            double[] direction = Correlation(x, z, expected, k);
            if (nonNegative)
            {
                direction = [.. direction.Select(v => Math.Max(v, 0))];
            }

            double norm = Math.Sqrt(direction.Sum(v => v * v));
            for (int c = 0; c < M; c++)
            {
                expected[(k * M) + c] = direction[c] / norm;
            }
        }

        AssertClose(moved, expected, 2e-5);
    }

    [Test]
    public void Mod_AnyStart_IsTheLeastSquaresDictionaryScaledToNormOne()
    {
        (float[] x, float[] d, SparseCodes codes) = Problem(4);
        (float[] moved, _, float[] factors) = Move(new ModUpdate { Ridge = 1e-9f }, x, d, codes);
        Matrix64 z = new(Rows, N, Dense(codes)), signals = Matrix64.From(x, Rows, M), gram = Matrix64.Multiply(z.Transpose(), z), right = Matrix64.Multiply(z.Transpose(), signals);
        var least = new double[N * M];
        for (int c = 0; c < M; c++)
        {
            double[] column = [.. Enumerable.Range(0, N).Select(i => right[i, c])];
            double[] solution = [.. column];
            Cholesky.Compute(gram).Solve(solution);
            for (int i = 0; i < N; i++)
            {
                least[(i * M) + c] = solution[i];
            }
        }

        for (int i = 0; i < N; i++)
        {
            double norm = Math.Sqrt(least.AsSpan(i * M, M).ToArray().Sum(v => v * v));
            Assert.That(factors[i], Is.EqualTo(norm).Within(1e-4 * norm), "factor of the codes");
            for (int c = 0; c < M; c++)
            {
                Assert.That(moved[(i * M) + c], Is.EqualTo(least[(i * M) + c] / norm).Within(1e-4));
            }
        }
    }

    [Test]
    public void Mod_SingularCodes_StaysFiniteAndKeepsUnusedAtoms()
    {
        (float[] x, float[] d, _) = Problem(5);
        var dense = new float[Rows, N];
        for (int row = 0; row < Rows; row++)
        {
            dense[row, 0] = dense[row, 1] = 1 + (row % 3); // two atoms with the same codes: ZᵀZ is singular
        }

        float[] moved = Move(DictionaryUpdate.Mod, x, d, SparseCodes.FromDense(dense)).Atoms;
        Assert.That(moved, Has.All.Matches<float>(float.IsFinite));
        AssertClose(moved.AsSpan(2 * M).ToArray(), Array.ConvertAll(d.AsSpan(2 * M).ToArray(), v => (double)v), 1e-5);
    }

    [Test]
    public void KSvd_OneSweep_IsTheLargestSingularPairOfEachAtomInTurn([Values(60, 6)] int rows)
    {
        (float[] x, float[] d, SparseCodes codes) = Problem(6, rows);
        (float[] moved, CodesOnHost host, _) = Move(DictionaryUpdate.KSvd, x, d, codes);
        double[] expected = Array.ConvertAll(d, v => (double)v), z = Dense(codes);
        for (int k = 0; k < N; k++)
        {
            int[] users = [.. Enumerable.Range(0, rows).Where(r => z[(r * N) + k] != 0)];
            if (users.Length == 0)
            {
                continue;
            }

            var e = new Matrix64(users.Length, M);
            for (int u = 0; u < users.Length; u++)
            {
                Rest(x, z, expected, k, users[u]).CopyTo(e.Row(u));
            }

            Svd svd = Svd.Compute(e);
            double sign = Math.Sign(TensorPrimitives.Dot<double>(svd.Right.Row(0), expected.AsSpan(k * M, M)));
            for (int c = 0; c < M; c++)
            {
                expected[(k * M) + c] = sign * svd.Right.Row(0)[c];
            }

            for (int u = 0; u < users.Length; u++)
            {
                z[(users[u] * N) + k] = TensorPrimitives.Dot<double>(e.Row(u), expected.AsSpan(k * M, M));
            }
        }

        AssertClose(moved, expected, 1e-4);
        AssertClose(ContractWorld.Values(host.ToCodes([], new bool[N]).ToDense()), z, 2e-4);
    }

    [Test]
    public void ApproximateKSvd_OneSweep_IsOnePowerStepOfEachAtomInTurn([Values(0f, 0.1f)] float lambda, [Values] bool nonNegative)
    {
        (float[] x, float[] d, SparseCodes codes) = Problem(7);
        (float[] moved, CodesOnHost host, _) = Move(DictionaryUpdate.ApproximateKSvd, x, d, codes, lambda, nonNegative, nonNegative);
        double[] expected = Array.ConvertAll(d, v => (double)v), z = Dense(codes);
        for (int k = 0; k < N; k++)
        {
            double[] direction = Correlation(x, z, expected, k);
            if (nonNegative)
            {
                direction = [.. direction.Select(v => Math.Max(v, 0))];
            }

            double[][] rest = [.. Enumerable.Range(0, Rows).Select(row => Rest(x, z, expected, k, row))];
            double norm = Math.Sqrt(direction.Sum(v => v * v));
            for (int c = 0; c < M; c++)
            {
                expected[(k * M) + c] = direction[c] / norm;
            }

            for (int row = 0; row < Rows; row++)
            {
                if (z[(row * N) + k] != 0)
                {
                    double product = rest[row].Zip(expected.AsSpan(k * M, M).ToArray(), (a, b) => a * b).Sum();
                    z[(row * N) + k] = nonNegative ? Math.Max(product - lambda, 0) : Math.Sign(product) * Math.Max(Math.Abs(product) - lambda, 0);
                }
            }
        }

        AssertClose(moved, expected, 1e-4);
        AssertClose(ContractWorld.Values(host.ToCodes([], new bool[N]).ToDense()), z, 2e-4);
    }

    [Test]
    public void Gradient_OneStepOfSmallRate_GoesDownhillAlongTheSphere()
    {
        (float[] x, float[] d, SparseCodes codes) = Problem(8);
        float[] moved = Move(DictionaryUpdate.Gradient(1e-3f), x, d, codes).Atoms;
        double Error(float[] atoms) => SquaredError(Tensor.Create(x, [Rows, M]), new AtomDictionary(atoms, M), codes);
        Assert.That(Error(moved), Is.LessThan(Error(d)));
        var norms = new float[N];
        new AtomDictionary(moved, M).CopyNorms(norms);
        Assert.That(norms, Has.All.EqualTo(1f).Within(1e-6f));
    }

    [Test]
    public void LeadingEigenvector_StartedInAnotherOnesSpace_StillFindsTheLargest()
    {
        // diag(2, [[1, 0.99], [0.99, 1.2]], 1.9 ...): the plain power method from e_0 would stay at 2 and the true largest is found here.
        double[] matrix = [2, 0, 0, 0, 0, 1.8, 0.9, 0, 0, 0.9, 1.8, 0, 0, 0, 0, 2.6];
        double[] vector = [1, 0, 0, 0];
        double value = new SparseCoding.Kernels.LeadingEigenvector().Find(matrix, 4, vector);
        Assert.That(value, Is.EqualTo(2.7).Within(1e-9));
        Assert.That(Math.Abs(vector[1]), Is.EqualTo(Math.Sqrt(0.5)).Within(1e-6));
    }

    private static (float[] Signals, float[] Atoms, SparseCodes Codes) Problem(int seed, int rows = Rows) =>
        (TestMatrices.Normal<float>(rows, M, seed), TestMatrices.Dictionary<float>(N, M, seed + 1), SparseCodes.FromDense(Tensor.Create(TestMatrices.Codes<float>(rows, N, Active, seed + 2), [rows, N])));

    private static (float[] Atoms, CodesOnHost Codes, float[] Factors) Move(DictionaryUpdate update, float[] x, float[] d, SparseCodes codes, float lambda = 0, bool nonNegative = false, bool nonNegativeCodes = false)
    {
        int rows = codes.RowCount;
        var task = new LearningTask
        {
            Encoder = "test",
            AtomCount = N,
            Penalty = lambda,
            NonNegativeCodes = nonNegativeCodes,
            WarmStarts = false,
            Code = (_, _, _, _) => codes,
            CodingFlops = (_, _) => FlopCount.Zero,
            Options = new DictionaryLearningOptions { Update = update, NonNegativeAtoms = nonNegative },
            Kind = "test",
            CoderOptions = "",
            LearningOptions = "",
        };
        using Backend backend = ComputeDevice.Cpu.CreateBackend(1);
        using var updater = new AtomUpdater(task, backend, M);
        float[] atoms = (float[])d.Clone(), residual = new float[rows * M];
        double[] z = Dense(codes);
        for (int row = 0; row < rows; row++)
        {
            double[] rest = Rest(x, z, Array.ConvertAll(d, v => (double)v), -1, row);
            for (int c = 0; c < M; c++)
            {
                residual[(row * M) + c] = (float)rest[c];
            }
        }

        var host = new CodesOnHost(codes);
        double energy = z.Sum(v => v * v) / N;
        float[] factors = updater.Move(atoms, host, x, residual, 0, energy, 1);
        return (atoms, host, factors);
    }

    private static double[] Dense(SparseCodes codes) => Array.ConvertAll(ContractWorld.Values(codes.ToDense()), v => (double)v);

    /// <summary>A row of X less what all atoms but one give it.</summary>
    private static double[] Rest(float[] x, double[] z, double[] d, int without, int row)
    {
        double[] rest = Array.ConvertAll(x.AsSpan(row * M, M).ToArray(), v => (double)v);
        for (int i = 0; i < N; i++)
        {
            for (int c = 0; c < M && i != without; c++)
            {
                rest[c] -= z[(row * N) + i] * d[(i * M) + c];
            }
        }

        return rest;
    }

    /// <summary>z_kᵀE.</summary>
    private static double[] Correlation(float[] x, double[] z, double[] d, int k)
    {
        var sum = new double[M];
        for (int row = 0; row < x.Length / M; row++)
        {
            double[] rest = Rest(x, z, d, k, row);
            for (int c = 0; c < M; c++)
            {
                sum[c] += z[(row * N) + k] * rest[c];
            }
        }

        return sum;
    }

    private static void AssertClose(float[] actual, double[] expected, double tolerance)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length));
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(actual[i], Is.EqualTo(expected[i]).Within(tolerance), $"place {i}");
        }
    }
}

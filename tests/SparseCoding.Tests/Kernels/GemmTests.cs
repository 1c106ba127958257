using System.Numerics;
using System.Runtime.InteropServices;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>The matrix product against plain double sums, for the path that is chosen and for every kernel and path by itself, also those this machine would not choose.</summary>
[TestFixture]
public sealed class GemmTests
{
    private const float Canary = 12345.678f;

    private static readonly int[] s_rows = [1, 2, 3, 4, 5, 6, 7, 12, 13, 37, 70];
    private static readonly int[] s_columns = [1, 2, 4, 5, 7, 8, 9, 15, 16, 17, 32, 33, 65];
    private static readonly int[] s_depths = [1, 2, 3, 4, 7, 8, 33, 70];

    public static IEnumerable<TestCaseData> Engines<T>()
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int engine = 0; engine < MicroKernels<T>.All.Count; engine++)
        {
            foreach (bool packed in new[] { false, true })
            {
                yield return new TestCaseData(engine, packed).SetArgDisplayNames($"{MicroKernels<T>.All[engine].GetType().GetGenericArguments()[1].Name}, packed {packed}");
            }
        }
    }

    [Test]
    public void Best_OnThisMachine_IsTheFirstSupportedKernel()
    {
        TestContext.Out.WriteLine(MicroKernels<float>.Best.GetType().GetGenericArguments()[1].Name);
        Assert.That(MicroKernels<float>.Best.IsSupported);
        Assert.That(MicroKernels<float>.Best, Is.SameAs(MicroKernels<float>.All.First(x => x.IsSupported)));
    }

    [Test]
    public void Multiply_EverySmallSizeAndTransposition_EqualsDoubleSums([Values] bool transposeA, [Values] bool transposeB)
    {
        foreach (int m in s_rows)
        {
            foreach (int n in s_columns)
            {
                foreach (int k in s_depths)
                {
                    var problem = new Problem(transposeA, transposeB, m, n, k, 0.75f, 0f, seed: (m * 10007) + (n * 101) + k);
                    problem.Multiply(threads: 1);
                    problem.Verify();
                }
            }
        }
    }

    [TestCaseSource(nameof(FloatEngines))]
    public void Engine_EveryTileBorder_EqualsDoubleSums(int engine, bool packed)
    {
        foreach (int m in new[] { 1, 3, 4, 6, 11, 12, 13, 25 })
        {
            foreach (int n in new[] { 1, 4, 7, 8, 15, 16, 17, 32, 33, 50 })
            {
                foreach (int k in new[] { 1, 4, 7, 8, 9, 15, 18, 33 })
                {
                    int shape = (m + n + k) & 3;
                    var problem = new Problem((shape & 1) != 0, (shape & 2) != 0, m, n, k, 1.5f, (m & 1) * 0.5f, seed: m + (n * 100) + (k * 10000));
                    problem.Run(MicroKernels<float>.All[engine], packed);
                    problem.Verify();
                }
            }
        }
    }

    [TestCaseSource(nameof(FloatEngines))]
    public void Engine_SeveralCutsOfEverySize_EqualsDoubleSums(int engine, bool packed)
    {
        foreach (bool transpose in new[] { false, true })
        {
            var problem = new Problem(transpose, !transpose, 353, 530, 515, 1f, -1f, seed: 5);
            problem.Run(MicroKernels<float>.All[engine], packed);
            problem.Verify();
        }
    }

    [TestCase(2050, 33, 21)]
    [TestCase(5, 4200, 300)]
    [TestCase(100, 4101, 20)]
    [TestCase(2100, 150, 24)]
    [TestCase(1000, 70, 300)]
    public void Multiply_SeveralPanels_EqualsDoubleSums(int m, int n, int k)
    {
        foreach (bool transpose in new[] { false, true })
        {
            var problem = new Problem(transpose, transpose, m, n, k, 1f, 0.5f, seed: 6);
            problem.Multiply(threads: 2);
            problem.Verify();
        }
    }

    [TestCase(0.5f, 0f)]
    [TestCase(1f, 1f)]
    [TestCase(-2f, 0.25f)]
    [TestCase(0f, 2f)]
    public void Multiply_AlphaAndBeta_ScaleTheirTerms(float alpha, float beta)
    {
        foreach (int size in new[] { 5, 70, 150 })
        {
            var problem = new Problem(false, false, size, size + 3, size + 1, alpha, beta, seed: 7);
            problem.Multiply(threads: 2);
            problem.Verify();
        }
    }

    [TestCase(3, 5, 4)]
    [TestCase(100, 130, 120)]
    [TestCase(40, 20, 300)]
    public void Multiply_NaNInOldC_DoesNotLeakWithBetaZero(int m, int n, int k)
    {
        var problem = new Problem(false, true, m, n, k, 1f, 0f, seed: 8);
        problem.FillC(float.NaN);
        problem.Multiply(threads: 1);
        problem.Verify();
    }

    [Test]
    public void Multiply_NaNInA_SpoilsItsRowOnly()
    {
        var problem = new Problem(false, false, 70, 40, 50, 1f, 0f, seed: 9);
        problem.A[(33 * problem.Lda) + 7] = float.NaN;
        problem.Multiply(threads: 1);
        for (int i = 0; i < 70; i++)
        {
            Assert.That(problem.C.AsSpan(i * problem.Ldc, 40).ToArray().Any(float.IsNaN), Is.EqualTo(i == 33), $"row {i}");
        }
    }

    [TestCase(0f)]
    [TestCase(0.5f)]
    public void Multiply_DepthZero_IsBetaCAndEpilogue(float beta)
    {
        float[] c = [1, -2, 3, Canary, -4, 5, -6, Canary];
        Gemm.Multiply(false, false, 2, 3, 0, 1f, [], 1, [], 3, beta, c, 4, new GemmEpilogue { Bias = [1, 1, 1], Activation = GemmActivation.Relu }, 1);
        Assert.That(c, Is.EqualTo(beta == 0 ? new[] { 1, 1, 1, Canary, 1, 1, 1, Canary } : new[] { 1.5f, 0, 2.5f, Canary, 0, 3.5f, 0, Canary }));
    }

    [Test]
    public void Multiply_NoRowsOrNoColumns_DoesNothing()
    {
        float[] c = [Canary];
        Gemm.Multiply(false, false, 0, 3, 2, 1f, [], 2, [1, 2, 3, 4, 5, 6], 3, 0f, c, 3, default, 1);
        Gemm.Multiply(false, false, 3, 0, 2, 1f, [1, 2, 3, 4, 5, 6], 2, [], 1, 0f, c, 1, default, 1);
        Gemm.SymmetricProduct(0, 3, [], 3, c, 1, 2);
        Assert.That(c[0], Is.EqualTo(Canary));
    }

    [Test]
    public void Multiply_Epilogue_IsBiasThenReluThenMask([Values] bool bias, [Values] bool relu, [Values] bool mask, [Values(9, 150)] int size)
    {
        int m = size, n = size + 5, k = size + 260;
        var plain = new Problem(false, true, m, n, k, 1f, 0.5f, seed: 10);
        var fused = new Problem(false, true, m, n, k, 1f, 0.5f, seed: 10);
        plain.Multiply(threads: 1);
        float[] biases = Problem.Random(n, 11), masks = Problem.Random(m * fused.Ldc, 12);
        masks[3] = 0;
        masks[4] = float.NaN;
        fused.Multiply(2, bias ? biases : [], relu ? GemmActivation.Relu : GemmActivation.None, mask ? masks : []);
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                int at = (i * fused.Ldc) + j;
                float expected = plain.C[at] + (bias ? biases[j] : 0);
                expected = relu && expected <= 0 ? 0 : expected;
                expected = mask && !(masks[at] > 0) ? 0 : expected;
                Assert.That(fused.C[at], Is.EqualTo(expected), $"({i}, {j})");
            }
        }
    }

    [Test]
    public void Multiply_ReluOfNaN_StaysNaN()
    {
        float[] c = new float[20];
        float[] b = Enumerable.Repeat(float.NaN, 20).ToArray();
        Gemm.Multiply(false, false, 1, 20, 1, 1f, [1f], 1, b, 20, 0f, c, 20, new GemmEpilogue { Activation = GemmActivation.Relu }, 1);
        Assert.That(c, Has.All.NaN);
    }

    [TestCase(7, 9, 8)]
    [TestCase(300, 280, 300)]
    [TestCase(2000, 20, 70)]
    [TestCase(4, 3000, 300)]
    [TestCase(700, 900, 40)]
    public void Multiply_AnyNumberOfThreads_GivesTheSameBits(int m, int n, int k)
    {
        var one = new Problem(false, true, m, n, k, 1.1f, 0.3f, seed: 13);
        one.Multiply(threads: 1);
        foreach (int threads in new[] { 2, 4 })
        {
            var many = new Problem(false, true, m, n, k, 1.1f, 0.3f, seed: 13);
            many.Multiply(threads);
            Assert.That(MemoryMarshal.AsBytes<float>(many.C).SequenceEqual(MemoryMarshal.AsBytes<float>(one.C)), $"{threads} threads");
        }
    }

    /// <summary>The promise that encoding one signal gives the bits of encoding it in a batch.</summary>
    [TestCase(200, 300, 770)]
    [TestCase(64, 16, 8)]
    [TestCase(500, 7, 600)]
    public void Multiply_OneRow_HasTheBitsOfTheSameRowInABatch(int m, int n, int k)
    {
        var batch = new Problem(false, true, m, n, k, 1f, 0f, seed: 14);
        batch.Multiply(threads: 2);
        foreach (int row in new[] { 0, 1, m / 2, m - 1 })
        {
            float[] c = new float[n];
            Gemm.Multiply(false, true, 1, n, k, 1f, batch.A.AsSpan(row * batch.Lda), batch.Lda, batch.B, batch.Ldb, 0f, c, n, default, 1);
            Assert.That(c, Is.EqualTo(batch.C.AsSpan(row * batch.Ldc, n).ToArray()), $"row {row}");
        }
    }

    /// <summary>The same for a weighted sum of rows, which has a path of its own: decoding one dense code gives the bits of decoding it in a batch.</summary>
    [TestCase(200, 300, 770, 1f, 0f)]
    [TestCase(90, 771, 3000, -1f, 1f)]
    [TestCase(30, 385, 41, 0.7f, 0.3f)]
    [TestCase(64, 33, 8, 1f, 0f)]
    public void Multiply_OneRowOfContiguousColumns_HasTheBitsOfTheSameRowInABatch(int m, int n, int k, float alpha, float beta)
    {
        var batch = new Problem(false, false, m, n, k, alpha, beta, seed: 15);
        float[] old = [.. batch.C], bias = Problem.Random(n, 16);
        batch.Multiply(threads: 2, bias, GemmActivation.Relu);
        foreach (int row in new[] { 0, m / 2, m - 1 })
        {
            foreach (int threads in new[] { 1, 2 })
            {
                float[] c = old.AsSpan(row * batch.Ldc, n).ToArray();
                var epilogue = new GemmEpilogue { Bias = bias, Activation = GemmActivation.Relu };
                Gemm.Multiply(false, false, 1, n, k, alpha, batch.A.AsSpan(row * batch.Lda), batch.Lda, batch.B, batch.Ldb, beta, c, n, epilogue, threads);
                Assert.That(c, Is.EqualTo(batch.C.AsSpan(row * batch.Ldc, n).ToArray()), $"row {row}, {threads} threads");
            }
        }
    }

    [TestCase(5, 3)]
    [TestCase(45, 17)]
    [TestCase(130, 300)]
    [TestCase(530, 40)]
    public void SymmetricProduct_AnyThreads_IsSymmetricAndTheFullProductBitForBit(int n, int k)
    {
        int lda = k + 2, ldg = n + 3;
        float[] a = Problem.Random(n * lda, 15);
        float[] full = new float[n * ldg];
        Gemm.Multiply(false, true, n, n, k, 1f, a, lda, a, lda, 0f, full, ldg, default, 1);
        foreach (int threads in new[] { 1, 2, 4 })
        {
            float[] g = new float[n * ldg];
            Array.Fill(g, float.NaN);
            Gemm.SymmetricProduct(n, k, a, lda, g, ldg, threads);
            for (int i = 0; i < n; i++)
            {
                Assert.That(g.AsSpan(i * ldg, n).SequenceEqual(full.AsSpan(i * ldg, n)), $"row {i}");
                Assert.That(g.AsSpan((i * ldg) + n, ldg - n).ToArray(), Has.All.NaN, "written between rows");
                for (int j = 0; j < i; j++)
                {
                    Assert.That(BitConverter.SingleToInt32Bits(g[(i * ldg) + j]), Is.EqualTo(BitConverter.SingleToInt32Bits(g[(j * ldg) + i])));
                }
            }
        }
    }

    [TestCaseSource(nameof(DoubleEngines))]
    public unsafe void DoubleEngine_TileBorders_EqualsDecimalSums(int engine, bool packed)
    {
        foreach ((int m, int n, int k) in new[] { (1, 1, 1), (5, 7, 9), (6, 8, 4), (13, 17, 31), (12, 16, 3), (25, 33, 20), (171, 40, 260) })
        {
            var random = new Random(16);
            double[] a = Draw(random, m * k), b = Draw(random, k * n), c = Draw(random, m * n), old = [.. c];
            fixed (double* pa = a, pb = b, pc = c)
            {
                // A as stored is [k, m], B [k, n].
                var product = new GemmOperands<double>
                {
                    M = m, N = n, K = k, Alpha = 2, A = pa, ARow = 1, ADepth = m, B = pb, BDepth = n, BColumn = 1, Beta = 0.5, C = pc, Ldc = n, Threads = 1,
                };
                if (packed)
                {
                    MicroKernels<double>.All[engine].Packed(product);
                }
                else
                {
                    MicroKernels<double>.All[engine].Direct(product);
                }
            }

            for (int i = 0; i < m; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    decimal sum = 0;
                    for (int p = 0; p < k; p++)
                    {
                        sum += (decimal)a[(p * m) + i] * (decimal)b[(p * n) + j];
                    }

                    double expected = (double)((2 * sum) + (0.5m * (decimal)old[(i * n) + j]));
                    Assert.That(c[(i * n) + j], Is.EqualTo(expected).Within((k + 4) * 4e-16 * 4));
                }
            }
        }
    }

    [Test]
    public void MultiplyDouble_EveryTranspositionAndThreads_EqualsTheTransposedCopy([Values] bool transposeA, [Values] bool transposeB)
    {
        const int m = 190, n = 75, k = 300;
        var random = new Random(17);
        double[] a = Draw(random, m * k), b = Draw(random, k * n), expected = new double[m * n], c = new double[m * n];
        Gemm.Multiply(false, false, m, n, k, 1.0, a, k, b, n, 0, expected, n, 1);
        double[] first = transposeA ? Transpose(a, m, k) : a, second = transposeB ? Transpose(b, k, n) : b;
        Gemm.Multiply(transposeA, transposeB, m, n, k, 1.0, first, transposeA ? m : k, second, transposeB ? k : n, 0, c, n, 2);
        Assert.That(c, Is.EqualTo(expected));
        double check = 0;
        for (int p = 0; p < k; p++)
        {
            check += a[(11 * k) + p] * b[(p * n) + 13];
        }

        Assert.That(c[(11 * n) + 13], Is.EqualTo(check).Within(1e-12));
    }

    [Test]
    public void Multiply_SmallProducts_AllocateNothing()
    {
        var problem = new Problem(false, true, 100, 16, 8, 1f, 0f, seed: 18);
        problem.Multiply(threads: 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++)
        {
            problem.Multiply(threads: 2);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static IEnumerable<TestCaseData> FloatEngines() => Engines<float>();

    private static IEnumerable<TestCaseData> DoubleEngines() => Engines<double>();

    private static double[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() - 0.5)];

    private static double[] Transpose(double[] x, int rows, int columns) =>
        [.. Enumerable.Range(0, columns).SelectMany(j => Enumerable.Range(0, rows).Select(i => x[(i * columns) + j]))];

    /// <summary>Random operands with rows further apart than they are long, and canaries between and behind the rows of C.</summary>
    private sealed class Problem
    {
        private readonly bool _transposeA;
        private readonly bool _transposeB;
        private readonly int _m;
        private readonly int _n;
        private readonly int _k;
        private readonly float _alpha;
        private readonly float _beta;
        private readonly float[] _old;

        public Problem(bool transposeA, bool transposeB, int m, int n, int k, float alpha, float beta, int seed)
        {
            (_transposeA, _transposeB, _m, _n, _k, _alpha, _beta) = (transposeA, transposeB, m, n, k, alpha, beta);
            Lda = (transposeA ? m : k) + 3;
            Ldb = (transposeB ? k : n) + 1;
            Ldc = n + 2;
            A = Random(((transposeA ? k : m) - 1) * Lda + (transposeA ? m : k), seed);
            B = Random(((transposeB ? n : k) - 1) * Ldb + (transposeB ? k : n), seed + 1);
            C = Random(m * Ldc, seed + 2);
            for (int i = 0; i < m; i++)
            {
                C.AsSpan((i * Ldc) + n, Ldc - n).Fill(Canary);
            }

            _old = [.. C];
        }

        public float[] A { get; }

        public float[] B { get; }

        public float[] C { get; }

        public int Lda { get; }

        public int Ldb { get; }

        public int Ldc { get; }

        public static float[] Random(int count, int seed)
        {
            var random = new Random(seed);
            float[] values = new float[count];
            foreach (ref float x in values.AsSpan())
            {
                x = random.NextSingle() - 0.5f;
            }

            return values;
        }

        public void FillC(float value)
        {
            for (int i = 0; i < _m; i++)
            {
                C.AsSpan(i * Ldc, _n).Fill(value);
            }
        }

        public void Multiply(int threads, ReadOnlySpan<float> bias = default, GemmActivation activation = GemmActivation.None, ReadOnlySpan<float> mask = default) =>
            Gemm.Multiply(
                _transposeA, _transposeB, _m, _n, _k, _alpha, A, Lda, B, Ldb, _beta, C, Ldc, new GemmEpilogue { Bias = bias, Activation = activation, Mask = mask }, threads);

        public unsafe void Run(GemmEngine<float> engine, bool packed)
        {
            fixed (float* a = A, b = B, c = C)
            {
                var product = new GemmOperands<float>
                {
                    M = _m,
                    N = _n,
                    K = _k,
                    Alpha = _alpha,
                    A = a,
                    ARow = _transposeA ? 1 : Lda,
                    ADepth = _transposeA ? Lda : 1,
                    B = b,
                    BDepth = _transposeB ? 1 : Ldb,
                    BColumn = _transposeB ? Ldb : 1,
                    Beta = _beta,
                    C = c,
                    Ldc = Ldc,
                    Threads = 2,
                };
                if (packed)
                {
                    engine.Packed(product);
                }
                else
                {
                    engine.Direct(product);
                }
            }
        }

        /// <summary>|c − exact| at most (k + 3) eps (|alpha| Σ|a||b| + |beta c|): the bound of any order of summation. Canaries untouched.</summary>
        public void Verify()
        {
            // The reference sums along contiguous rows, so that the large cases stay quick.
            float[] a = _transposeA ? Transposed(A, Lda, _k, _m) : Compact(A, Lda, _m, _k);
            float[] b = _transposeB ? Compact(B, Ldb, _n, _k) : Transposed(B, Ldb, _k, _n);
            for (int i = 0; i < _m; i++)
            {
                for (int j = 0; j < _n; j++)
                {
                    double sum = 0, size = 0;
                    ReadOnlySpan<float> x = a.AsSpan(i * _k, _k), y = b.AsSpan(j * _k, _k);
                    for (int p = 0; p < x.Length; p++)
                    {
                        double term = (double)x[p] * y[p];
                        sum += term;
                        size += Math.Abs(term);
                    }

                    double old = _beta == 0 ? 0 : _beta * (double)_old[(i * Ldc) + j];
                    double bound = (_k + 3) * 6e-8 * ((Math.Abs(_alpha) * size) + Math.Abs(old));
                    double error = Math.Abs(C[(i * Ldc) + j] - ((_alpha * sum) + old));
                    if (!(error <= bound))
                    {
                        Assert.Fail($"({i}, {j}) of {_m} x {_n} x {_k}, transposed {_transposeA} {_transposeB}: error {error}, bound {bound}");
                    }
                }

                if (C.AsSpan((i * Ldc) + _n, Ldc - _n).ContainsAnyExcept(Canary))
                {
                    Assert.Fail($"written past the end of row {i}");
                }
            }
        }

        private static float[] Compact(float[] x, int stride, int rows, int columns) =>
            Transposed(Transposed(x, stride, rows, columns), rows, columns, rows);

        private static float[] Transposed(float[] x, int stride, int rows, int columns)
        {
            float[] result = new float[rows * columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    result[(j * rows) + i] = x[(i * stride) + j];
                }
            }

            return result;
        }
    }
}

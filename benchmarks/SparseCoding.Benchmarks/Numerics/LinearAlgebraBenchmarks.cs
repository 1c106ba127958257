using BenchmarkDotNet.Attributes;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks.Numerics;

/// <summary>The float64 decompositions of reports and theory, the random stream and correlations, none of them in an inner loop. Baseline: the plain product of two n x n matrices.</summary>
[MemoryDiagnoser]
[Quick("64")]
public class LinearAlgebraBenchmarks
{
    private readonly float[] _random = new float[1 << 16];
    private Matrix64 _matrix = new(1, 1);
    private Matrix64 _definite = new(1, 1);
    private float[] _rows = [], _target = [];

    /// <summary>Rows and columns.</summary>
    [Params(64, 256)]
    public int N { get; set; } = 64;

    [GlobalSetup]
    public void Setup()
    {
        _rows = Kernels.KernelData.Normal(N * N, 1);
        _target = new float[N * N];
        _matrix = Matrix64.From(_rows, N, N);
        _definite = _matrix.GramOfRows();
        for (int i = 0; i < N; i++)
        {
            _definite.Row(i)[i] += N;
        }
    }

    [Benchmark(Baseline = true)]
    public object Product() => Matrix64.Multiply(_matrix, _matrix);

    [Benchmark]
    public object CholeskyFactor() => Cholesky.Compute(_definite);

    [Benchmark]
    public object QrWithPivots() => PivotedQr.Compute(_matrix);

    [Benchmark]
    public object SingularValues() => Svd.Compute(_matrix);

    [Benchmark]
    public object Eigen() => SymmetricEigen.Compute(_definite);

    [Benchmark]
    public object Norm() => SpectralNorm.Bound(_matrix);

    [Benchmark]
    public void RowCorrelations() => Correlation.BetweenRows(_rows, _rows, N, _target);

    /// <summary>65 536 normal numbers of the keyed stream.</summary>
    [Benchmark]
    public void NormalNumbers() => new RandomStream(1UL, "benchmark").FillNormal(_random);

    /// <summary>The same from <see cref="Random"/> by Box and Muller: what one would write without the stream.</summary>
    [Benchmark]
    public void NormalNumbersOfSystemRandom()
    {
        var random = new Random(1);
        for (int i = 0; i < _random.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            _random[i] = (float)(radius * Math.Cos(angle));
            _random[i + 1] = (float)(radius * Math.Sin(angle));
        }
    }
}

using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks;

/// <summary>The matrix product against its scalar specification (the baseline; it takes seconds on the large shapes) and OpenBLAS.</summary>
[MemoryDiagnoser]
[Quick("1", "[256,256]x[256,256]")]
public unsafe class GemmBenchmarks
{
    private GemmShape _shape = GemmShape.All[0];
    private float[] _a = [];
    private float[] _b = [];
    private float[] _c = [];

    /// <summary>Texts of the shapes.</summary>
    public static IEnumerable<string> Shapes => GemmShape.All.Select(shape => shape.ToString());

    /// <summary>[m, k] x [k, n]; t where the operand is stored transposed.</summary>
    [ParamsSource(nameof(Shapes))]
    public string Shape { get; set; } = "";

    /// <summary>The most threads to use.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    /// <summary>Draws the operands.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _shape = GemmShape.All.First(shape => shape.ToString() == Shape);
        _a = GemmShape.Numbers((long)_shape.M * _shape.K, 1);
        _b = GemmShape.Numbers((long)_shape.K * _shape.N, 2);
        _c = new float[_shape.M * _shape.N];
        if (OpenBlas.IsAvailable)
        {
            OpenBlas.SetThreads(Threads);
        }
    }

    /// <summary>The scalar kernel without packing.</summary>
    [Benchmark(Baseline = true)]
    public void Scalar()
    {
        fixed (float* a = _a, b = _b, c = _c)
        {
            new GemmEngine<float, ScalarKernel<float>>().Direct(new GemmOperands<float>
            {
                M = _shape.M,
                N = _shape.N,
                K = _shape.K,
                Alpha = 1,
                A = a,
                ARow = _shape.TransposeA ? 1 : _shape.Lda,
                ADepth = _shape.TransposeA ? _shape.Lda : 1,
                B = b,
                BDepth = _shape.TransposeB ? 1 : _shape.Ldb,
                BColumn = _shape.TransposeB ? _shape.Ldb : 1,
                C = c,
                Ldc = _shape.N,
                Threads = Threads,
            });
        }
    }

    /// <summary>What the library uses.</summary>
    [Benchmark]
    public void Product() => Gemm.Multiply(
        _shape.TransposeA, _shape.TransposeB, _shape.M, _shape.N, _shape.K, 1f, _a, _shape.Lda, _b, _shape.Ldb, 0f, _c, _shape.N, default, Threads);

    /// <summary>The rival.</summary>
    [Benchmark(Description = "OpenBLAS")]
    public void Rival()
    {
        if (!OpenBlas.IsAvailable)
        {
            throw new InvalidOperationException(OpenBlas.Missing);
        }

        OpenBlas.Multiply(_shape.TransposeA, _shape.TransposeB, _shape.M, _shape.N, _shape.K, 1f, _a, _shape.Lda, _b, _shape.Ldb, 0f, _c, _shape.N);
    }
}

using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Kernels;

/// <summary>Statistics of a batch of codes [1024, 16384] with 32 entries a row: ZᵀZ for 2048 of the atoms (against a scalar form), activity, and the Gram rows that are made on demand.</summary>
[MemoryDiagnoser]
[Quick]
public class CodesGramBenchmarks
{
    private const int Atoms = 2048;
    private readonly SupportTranspose _transpose = new();
    private readonly long[] _fired = new long[Atoms];
    private readonly double[] _sumAbs = new double[Atoms];
    private readonly double[] _sumSquares = new double[Atoms];
    private readonly double[] _gram = new double[Atoms * Atoms];
    private float[] _values = [], _atoms = [];
    private int[] _indices = [], _counts = [];

    [GlobalSetup]
    public void Setup()
    {
        _values = KernelData.Normal(KernelData.Batch * KernelData.Active, 3);
        _atoms = KernelData.Normal(Atoms * KernelData.Dimension, 4);
        _indices = new int[_values.Length];
        var random = new Random(5);
        for (int row = 0; row < KernelData.Batch; row++)
        {
            var seen = new SortedSet<int>();
            while (seen.Count < KernelData.Active)
            {
                _ = seen.Add(random.Next(Atoms));
            }

            seen.CopyTo(_indices, row * KernelData.Active);
        }

        _counts = new int[KernelData.Batch];
        Array.Fill(_counts, KernelData.Active);
        _transpose.Build(_indices, _counts, KernelData.Active, Atoms);
    }

    [Benchmark(Baseline = true)]
    public void GramScalar()
    {
        for (int row = 0; row < KernelData.Batch; row++)
        {
            int start = row * KernelData.Active;
            for (int i = start; i < start + KernelData.Active; i++)
            {
                for (int j = start; j <= i; j++)
                {
                    _gram[(_indices[i] * Atoms) + _indices[j]] += (double)_values[i] * _values[j];
                }
            }
        }
    }

    [Benchmark]
    public void Gram() => CodesGram.AccumulateLower<double>(_transpose, _indices, _values, KernelData.Active, _gram, 0, Atoms);

    [Benchmark]
    public void Mirror() => CodesGram.Mirror<double>(_gram, Atoms);

    [Benchmark]
    public void Statistics() => CodeStatistics.Accumulate(_indices, _values, _counts, KernelData.Active, _fired, _sumAbs, _sumSquares);

    /// <summary>Sixteen Gram rows of a dictionary whose whole Gram would not fit: each a product of the atoms with one of them.</summary>
    [Benchmark(OperationsPerInvoke = 16)]
    public float LazyGramRow()
    {
        var gram = new LazyGram(_atoms, KernelData.Dimension);
        float sum = 0;
        for (int atom = 0; atom < 16; atom++)
        {
            sum += gram.Row(atom)[0];
        }

        return sum;
    }
}

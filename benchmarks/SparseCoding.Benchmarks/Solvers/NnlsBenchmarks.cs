using BenchmarkDotNet.Attributes;
using SparseCoding.Benchmarks.Encoders;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Solvers;

/// <summary>Non-negative least squares without a limit of atoms, per signal, one thread, and the spectral bound that FISTA needs; the Gram is given. Baseline: non-negative OMP with as many atoms as the signals have.</summary>
[MemoryDiagnoser]
[Quick(EncoderWorld.Small)]
public class NnlsBenchmarks
{
    private const int Signals = 64;
    private DenseGram<float>? _gram;
    private NnlsCore<float>? _nnls;
    private OmpCore<float>? _omp;
    private float[] _correlations = [];
    private double[] _squaredNorms = [];
    private int _atoms, _active;

    /// <summary>Dimension, atoms, active atoms.</summary>
    [Params(EncoderWorld.Small, EncoderWorld.Middle)]
    public string Size { get; set; } = EncoderWorld.Small;

    [GlobalSetup]
    public void Setup()
    {
        EncoderWorld world = EncoderWorld.Create(Size, Signals);
        (_atoms, _active) = (world.AtomCount, world.Active);
        float[] atoms = new float[_atoms * world.Dimension], signals = new float[Signals * world.Dimension], gram = new float[_atoms * _atoms];
        world.Data.Dictionary.CopyAtoms(0, atoms);
        SignalView view = world.Data.Signals;
        view.CopyRows(0, Signals, signals);
        _correlations = new float[Signals * _atoms];
        Gemm.SymmetricProduct(_atoms, world.Dimension, atoms, world.Dimension, gram, _atoms, 1);
        Gemm.Multiply(false, true, Signals, _atoms, world.Dimension, 1, signals, world.Dimension, atoms, world.Dimension, 0, _correlations, _atoms, default, 1);
        _squaredNorms = [.. Enumerable.Range(0, Signals).Select(s => Reduction.SumSquares(signals.AsSpan(s * world.Dimension, world.Dimension)))];
        _gram = new DenseGram<float>(gram, _atoms);
        _nnls = new NnlsCore<float>(_atoms, world.Dimension);
        _omp = new OmpCore<float>(_atoms, _active);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Signals)]
    public double OmpNonNegative()
    {
        double sum = 0;
        for (int s = 0; s < Signals; s++)
        {
            sum += _omp!.Solve(_gram!, Correlations(s), _squaredNorms[s], new OmpParameters { MaxActive = _active, NonNegative = true }).ResidualSquaredNorm;
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Signals)]
    public double LeastSquares()
    {
        double sum = 0;
        for (int s = 0; s < Signals; s++)
        {
            sum += _nnls!.Solve(_gram!, Correlations(s), _squaredNorms[s], default).ResidualSquaredNorm;
        }

        return sum;
    }

    [Benchmark]
    public double GramSpectralBound() => SpectralBound.Compute(_gram!);

    private ReadOnlySpan<float> Correlations(int signal) => _correlations.AsSpan(signal * _atoms, _atoms);
}

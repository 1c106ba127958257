using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Solvers;

/// <summary>
/// The greedy cores alone, one thread: Gram and correlations are given, so to compare with a peer's whole call add 2 · dimension · atoms operations per signal.
/// Gaussian unit atoms and Gaussian signals. Floor of OMP: atoms · active² / 2 multiply-adds, and 4 · atoms · active² / 2 bytes from the cache that holds the rows.
/// </summary>
[MemoryDiagnoser]
[Quick("64,256,10")]
public class OmpBenchmarks
{
    private const int Signals = 64;

    private DenseGram<float> _gram = null!;
    private float[][] _correlations = null!;
    private double[] _squaredNorms = null!;
    private OmpCore<float> _omp = null!;
    private MatchingPursuitCore<float> _matching = null!;
    private GradientPursuitCore<float> _gradient = null!;
    private int _active;

    /// <summary>dimension, atoms, active.</summary>
    [Params("64,256,10", "256,1024,32")]
    public string Size { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        int[] size = [.. Size.Split(',').Select(int.Parse)];
        (int dimension, int atomCount, _active) = (size[0], size[1], size[2]);
        var random = new Random(1);
        float[][] atoms = [.. Enumerable.Range(0, atomCount).Select(_ => Gaussian(random, dimension))];
        foreach (float[] atom in atoms)
        {
            TensorPrimitives.Divide(atom, TensorPrimitives.Norm<float>(atom), atom);
        }

        float[][] signals = [.. Enumerable.Range(0, Signals).Select(_ => Gaussian(random, dimension))];
        _gram = new DenseGram<float>([.. atoms.SelectMany(a => atoms.Select(b => TensorPrimitives.Dot<float>(a, b)))], atomCount);
        _correlations = [.. signals.Select(x => atoms.Select(d => TensorPrimitives.Dot<float>(d, x)).ToArray())];
        _squaredNorms = [.. signals.Select(x => x.Sum(v => (double)v * v))];
        _omp = new OmpCore<float>(atomCount, _active);
        _matching = new MatchingPursuitCore<float>(atomCount, _active);
        _gradient = new GradientPursuitCore<float>(atomCount, _active);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Signals)]
    public double Omp() => Run(new OmpParameters { MaxActive = _active });

    [Benchmark(OperationsPerInvoke = Signals)]
    public double Ols() => Run(new OmpParameters { MaxActive = _active, Rule = PursuitRule.ErrorReduction });

    [Benchmark(OperationsPerInvoke = Signals)]
    public double NonNegativeOmp() => Run(new OmpParameters { MaxActive = _active, NonNegative = true });

    [Benchmark(OperationsPerInvoke = Signals)]
    public double MatchingPursuit()
    {
        double error = 0;
        for (int i = 0; i < Signals; i++)
        {
            var parameters = new PursuitParameters { MaxActive = _active, MaxIterations = _active };
            error += _matching.Solve(_gram, _correlations[i], _squaredNorms[i], parameters).ResidualSquaredNorm;
        }

        return error;
    }

    [Benchmark(OperationsPerInvoke = Signals)]
    public double InferenceTimeOptimisation()
    {
        double error = 0;
        for (int i = 0; i < Signals; i++)
        {
            var parameters = new PursuitParameters { MaxActive = _active, NonNegative = true };
            error += _gradient.Solve(_gram, _correlations[i], _squaredNorms[i], parameters).ResidualSquaredNorm;
        }

        return error;
    }

    private double Run(OmpParameters parameters)
    {
        double error = 0;
        for (int i = 0; i < Signals; i++)
        {
            error += _omp.Solve(_gram, _correlations[i], _squaredNorms[i], parameters).ResidualSquaredNorm;
        }

        return error;
    }

    private static float[] Gaussian(Random random, int length) =>
        [.. Enumerable.Range(0, length).Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
}

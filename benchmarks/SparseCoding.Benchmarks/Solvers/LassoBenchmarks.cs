using BenchmarkDotNet.Attributes;
using SparseCoding.Kernels;

namespace SparseCoding.Benchmarks.Solvers;

/// <summary>
/// The Lasso cores on one thread, float, per signal: Gaussian unit atoms and unit Gaussian signals, Gram and correlations given (they cost one matrix product more).
/// The sizes are those that SPAMS and scikit-learn were measured on: (256, 1024) at λ = .15 has about 12 nonzeros, at .10 about 52.
/// </summary>
[MemoryDiagnoser]
[Quick("100x200 λ=0.15")]
public class LassoBenchmarks
{
    private const int Signals = 256;

    private DenseGram<float> _gram = null!;
    private float[] _correlations = null!;
    private double _bound;
    private LarsCore<float> _lars = null!;
    private CoordinateDescentCore<float> _descent = null!;
    private FistaCore<float> _fista = null!;

    /// <summary>Dimension, atoms and λ.</summary>
    [ParamsSource(nameof(Cases))]
    public LassoCase Case { get; set; } = new(256, 1024, 0.15);

    /// <summary>The sizes.</summary>
    public static IEnumerable<LassoCase> Cases => [new(100, 200, 0.15), new(256, 1024, 0.15), new(256, 1024, 0.10), new(768, 4096, 0.10)];

    /// <summary>Nonzeros of all signals of the last call, so that a report can say what was solved.</summary>
    public long Nonzeros { get; private set; }

    /// <summary>Makes atoms and signals from a fixed seed.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int dimension = Case.Dimension, atoms = Case.Atoms;
        var random = new Random(1);
        float[] dictionary = Rows(random, atoms, dimension), signals = Rows(random, Signals, dimension);
        var gram = new float[(long)atoms * atoms];
        for (int i = 0; i < atoms; i++)
        {
            for (int j = i; j < atoms; j++)
            {
                gram[((long)i * atoms) + j] = gram[((long)j * atoms) + i] = System.Numerics.Tensors.TensorPrimitives.Dot(
                    dictionary.AsSpan(i * dimension, dimension), dictionary.AsSpan(j * dimension, dimension));
            }
        }

        _gram = new DenseGram<float>(gram, atoms);
        _correlations = new float[Signals * atoms];
        for (int s = 0; s < Signals; s++)
        {
            for (int j = 0; j < atoms; j++)
            {
                _correlations[(s * atoms) + j] = System.Numerics.Tensors.TensorPrimitives.Dot(
                    signals.AsSpan(s * dimension, dimension), dictionary.AsSpan(j * dimension, dimension));
            }
        }

        _bound = SpectralBound.Compute(_gram);
        _lars = new LarsCore<float>(atoms);
        _descent = new CoordinateDescentCore<float>(atoms);
        _fista = new FistaCore<float>(atoms);
    }

    /// <summary>The homotopy to λ, exact.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Signals)]
    public double Homotopy()
    {
        double sum = 0;
        Nonzeros = 0;
        var parameters = new LarsParameters { Lambda = Case.Lambda };
        for (int s = 0; s < Signals; s++)
        {
            sum += _lars.Solve(_gram, Correlations(s), 1, parameters).SquaredError;
            Nonzeros += _lars.Support.Length;
        }

        return sum;
    }

    /// <summary>Coordinate descent to a gap of 1e-4 · ½‖x‖² (scikit-learn's default tolerance).</summary>
    [Benchmark(OperationsPerInvoke = Signals)]
    public double Descent() => Descend(1e-4);

    /// <summary>Coordinate descent to a gap of 1e-6 · ½‖x‖² (the default here).</summary>
    [Benchmark(OperationsPerInvoke = Signals)]
    public double DescentTight() => Descend(1e-6);

    /// <summary>FISTA to a gap of 1e-4 · ½‖x‖².</summary>
    [Benchmark(OperationsPerInvoke = Signals)]
    public double Momentum()
    {
        double sum = 0;
        var parameters = new LassoParameters { Lambda = Case.Lambda, GapTolerance = 1e-4 };
        for (int s = 0; s < Signals; s++)
        {
            sum += _fista.Solve(_gram, Correlations(s), 1, _bound, parameters).SquaredError;
        }

        return sum;
    }

    private double Descend(double tolerance)
    {
        double sum = 0;
        Nonzeros = 0;
        var parameters = new LassoParameters { Lambda = Case.Lambda, GapTolerance = tolerance };
        for (int s = 0; s < Signals; s++)
        {
            sum += _descent.Solve(_gram, Correlations(s), 1, parameters).SquaredError;
            Nonzeros += _descent.Support.Length;
        }

        return sum;
    }

    private ReadOnlySpan<float> Correlations(int signal) => _correlations.AsSpan(signal * Case.Atoms, Case.Atoms);

    private static float[] Rows(Random random, int count, int dimension)
    {
        var rows = new float[count * dimension];
        for (int i = 0; i < count; i++)
        {
            double squares = 0;
            Span<float> row = rows.AsSpan(i * dimension, dimension);
            for (int j = 0; j < dimension; j++)
            {
                row[j] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
                squares += (double)row[j] * row[j];
            }

            System.Numerics.Tensors.TensorPrimitives.Multiply(row, (float)(1 / Math.Sqrt(squares)), row);
        }

        return rows;
    }
}

/// <summary>One problem size.</summary>
public sealed record LassoCase(int Dimension, int Atoms, double Lambda)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Dimension}x{Atoms} λ={Lambda}");
}

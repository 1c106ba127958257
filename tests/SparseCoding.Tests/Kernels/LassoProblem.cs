using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>One signal and its atoms (rows) in double, with independent checks of a code; gives the cores what they take, in float or double.</summary>
internal sealed class LassoProblem
{
    public LassoProblem(double[][] atoms, double[] signal)
    {
        Atoms = atoms;
        Signal = signal;
    }

    public double[][] Atoms { get; }

    public double[] Signal { get; }

    public int AtomCount => Atoms.Length;

    public double SquaredNorm => Dot(Signal, Signal);

    public double LambdaMax => Atoms.Max(a => Math.Abs(Dot(a, Signal)));

    /// <summary>
    /// The diabetes problem in eleven dimensions: rows of the Cholesky factor of its eleven vectors' Gram matrix have the same inner products
    /// as the ten columns and the target with their 442 entries, and the solvers see nothing but inner products.
    /// </summary>
    public static LassoProblem Diabetes()
    {
        (DenseGram<double> gram, double[] correlations, double squaredNorm) = Greedy.Diabetes();
        var factor = new double[11][];
        for (int i = 0; i < 11; i++)
        {
            factor[i] = new double[11];
            for (int j = 0; j <= i; j++)
            {
                double sum = (i, j) switch { (10, 10) => squaredNorm, (10, _) => correlations[j], _ => gram.Row(i)[j] };
                for (int k = 0; k < j; k++)
                {
                    sum -= factor[i][k] * factor[j][k];
                }

                factor[i][j] = i == j ? Math.Sqrt(sum) : sum / factor[j][j];
            }
        }

        return new LassoProblem(factor[..10], factor[10]);
    }

    /// <summary>The coherent 16 x 32 problem made of sines; signal <paramref name="number"/> is 0 to 3.</summary>
    public static LassoProblem Sine(int number)
    {
        double[][] atoms = Enumerable.Range(1, 32)
            .Select(j => Unit(Enumerable.Range(1, 16).Select(i => Math.Sin((i * j) + (0.3 * j * j))).ToArray())).ToArray();
        return new LassoProblem(atoms, Enumerable.Range(1, 16).Select(i => Math.Cos((0.7 * i * (number + 1)) + (0.11 * i * i))).ToArray());
    }

    /// <summary>Gaussian unit atoms and a signal that is a sparse mixture of them plus noise.</summary>
    public static LassoProblem Random(int atomCount, int dimension, int seed, double noise = 0.1)
    {
        var random = new Random(seed);
        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        double[][] atoms = Enumerable.Range(0, atomCount).Select(_ => Unit(Enumerable.Range(0, dimension).Select(_ => Normal()).ToArray())).ToArray();
        double[] signal = Enumerable.Range(0, dimension).Select(_ => noise * Normal()).ToArray();
        for (int k = 0; k < 1 + (dimension / 6); k++)
        {
            double weight = Normal();
            double[] atom = atoms[random.Next(atomCount)];
            signal = signal.Zip(atom, (s, a) => s + (weight * a)).ToArray();
        }

        return new LassoProblem(atoms, signal);
    }

    /// <summary>A problem given, as in regression, by a matrix whose columns are the atoms.</summary>
    public static LassoProblem FromColumns(double[][] rows, double[] signal) =>
        new(Enumerable.Range(0, rows[0].Length).Select(j => rows.Select(r => r[j]).ToArray()).ToArray(), signal);

    public DenseGram<T> Gram<T>()
        where T : unmanaged, IFloatingPointIeee754<T> =>
        new((from a in Atoms from b in Atoms select T.CreateTruncating(Dot(a, b))).ToArray(), AtomCount);

    public T[] Correlations<T>()
        where T : unmanaged, IFloatingPointIeee754<T> => Atoms.Select(a => T.CreateTruncating(Dot(a, Signal))).ToArray();

    /// <summary>The residual x − zD.</summary>
    public double[] Residual(double[] code)
    {
        double[] residual = (double[])Signal.Clone();
        for (int j = 0; j < AtomCount; j++)
        {
            for (int i = 0; i < residual.Length; i++)
            {
                residual[i] -= code[j] * Atoms[j][i];
            }
        }

        return residual;
    }

    public double Objective(double[] code, double lambda, double ridge = 0)
    {
        double[] r = Residual(code);
        return (0.5 * Dot(r, r)) + (lambda * code.Sum(Math.Abs)) + (0.5 * ridge * Dot(code, code));
    }

    /// <summary>Largest violation of the optimality conditions, relative to the largest correlation of the signal.</summary>
    public double Violation(double[] code, double lambda, bool nonNegative = false, double ridge = 0)
    {
        double[] r = Residual(code);
        double worst = 0;
        for (int j = 0; j < AtomCount; j++)
        {
            double c = Dot(Atoms[j], r) - (ridge * code[j]);
            worst = Math.Max(worst, code[j] != 0 ? Math.Abs(c - (Math.Sign(code[j]) * lambda)) : (nonNegative ? c : Math.Abs(c)) - lambda);
            worst = nonNegative && code[j] < 0 ? double.PositiveInfinity : worst;
        }

        return worst / LambdaMax;
    }

    /// <summary>The code as a dense vector in double.</summary>
    public double[] Dense<T>(ReadOnlySpan<int> support, ReadOnlySpan<T> coefficients)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var code = new double[AtomCount];
        for (int i = 0; i < support.Length; i++)
        {
            Assert.That(coefficients[i] != T.Zero, "a support holds nonzeros only");
            Assert.That(i == 0 || support[i] > support[i - 1], "a support is in order of index, each atom once");
            code[support[i]] = double.CreateTruncating(coefficients[i]);
        }

        return code;
    }

    public (double[] Code, LassoOutcome Outcome, LarsPath? Path) Lars<T>(in LarsParameters parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var core = new LarsCore<T>(AtomCount);
        LassoOutcome outcome = core.Solve(Gram<T>(), Correlations<T>(), SquaredNorm, parameters);
        return (Dense(core.Support, core.Coefficients), outcome, core.Path);
    }

    public (double[] Code, LassoOutcome Outcome) Descend<T>(in LassoParameters parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var core = new CoordinateDescentCore<T>(AtomCount);
        LassoOutcome outcome = core.Solve(Gram<T>(), Correlations<T>(), SquaredNorm, parameters);
        return (Dense(core.Support, core.Coefficients), outcome);
    }

    public (double[] Code, LassoOutcome Outcome) Fista<T>(in LassoParameters parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var core = new FistaCore<T>(AtomCount);
        DenseGram<T> gram = Gram<T>();
        LassoOutcome outcome = core.Solve(gram, Correlations<T>(), SquaredNorm, SpectralBound.Compute(gram), parameters);
        return (Dense(core.Support, core.Coefficients), outcome);
    }

    public static double Dot(double[] left, double[] right)
    {
        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }

    private static double[] Unit(double[] vector)
    {
        double norm = Math.Sqrt(Dot(vector, vector));
        return vector.Select(v => v / norm).ToArray();
    }
}

using System.Globalization;
using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>A dictionary and signals for the greedy solvers, with the Gram and the correlations computed the plain way.</summary>
internal sealed class GreedyProblem<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Atoms and signals as rows.</summary>
    public GreedyProblem(double[][] atoms, double[][] signals)
    {
        Atoms = atoms;
        Signals = signals;
        var gram = new T[atoms.Length * atoms.Length];
        for (int i = 0; i < atoms.Length; i++)
        {
            for (int j = 0; j < atoms.Length; j++)
            {
                gram[(i * atoms.Length) + j] = T.CreateTruncating(Greedy.Dot(atoms[i], atoms[j]));
            }
        }

        Gram = new DenseGram<T>(gram, atoms.Length);
        Correlations = [.. signals.Select(x => atoms.Select(d => T.CreateTruncating(Greedy.Dot(d, x))).ToArray())];
        SquaredNorms = [.. signals.Select(x => Greedy.Dot(x, x))];
    }

    public double[][] Atoms { get; }

    public double[][] Signals { get; }

    public DenseGram<T> Gram { get; }

    public T[][] Correlations { get; }

    public double[] SquaredNorms { get; }

    public int AtomCount => Atoms.Length;

    public OmpOutcome Solve(OmpCore<T> core, int signal, in OmpParameters parameters, ReadOnlySpan<int> initial = default) =>
        core.Solve(Gram, Correlations[signal], SquaredNorms[signal], parameters, initial);

    /// <summary>x − zD, in double.</summary>
    public double[] Residual(int signal, ReadOnlySpan<int> support, ReadOnlySpan<T> code)
    {
        double[] residual = [.. Signals[signal]];
        for (int i = 0; i < support.Length; i++)
        {
            double value = double.CreateTruncating(code[i]);
            for (int m = 0; m < residual.Length; m++)
            {
                residual[m] -= value * Atoms[support[i]][m];
            }
        }

        return residual;
    }

    public double SquaredError(int signal, ReadOnlySpan<int> support, ReadOnlySpan<T> code)
    {
        double[] residual = Residual(signal, support, code);
        return Greedy.Dot(residual, residual);
    }
}

/// <summary>Golden numbers and ways to make problems.</summary>
internal static class Greedy
{
    public static double Dot(double[] a, double[] b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>The formula-generated coherent problem: D0[i, j] = sin(ij + 0.3 j²), normalised; y_b[i] = cos(0.7 i b + 0.11 i²), from 1.</summary>
    public static GreedyProblem<T> Sine<T>(int atomCount = 32)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        double[][] atoms = [.. Enumerable.Range(1, atomCount).Select(j => Normalise([.. Enumerable.Range(1, 16).Select(i => Math.Sin((i * j) + (0.3 * j * j)))]))];
        double[][] signals = [.. Enumerable.Range(1, 4).Select(b => Enumerable.Range(1, 16).Select(i => Math.Cos((0.7 * i * b) + (0.11 * i * i))).ToArray())];
        return new GreedyProblem<T>(atoms, signals);
    }

    /// <summary>Gaussian atoms (unit norm) and Gaussian signals, the same for float and double.</summary>
    public static GreedyProblem<T> Random<T>(int dimension, int atomCount, int signals, int seed)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        double[][] atoms = [.. Enumerable.Range(0, atomCount).Select(_ => Normalise(Gaussian(random, dimension)))];
        return new GreedyProblem<T>(atoms, [.. Enumerable.Range(0, signals).Select(_ => Gaussian(random, dimension))]);
    }

    /// <summary>Identity and Hadamard matrix / √M: 2 M atoms of coherence 1 / √M.</summary>
    public static double[][] SpikesAndHadamard(int dimension)
    {
        var atoms = new double[2 * dimension][];
        for (int j = 0; j < dimension; j++)
        {
            atoms[j] = new double[dimension];
            atoms[j][j] = 1;
            atoms[dimension + j] =
                [.. Enumerable.Range(0, dimension).Select(m => (BitOperations.PopCount((uint)(j & m)) % 2 == 0 ? 1 : -1) / Math.Sqrt(dimension))];
        }

        return atoms;
    }

    public static double[] Gaussian(Random random, int length)
    {
        var values = new double[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        return values;
    }

    public static double[] Normalise(double[] values)
    {
        double norm = Math.Sqrt(Dot(values, values));
        return [.. values.Select(v => v / norm)];
    }

    /// <summary>A weighted sum of atoms.</summary>
    public static double[] Mix(double[][] atoms, int[] support, double[] code) =>
        [.. Enumerable.Range(0, atoms[0].Length).Select(m => support.Select((atom, i) => code[i] * atoms[atom][m]).Sum())];

    public static IEnumerable<GoldenCode> Golden(string name) =>
        from line in File.ReadLines(GoldenPath("greedy.csv"))
        where line.StartsWith(name + ";", StringComparison.Ordinal)
        let part = line.Split(';')
        select new GoldenCode(
            part[0],
            int.Parse(part[1], CultureInfo.InvariantCulture),
            [.. part[2].Split(' ').Select(v => int.Parse(v, CultureInfo.InvariantCulture))],
            [.. part[3].Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture))],
            double.Parse(part[4], CultureInfo.InvariantCulture));

    /// <summary>Gram, correlations and ‖y‖² of the diabetes data.</summary>
    public static (DenseGram<double> Gram, double[] Correlations, double SquaredNorm) Diabetes()
    {
        double[][] lines =
        [
            .. File.ReadLines(GoldenPath("diabetes_gram.csv"))
                .Where(line => line[0] != '#')
                .Select(line => line.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray()),
        ];
        return (new DenseGram<double>([.. lines.Take(10).SelectMany(v => v)], 10), lines[10], lines[11][0]);
    }

    private static string GoldenPath(string file)
    {
        for (DirectoryInfo? folder = new(TestContext.CurrentContext.TestDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "tests", "Golden", file);
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException($"tests/Golden/{file} is not above the test assembly.");
    }
}

/// <summary>One line of greedy.csv.</summary>
internal sealed record GoldenCode(string Name, int Signal, int[] Atoms, double[] Code, double SquaredError)
{
    public override string ToString() => $"{Name} {Signal}";
}

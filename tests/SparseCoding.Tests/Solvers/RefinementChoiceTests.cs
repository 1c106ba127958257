using SparseCoding.Backends;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Tests.Solvers;

/// <summary>Codes are refined in float64 only where rounding can be seen: what is left out must be right without it, and what needs it must get it.</summary>
[TestFixture]
public sealed class RefinementChoiceTests
{
    [TestCase(PursuitSelection.Correlation)]
    [TestCase(PursuitSelection.ErrorReduction)]
    public void Encode_WellConditionedSupports_AgreeWithFloat64WithoutRefinement(PursuitSelection selection)
    {
        const int Dimension = 64, Atoms = 200, Active = 10, Rows = 40;
        float[] atoms = Unit(1, Atoms, Dimension), signals = Unit(2, Rows, Dimension);
        var encoder = new OmpEncoder(new AtomDictionary(atoms, Dimension), new OmpOptions { MaxActive = Active, Selection = selection });
        SparseCodes codes = encoder.Encode(SignalView.FromRows(signals, Dimension));
        DenseGram<double> gram = Gram(atoms, Dimension);
        var core = new OmpCore<double>(Atoms, Active);
        var parameters = new OmpParameters { MaxActive = Active, Rule = selection == PursuitSelection.ErrorReduction ? PursuitRule.ErrorReduction : PursuitRule.Correlation };
        int harmless = 0;
        for (int row = 0; row < Rows; row++)
        {
            double[] c = [.. Enumerable.Range(0, Atoms).Select(j => Dot(atoms, j, signals, row, Dimension))];
            core.Solve(gram, c, Dot(signals, row, signals, row, Dimension), parameters);
            harmless += core.Amplification - Active <= 2 + (0.25 * Active) ? 1 : 0;
            int[] order = core.Support.ToArray();
            double[] values = core.Coefficients.ToArray();
            Array.Sort(order, values);
            Assert.That(codes[row].Atoms.ToArray(), Is.EqualTo(order), $"row {row}");
            Assert.That(codes[row].Values.ToArray().Select((v, i) => Math.Abs(v - values[i])).Max(), Is.LessThan(1e-6), $"row {row}");
        }

        Assert.That(harmless, Is.GreaterThan(Rows / 2), "most of these rows are not refined");
    }

    [Test]
    public void Solve_NearlyEqualAtoms_AsksForRefinementAndOrthogonalOnesDoNot()
    {
        const int Dimension = 8;
        float[] axes = new float[Dimension * Dimension];
        for (int i = 0; i < Dimension; i++)
        {
            axes[(i * Dimension) + i] = 1;
        }

        float[] signal = [1, 0.9f, 0.8f, 0.7f, 0.6f, 0.5f, 0.4f, 0.3f];
        Assert.That(Outcome(axes, signal, 4).Level, Is.NaN);

        // The second atom is the first one but for a fiftieth.
        float[] close = [.. axes];
        close[Dimension] = 1;
        close[Dimension + 1] = 0.02f;
        Assert.That(Outcome(close, [1, 0.5f, 0, 0, 0, 0, 0, 1], 3).Level, Is.Zero);

        // One such pair is not outweighed by many orthogonal atoms beside it: their share of the trace says nothing of the pair.
        Assert.That(Outcome(Pair(48), [.. Enumerable.Range(0, 48).Select(i => 1f / (1 + i))], 40).Level, Is.Zero);

        // A fit that is nearly exact: ‖x‖² − Σρ² has lost its digits, so the residual has to be computed.
        Assert.That(Outcome(axes, [1, 0.5f, 0, 0, 0, 0, 0, 1e-2f], 2).Level, Is.Zero);
    }

    /// <summary>Axes, but that the second atom has cosine 0.98 with the first.</summary>
    private static float[] Pair(int dimension)
    {
        var atoms = new float[dimension * dimension];
        for (int i = 0; i < dimension; i++)
        {
            atoms[(i * dimension) + i] = 1;
        }

        (atoms[dimension], atoms[dimension + 1]) = (0.98f, MathF.Sqrt(1 - (0.98f * 0.98f)));
        return atoms;
    }

    private static RowOutcome Outcome(float[] atoms, float[] signal, int active)
    {
        int dimension = signal.Length, count = atoms.Length / dimension;
        var gram = new float[count * count];
        GramProduct.All(atoms, dimension, gram, 1);
        float[] c = [.. Enumerable.Range(0, count).Select(j => (float)Dot(atoms, j, signal, 0, dimension))];
        return new OmpRowSolver(new DenseGram<float>(gram, count), new OmpParameters { MaxActive = active }).Solve(c, Dot(signal, 0, signal, 0, dimension), default, default);
    }

    private static DenseGram<double> Gram(float[] atoms, int dimension)
    {
        int count = atoms.Length / dimension;
        var gram = new double[count * count];
        for (int i = 0; i < gram.Length; i++)
        {
            gram[i] = Dot(atoms, i / count, atoms, i % count, dimension);
        }

        return new DenseGram<double>(gram, count);
    }

    private static double Dot(float[] left, int i, float[] right, int j, int dimension)
    {
        double sum = 0;
        for (int k = 0; k < dimension; k++)
        {
            sum += (double)left[(i * dimension) + k] * right[(j * dimension) + k];
        }

        return sum;
    }

    private static float[] Unit(ulong seed, int rows, int dimension)
    {
        var values = new float[rows * dimension];
        new RandomStream(seed, "tests.refinement").FillNormal(values);
        for (int start = 0; start < values.Length; start += dimension)
        {
            Span<float> row = values.AsSpan(start, dimension);
            System.Numerics.Tensors.TensorPrimitives.Divide(row, System.Numerics.Tensors.TensorPrimitives.Norm<float>(row), row);
        }

        return values;
    }
}

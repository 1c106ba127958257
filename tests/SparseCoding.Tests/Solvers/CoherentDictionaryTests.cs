using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Tests.Kernels;

namespace SparseCoding.Tests.Solvers;

/// <summary>
/// Images as atoms: smooth, positive, cosines of 0.9 and more. There the rounding of a float32 Gram is amplified by the condition of the support; the float path must all the same give
/// the codes of the double path to 1e-5 of the largest coefficient.
/// </summary>
public sealed class CoherentDictionaryTests
{
    private const int Side = 8, Dimension = Side * Side, Atoms = 200, Rows = 60, MaxActive = 10;
    private static readonly float[] AtomValues = Images(Atoms, 1);
    private static readonly float[] SignalValues = Images(Rows, 2, scale: 16);
    private static readonly GreedyProblem<double> Wide = new(Split(AtomValues), Split(SignalValues));

    private static AtomDictionary Dictionary => new(SignalView.FromRows(AtomValues, Dimension));

    [Test]
    public void Atoms_AreCoherent()
    {
        double sum = 0;
        for (int i = 0; i < Atoms; i++)
        {
            sum += Enumerable.Range(0, Atoms).Where(j => j != i).Max(j => Wide.Gram.Row(i)[j]);
        }

        Assert.That(sum / Atoms, Is.GreaterThan(0.97), "mean cosine of an atom with its nearest one");
    }

    [Test]
    public void Omp_FloatPath_AgreesWithDouble([Values("omp", "non-negative omp", "ols")] string kind)
    {
        bool nonNegative = kind == "non-negative omp";
        PursuitSelection selection = kind == "ols" ? PursuitSelection.ErrorReduction : PursuitSelection.Correlation;
        var core = new OmpCore<double>(Atoms, MaxActive);
        var parameters = new OmpParameters { MaxActive = MaxActive, NonNegative = nonNegative, Rule = selection == PursuitSelection.ErrorReduction ? PursuitRule.ErrorReduction : PursuitRule.Correlation };
        EncodeResult result = new OmpEncoder(Dictionary, new OmpOptions { MaxActive = MaxActive, NonNegative = nonNegative, Selection = selection }).EncodeDetailed(View());
        Compare(result, row =>
        {
            OmpOutcome outcome = Wide.Solve(core, row, parameters);
            return (core.Support.ToArray(), core.Coefficients.ToArray(), outcome.ResidualSquaredNorm);
        });
    }

    [Test]
    public void Lars_FloatPath_AgreesWithDouble([Values] bool nonNegative)
    {
        var core = new LarsCore<double>(Atoms);
        EncodeResult result = new LarsEncoder(Dictionary, new LarsOptions { Lambda = 0.5f, NonNegative = nonNegative }).EncodeDetailed(View());
        Compare(result, row =>
        {
            core.Solve(Wide.Gram, Wide.Correlations[row], Wide.SquaredNorms[row], new LarsParameters { Lambda = 0.5, NonNegative = nonNegative });
            return (core.Support.ToArray(), core.Coefficients.ToArray(), double.NaN);
        });
    }

    [Test]
    public void Lasso_FloatPath_AgreesWithDouble([Values] bool nonNegative)
    {
        var core = new CoordinateDescentCore<double>(Atoms);
        EncodeResult result = new LassoEncoder(Dictionary, new LassoOptions { Lambda = 0.5f, NonNegative = nonNegative, GapTolerance = 1e-7f }).EncodeDetailed(View());
        Compare(result, row =>
        {
            core.Solve(Wide.Gram, Wide.Correlations[row], Wide.SquaredNorms[row], new LassoParameters { Lambda = 0.5, NonNegative = nonNegative, GapTolerance = 0, MaxIterations = 100_000 });
            return (core.Support.ToArray(), core.Coefficients.ToArray(), double.NaN);
        });
    }

    private static void Compare(EncodeResult result, Func<int, (int[] Support, double[] Values, double SquaredResidual)> solve)
    {
        double worst = 0;
        int same = 0;
        for (int row = 0; row < Rows; row++)
        {
            (int[] support, double[] values, double residual) = solve(row);
            SparseRow code = result.Codes[row];
            Array.Sort(support, values);
            if (!code.Atoms.SequenceEqual(support))
            {
                continue;
            }

            same++;
            double scale = values.Max(Math.Abs);
            for (int i = 0; i < values.Length; i++)
            {
                worst = Math.Max(worst, Math.Abs(code.Values[i] - values[i]) / scale);
            }

            if (!double.IsNaN(residual))
            {
                Assert.That(result.Accuracies[row], Is.EqualTo(residual).Within(1e-5 * residual), $"residual of row {row}");
            }
        }

        TestContext.Out.WriteLine($"worst difference {worst:G3} of the largest coefficient, {same} of {Rows} rows with the same support");
        Assert.That(same, Is.GreaterThanOrEqualTo(Rows * 9 / 10), "near ties may fall differently in a few rows");
        Assert.That(worst, Is.LessThan(1e-5));
    }

    private static SignalView View() => SignalView.FromRows(SignalValues, Dimension);

    private static double[][] Split(float[] values) => [.. values.Chunk(Dimension).Select(r => r.Select(v => (double)v).ToArray())];

    /// <summary>Strokes of a soft pen on a faint ground, unit norm times the scale.</summary>
    private static float[] Images(int count, int seed, double scale = 1)
    {
        var random = new Random(seed);
        var values = new float[count * Dimension];
        for (int image = 0; image < count; image++)
        {
            double x = 1.5 + (4 * random.NextDouble()), y = 1.5 + (4 * random.NextDouble()), angle = Math.PI * random.NextDouble(), length = 1 + (2 * random.NextDouble());
            double[] pixels = new double[Dimension];
            for (int point = -6; point <= 6; point++)
            {
                double px = x + (length * point / 6 * Math.Cos(angle)), py = y + (length * point / 6 * Math.Sin(angle));
                for (int k = 0; k < Dimension; k++)
                {
                    double dx = (k % Side) - px, dy = (k / Side) - py;
                    pixels[k] += Math.Exp(-((dx * dx) + (dy * dy)) / 2.5);
                }
            }

            double norm = Math.Sqrt(pixels.Sum(v => (v + 0.3) * (v + 0.3)));
            for (int k = 0; k < Dimension; k++)
            {
                values[(image * Dimension) + k] = (float)(scale * (pixels[k] + 0.3 + (0.02 * random.NextDouble())) / norm);
            }
        }

        return values;
    }
}

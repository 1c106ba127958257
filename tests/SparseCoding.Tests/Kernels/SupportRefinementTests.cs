using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>Coefficients solved for once more in double: from rough ones to the last digit, and never to worse ones.</summary>
public sealed class SupportRefinementTests
{
    private const int Dimension = 40, Atoms = 100;

    [Test]
    public void Refine_RoughLeastSquares_GivesTheRoundedSolution([Values] bool lasso)
    {
        (float[] atoms, float[] signal, double[][] wide) = Coherent(16);
        int[] support = [3, 17, 40, 41, 66, 90];
        double level = lasso ? 0.001 : 0;
        double[] exact = Solve(wide, signal, support, level, lasso);
        float[] values = [.. exact.Select((v, i) => (float)(v * (1 + (1e-3 * (i % 2 == 0 ? 1 : -1)))))];
        bool changed = new SupportRefinement(atoms, Dimension).Refine(Gram(atoms), signal, support, values, level, lasso);
        Assert.That(changed);
        double scale = exact.Max(Math.Abs);
        Assert.That(values.Zip(exact, (a, b) => Math.Abs(a - b)).Max() / scale, Is.LessThan(6.1e-8), "one rounding to float32");
    }

    [Test]
    public void Refine_WhereASignWouldChange_LeavesTheCode()
    {
        (float[] atoms, float[] signal, double[][] wide) = Coherent(5);
        int[] support = [0, 1, 2, 3, 4, 5];
        double[] exact = Solve(wide, signal, support, 0, false);
        Assert.That(exact, Has.Some.Negative, "or the test shows nothing");
        float[] values = [1, 1, 1, 1, 1, 1];
        Assert.That(new SupportRefinement(atoms, Dimension).Refine(Gram(atoms), signal, support, values, 0, keepSigns: true), Is.False);
        Assert.That(values, Is.All.EqualTo(1f));
    }

    [Test]
    public void Refine_DependentAtoms_LeavesTheCodeAndItsResidual()
    {
        float[] atoms = [1, 0, 1, 0, 0, 1];
        var refinement = new SupportRefinement(atoms, 2);
        float[] values = [0.25f, 0.25f];
        Assert.That(refinement.Refine(Gram(atoms, 2), [1, 2], [0, 1], values, 0, false), Is.False);
        Assert.That(values, Is.EqualTo(new[] { 0.25f, 0.25f }));
        Assert.That(refinement.SquaredResidual, Is.EqualTo(0.25 + 4).Within(1e-15));
    }

    [Test]
    public void SquaredResidual_AfterAnyCall_IsThatOfTheCoefficients()
    {
        (float[] atoms, float[] signal, _) = Coherent(7);
        int[] support = [9, 2, 30];
        float[] values = [0.1f, 0.2f, 0.3f];
        var refinement = new SupportRefinement(atoms, Dimension);
        refinement.Refine(Gram(atoms), signal, support, values, 0, false);
        double expected = 0;
        for (int k = 0; k < Dimension; k++)
        {
            double left = signal[k];
            for (int i = 0; i < support.Length; i++)
            {
                left -= (double)values[i] * atoms[(support[i] * Dimension) + k];
            }

            expected += left * left;
        }

        Assert.That(refinement.SquaredResidual, Is.EqualTo(expected).Within(1e-12 * expected));
    }

    private static DenseGram<float> Gram(float[] atoms, int dimension = Dimension)
    {
        int count = atoms.Length / dimension;
        var gram = new float[count * count];
        GramProduct.All(atoms, dimension, gram, 1);
        return new DenseGram<float>(gram, count);
    }

    /// <summary>Positive atoms of cosine about 0.9.</summary>
    private static (float[] Atoms, float[] Signal, double[][] Wide) Coherent(int seed)
    {
        var random = new Random(seed);
        float[][] rows = [.. Enumerable.Range(0, Atoms).Select(_ => Greedy.Normalise([.. Greedy.Gaussian(random, Dimension).Select(v => Math.Abs(v) + 1.5)]).Select(v => (float)v).ToArray())];
        float[] signal = [.. Greedy.Gaussian(random, Dimension).Select(v => (float)Math.Abs(v))];
        return ([.. rows.SelectMany(r => r)], signal, [.. rows.Select(r => r.Select(v => (double)v).ToArray())]);
    }

    /// <summary>Least squares with a level, signs found by themselves for the Lasso's case: a plain elimination in double.</summary>
    private static double[] Solve(double[][] atoms, float[] signal, int[] support, double level, bool signed)
    {
        int k = support.Length;
        double[] x = [.. signal.Select(v => (double)v)];
        var signs = new double[k];
        for (int round = 0; round < 2; round++)
        {
            var a = new double[k, k + 1];
            for (int i = 0; i < k; i++)
            {
                for (int j = 0; j < k; j++)
                {
                    a[i, j] = Greedy.Dot(atoms[support[i]], atoms[support[j]]);
                }

                a[i, k] = Greedy.Dot(atoms[support[i]], x) - (level * signs[i]);
            }

            double[] solution = Eliminate(a, k);
            if (!signed || round == 1)
            {
                return solution;
            }

            signs = [.. solution.Select(v => (double)Math.Sign(v))];
        }

        throw new InvalidOperationException();
    }

    private static double[] Eliminate(double[,] a, int k)
    {
        for (int p = 0; p < k; p++)
        {
            for (int i = 0; i < k; i++)
            {
                double factor = i == p ? 0 : a[i, p] / a[p, p];
                for (int j = p; factor != 0 && j <= k; j++)
                {
                    a[i, j] -= factor * a[p, j];
                }
            }
        }

        return [.. Enumerable.Range(0, k).Select(i => a[i, k] / a[i, i])];
    }
}

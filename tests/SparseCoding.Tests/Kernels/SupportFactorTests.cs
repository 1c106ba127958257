using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Tests.Kernels;

/// <summary>The factor of a whole support against the growing one in double, at every length around the widths of vectors.</summary>
public sealed class SupportFactorTests
{
    [Test]
    public void Solve_EveryLength_IsTheSolutionInDouble()
    {
        var random = new Random(5);
        var single = new SupportFactor<float>();
        var wide = new SupportFactor<double>();
        for (int count = 1; count <= 100; count++)
        {
            // Places out of order in a larger matrix, and lengths that go up and down, so that remains of a longer one are there.
            int size = count % 2 == 0 ? count : 101 - count, atoms = size + 7;
            double[][] gram = Gram(random, atoms, 2 * atoms);
            int[] places = [.. Enumerable.Range(0, atoms).OrderBy(_ => random.Next()).Take(size)];
            double[] right = [.. places.Select(_ => random.NextDouble() - .5)];
            var oracle = new ActiveSetCholesky();
            for (int i = 0; i < size; i++)
            {
                oracle.Append([.. places[..i].Select(p => gram[places[i]][p])], gram[places[i]][places[i]]);
            }

            double[] expected = [.. right];
            oracle.Solve(expected);
            wide.Fill(gram.SelectMany(r => r).ToArray(), atoms, places);
            Assert.That(wide.TryFactor(size, 1e-9), Is.True);
            double[] exact = [.. right];
            wide.Solve(exact);
            Assert.That(exact, Is.EqualTo(expected).Within(1e-9), $"double, {size}");
            single.Fill(gram.SelectMany(r => r).Select(v => (float)v).ToArray(), atoms, places);
            Assert.That(single.TryFactor(size, 1e-4f), Is.True);
            float[] rounded = [.. right.Select(v => (float)v)];
            single.Solve(rounded);
            Assert.That(rounded.Select(v => (double)v), Is.EqualTo(expected).Within(2e-4), $"float, {size}");
        }
    }

    [Test]
    public void TryFactor_DependentAtoms_SaysSo()
    {
        var factor = new SupportFactor<float>();
        factor.Fill([1, .6f, .6f, .6f, 1, 1, .6f, 1, 1], 3, [0, 1, 2]);
        Assert.That(factor.TryFactor(3, 1e-3f), Is.False, "twins");
        factor.Fill([1, 0, 0, 0], 2, [0, 1]);
        Assert.That(factor.TryFactor(2, 1e-3f), Is.False, "a zero atom");
        factor.Fill([1, float.NaN, float.NaN, 1], 2, [0, 1]);
        Assert.That(factor.TryFactor(2, 1e-3f), Is.False, "not a number");
        factor.Fill([1e-42f, 0, 0, 1], 2, [0, 1]);
        Assert.That(factor.TryFactor(2, 1e-3f), Is.False, "a pivot without a reciprocal");
        factor.Fill([4, 2, 2, 4], 2, [1, 0]);
        Assert.That(factor.TryFactor(2, 1e-3f), Is.True, "nothing of those before is left");
        float[] solution = [6, 0];
        factor.Solve(solution);
        Assert.That(solution, Is.EqualTo([2f, -1f]).Within(1e-6f));
    }

    private static double[][] Gram(Random random, int atoms, int dimension)
    {
        double[][] d = [.. Enumerable.Range(0, atoms).Select(_ => Enumerable.Range(0, dimension).Select(_ => (random.NextDouble() - .5) / Math.Sqrt(dimension / 12.0)).ToArray())];
        return [.. d.Select(a => d.Select(b => a.Zip(b, (x, y) => x * y).Sum()).ToArray())];
    }
}

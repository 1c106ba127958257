using System.Numerics;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>Every pass over all atoms against its plain loop, for all lengths from 0 to 130 and all numbers of rows that take another way through the code.</summary>
public sealed class GramSweepTests
{
    [Test]
    public void Passes_AllLengths_EqualTheirScalarForms([Values] bool single)
    {
        if (single)
        {
            CheckLengths<float>(1e-5);
        }
        else
        {
            CheckLengths<double>(1e-13);
        }
    }

    [Test]
    public void AddRows_AnyNumberOfRows_IsTheWeightedSum([Range(0, 19)] int rows)
    {
        foreach (int atoms in new[] { 20, 33, 64 })
        {
            var random = new Random(rows);
            double[] matrix = Enumerable.Range(0, atoms * atoms).Select(_ => random.NextDouble() - .5).ToArray();
            var gram = new DenseGram<double>(matrix, atoms);
            int[] indices = Enumerable.Range(0, rows).Select(i => (i * 7) % atoms).ToArray();
            double[] weights = Enumerable.Range(0, rows).Select(_ => random.NextDouble() - .5).ToArray();
            double[] target = Enumerable.Range(0, atoms).Select(i => (double)i).ToArray();
            double[] expected = Enumerable.Range(0, atoms).Select(j => j + indices.Zip(weights, (i, w) => w * matrix[(i * atoms) + j]).Sum()).ToArray();
            GramSweep<double>.AddRows(gram, indices, weights, target);
            Assert.That(target, Is.EqualTo(expected).Within(1e-13));
        }
    }

    private static void CheckLengths<T>(double tolerance)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new Random(1);
        for (int length = 0; length <= 130; length++)
        {
            double[] c = Enumerable.Range(0, length).Select(_ => (double)float.CreateTruncating((2 * random.NextDouble()) - 1)).ToArray();
            double[] a = Enumerable.Range(0, length).Select(_ => (double)float.CreateTruncating((4 * random.NextDouble()) - 2)).ToArray();
            T[] correlations = c.Select(T.CreateTruncating).ToArray(), slopes = a.Select(T.CreateTruncating).ToArray();
            foreach (bool nonNegative in new[] { false, true })
            {
                double step = 1.5;
                for (int i = 0; i < length; i++)
                {
                    step = a[i] < 1 ? Math.Min(step, (1.5 - c[i]) / (1 - a[i])) : step;
                    step = !nonNegative && a[i] > -1 ? Math.Min(step, (1.5 + c[i]) / (1 + a[i])) : step;
                }

                T found = GramSweep<T>.SmallestStep(correlations, slopes, T.CreateTruncating(1.5), T.CreateTruncating(1e-9), nonNegative);
                Assert.That(double.CreateTruncating(found), Is.EqualTo(step).Within(tolerance), $"length {length}");

                double largest = c.Select(v => nonNegative ? v : Math.Abs(v)).Append(0).Max();
                Assert.That(double.CreateTruncating(GramSweep<T>.Largest(correlations, nonNegative)), Is.EqualTo(largest), $"length {length}");

                var indices = new int[length];
                int count = GramSweep<T>.AtLeast(correlations, T.CreateTruncating(.5), nonNegative, indices);
                Assert.That(indices.Take(count), Is.EqualTo(Above(c, nonNegative)), $"length {length}");

                T[] moved = (T[])correlations.Clone();
                count = GramSweep<T>.Advance(moved, slopes, T.CreateTruncating(.25), T.CreateTruncating(.5), nonNegative, indices);
                double[] after = moved.Select(double.CreateTruncating).ToArray();
                Assert.That(after, Is.EqualTo(c.Zip(a, (x, y) => x - (.25 * y))).Within(tolerance), $"length {length}");
                Assert.That(indices.Take(count), Is.EqualTo(Above(after, nonNegative)), $"length {length}");
            }
        }
    }

    private static IEnumerable<int> Above(double[] values, bool nonNegative) =>
        Enumerable.Range(0, values.Length).Where(i => (nonNegative ? values[i] : Math.Abs(values[i])) >= .5);
}

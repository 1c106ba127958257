using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

/// <summary>Gram entries: exact to half a unit in the last place, and the same bits whoever asks for them and how.</summary>
public sealed class GramProductTests
{
    [Test]
    public void All_AnyShapeAndThreads_HasTheBitsOfRowsAndEntries([Values(1, 3, 8, 17, 64, 129)] int dimension, [Values(1, 2, 5, 33, 70)] int count)
    {
        float[] atoms = Atoms(count, dimension, dimension + count);
        var one = new float[count * count];
        var many = new float[count * count];
        GramProduct.All(atoms, dimension, one, 1);
        GramProduct.All(atoms, dimension, many, 4);
        var row = new float[count];
        for (int i = 0; i < count; i++)
        {
            GramProduct.Row(atoms, dimension, i, row);
            Assert.That(row, Is.EqualTo(one.AsSpan(i * count, count).ToArray()));
            for (int j = 0; j < count; j++)
            {
                float entry = GramProduct.Entry(atoms.AsSpan(i * dimension, dimension), atoms.AsSpan(j * dimension, dimension));
                double exact = 0;
                for (int k = 0; k < dimension; k++)
                {
                    exact += (double)atoms[(i * dimension) + k] * atoms[(j * dimension) + k];
                }

                Assert.That(BitConverter.SingleToInt32Bits(one[(i * count) + j]), Is.EqualTo(BitConverter.SingleToInt32Bits(entry)));
                Assert.That(one[(j * count) + i], Is.EqualTo(entry), "symmetric");
                Assert.That((double)entry, Is.EqualTo(exact).Within(6.1e-8 * Math.Abs(exact) + 1e-12));
            }
        }

        Assert.That(many, Is.EqualTo(one));
    }

    [Test]
    public void LazyGram_SmallBudget_EvictsAndKeepsItsBits()
    {
        const int Count = 500, Dimension = 12;
        float[] atoms = Atoms(Count, Dimension, 1);
        var gram = new LazyGram(atoms, Dimension, budget: 100 * 4L * Count);
        var random = new Random(2);
        var row = new float[Count];
        for (int round = 0; round < 3000; round++)
        {
            int atom = random.Next(Count);
            ReadOnlySpan<float> held = gram.Row(atom);
            gram.Row(random.Next(Count));
            GramProduct.Row(atoms, Dimension, atom, row);
            Assert.That(held.SequenceEqual(row));
            Assert.That(gram.KeptRows, Is.LessThanOrEqualTo(100));
        }

        Assert.That(gram.KeptRows, Is.EqualTo(100));
        gram.Grow(1);
        gram.Grow(long.MaxValue);
        for (int atom = 0; atom < Count; atom++)
        {
            gram.Row(atom);
        }

        Assert.That(gram.KeptRows, Is.EqualTo(Count));
    }

    [Test]
    public void LazyGram_ManyThreads_GivesTheSameRows()
    {
        const int Count = 400, Dimension = 16;
        float[] atoms = Atoms(Count, Dimension, 3);
        var whole = new float[Count * Count];
        GramProduct.All(atoms, Dimension, whole, 1);
        var gram = new LazyGram(atoms, Dimension, budget: 1);
        int wrong = 0;
        Parallel.For(0, 8, worker =>
        {
            var random = new Random(worker);
            for (int round = 0; round < 2000; round++)
            {
                int atom = random.Next(Count);
                if (!gram.Row(atom).SequenceEqual(whole.AsSpan(atom * Count, Count)))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        });
        Assert.That(wrong, Is.Zero);
        Assert.That(gram.KeptRows, Is.EqualTo(LazyGram.LeastRows));
    }

    private static float[] Atoms(int count, int dimension, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count * dimension).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }
}

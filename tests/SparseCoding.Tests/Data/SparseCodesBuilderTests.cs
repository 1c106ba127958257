using SparseCoding.Contracts;

namespace SparseCoding.Tests;

[TestFixture]
internal sealed class SparseCodesBuilderTests
{
    /// <summary>Codes that were handed the builder's own arrays must not see what is added later.</summary>
    [TestCase(0)]
    [TestCase(100)]
    [TestCase(1000)]
    public void Build_GoesOnAfterwards_LeavesEarlierCodesAsTheyWere(long mostEntries)
    {
        var builder = new SparseCodesBuilder(10, 4, mostEntries);
        void Add(int rows, float value)
        {
            for (int row = 0; row < rows; row++)
            {
                builder.Add(new SparseRow([0, 3, 7, 9], [value, 2, 0, -value]));
            }
        }

        Add(32, 1);
        SparseCodes early = builder.Build();
        Add(40, 5);
        SparseCodes late = builder.Build();
        Assert.That((early.RowCount, early.NonZeroCount), Is.EqualTo((32, 96)));
        Assert.That(early.Values.ToArray(), Is.EqualTo(Enumerable.Repeat(new float[] { 1, 2, -1 }, 32).SelectMany(v => v)));
        Assert.That(early.Atoms.ToArray(), Is.EqualTo(Enumerable.Repeat(new[] { 0, 3, 9 }, 32).SelectMany(v => v)));
        Assert.That((late.RowCount, late.NonZeroCount), Is.EqualTo((72, 216)));
        Assert.That(late.Values[..96].ToArray(), Is.EqualTo(early.Values.ToArray()));
        Assert.That(late.Values[96..].ToArray(), Is.EqualTo(Enumerable.Repeat(new float[] { 5, 2, -5 }, 40).SelectMany(v => v)));
    }
}

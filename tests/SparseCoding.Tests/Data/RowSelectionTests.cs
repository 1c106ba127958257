using System.Numerics.Tensors;

namespace SparseCoding.Tests.Data;

/// <summary>Rows of codes, views and sources: the same numbers as picking them by hand.</summary>
public sealed class RowSelectionTests
{
    private static readonly SparseCodes Codes = SparseCodes.FromDense(new float[,] { { 1, 0, 2 }, { 0, 0, 0 }, { 0, -3, 0 }, { 4, 5, 6 } });

    [Test]
    public void SelectRows_AnyOrderAndRepeats_AreThoseRows()
    {
        SparseCodes picked = Codes.SelectRows([3, 0, 3, 1]);
        Assert.That(Flat(picked.ToDense()), Is.EqualTo(new float[] { 4, 5, 6, 1, 0, 2, 4, 5, 6, 0, 0, 0 }));
        Assert.That(Codes.SelectRows([]).RowCount, Is.Zero);
        Assert.That(Assert.Throws<ArgumentOutOfRangeException>(() => Codes.SelectRows([0, 4]))!.Message, Does.Contain("between 0 and 3"));
    }

    [Test]
    public void Rows_Range_IsTheSlice()
    {
        Assert.That(Flat(Codes.Rows(1..3).ToDense()), Is.EqualTo(Flat(Codes.Slice(1, 2).ToDense())));
        Assert.That(Flat(Codes.Rows(^1..).ToDense()), Is.EqualTo(new float[] { 4, 5, 6 }));
        Assert.That(Assert.Throws<ArgumentOutOfRangeException>(() => Codes.Rows(2..5))!.ParamName, Is.EqualTo("rows"));
        Assert.That(Assert.Throws<ArgumentOutOfRangeException>(() => Codes.Rows(3..1))!.ParamName, Is.EqualTo("rows"));
    }

    [Test]
    public void Concat_OfParts_IsTheWhole()
    {
        SparseCodes whole = SparseCodes.Concat(Codes.Rows(..1), Codes.Rows(1..1), Codes.Rows(1..));
        Assert.That(whole.RowOffsets.ToArray(), Is.EqualTo(Codes.RowOffsets.ToArray()));
        Assert.That(whole.Atoms.ToArray(), Is.EqualTo(Codes.Atoms.ToArray()));
        Assert.That(whole.Values.ToArray(), Is.EqualTo(Codes.Values.ToArray()));
        Assert.Throws<ArgumentException>(() => SparseCodes.Concat());
        Assert.That(Assert.Throws<ArgumentException>(() => SparseCodes.Concat(Codes, SparseCodes.FromDense(new float[1, 2])))!.Message, Does.Contain("3 and 2 atoms"));
    }

    [Test]
    public void SignalViewRows_Range_CopiesNothingElse()
    {
        SignalView view = new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } };
        var values = new float[4];
        SignalView part = view.Rows(1..);
        part.CopyRows(0, 2, values);
        Assert.That((part.RowCount, part.Dimension), Is.EqualTo((2, 2)));
        Assert.That(values, Is.EqualTo(new float[] { 3, 4, 5, 6 }));
        Assert.That(view.Rows(1..1).RowCount, Is.Zero);
    }

    [Test]
    public void SourceRows_ReadInBlocksWithOthersInBetween_GivesTheRange([Values(1, 2, 3, 5, 50)] int capacity)
    {
        ActivationSource source = Matrix(20, 3), part = source.Rows(4, 11), other = source.Rows(0, 4);
        var batch = new SignalBatch(capacity, 3);
        var seen = new List<float>();
        var ids = new List<long>();
        while (true)
        {
            part.Read(batch);
            if (batch.Count == 0)
            {
                break;
            }

            seen.AddRange(batch.Signals);
            ids.AddRange(batch.RowIds.AsSpan(0, batch.Count));
            other.Read(new SignalBatch(1, 3));
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(12, 33).Select(v => (float)v)));
        Assert.That(ids, Is.EqualTo(Enumerable.Range(0, 11).Select(v => (long)v)));
        Assert.That(part.Position, Is.EqualTo(11));
        part.Rewind();
        part.Read(batch);
        Assert.That(batch.Signals[0], Is.EqualTo(12f));
    }

    [Test]
    public void SourceSelectRows_ReadAndGather_FollowTheList()
    {
        ActivationSource part = Matrix(20, 1).SelectRows([7, 7, 2, 19]);
        var batch = new SignalBatch(3, 1);
        part.Read(batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo(new float[] { 7, 7, 2 }));
        part.Read(batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo(new float[] { 19 }));
        part.Read(batch);
        Assert.That(batch.Count, Is.Zero);
        part.Gather([3, 2], batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo(new float[] { 19, 2 }));
        Assert.That(batch.RowIds[..2], Is.EqualTo(new long[] { 3, 2 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.Gather([4], batch));
        Assert.Throws<ArgumentOutOfRangeException>(() => part.SelectRows([-1]));
    }

    [Test]
    public void SourceSplit_TrainsAsTheCopiedPartDoes()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 8, Measurements = 5, Active = 2, Samples = 90, Seed = 3 });
        (ActivationSource train, ActivationSource test) = ActivationSource.FromView(world.Signals).Split(2.0 / 3);
        Assert.That((train.RowCount, test.RowCount), Is.EqualTo((60L, 30L)));
        var recipe = new SaeEncoder(new SaeOptions { AtomCount = 8 }, new TrainingOptions { Steps = 30, BatchSize = 16 });
        AtomDictionary view = recipe.Fit(train).Dictionary, copy = recipe.Fit(ActivationSource.FromView(new SignalView(world.Signals).Rows(..60))).Dictionary;
        Assert.That(Flat(view.ToTensor()), Is.EqualTo(Flat(copy.ToTensor())));
        Assert.Throws<ArgumentOutOfRangeException>(() => train.Split(1));
        Assert.Throws<InvalidOperationException>(() => train.Rows(0, 1).Split(0.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => train.Rows(1, 60));
    }

    private static ActivationSource Matrix(int rows, int columns)
    {
        var values = new float[rows, columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i / columns, i % columns] = i;
        }

        return values;
    }

    private static float[] Flat(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}

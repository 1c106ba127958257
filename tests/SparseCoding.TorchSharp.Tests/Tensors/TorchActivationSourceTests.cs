using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class TorchActivationSourceTests
{
    [TestCase(torch.ScalarType.Float32, false)]
    [TestCase(torch.ScalarType.Float32, true)]
    [TestCase(torch.ScalarType.BFloat16, false)]
    [TestCase(torch.ScalarType.Float64, true)]
    public void Read_AllRows_AreThoseOfTheTensor(torch.ScalarType type, bool turned)
    {
        using torch.Tensor plain = TorchData.Tensor(10, 4, seed: 5).to(type);
        using torch.Tensor tensor = turned ? plain.t().contiguous().t() : plain.alias();
        float[] expected = TorchData.Values(tensor);
        using TorchActivationSource source = tensor.AsSource();
        Assert.That((source.RowCount, source.Dimension, source.IsInMemory), Is.EqualTo((10L, 4, true)));
        var batch = new SignalBatch(3, 4);
        var read = new List<float>();
        var ids = new List<long>();
        for (source.Read(batch); batch.Count > 0; source.Read(batch))
        {
            read.AddRange(batch.Signals);
            ids.AddRange(batch.RowIds[..batch.Count]);
        }

        Assert.That(read, Is.EqualTo(expected));
        Assert.That(ids, Is.EqualTo(Enumerable.Range(0, 10).Select(i => (long)i)));
        source.Gather([9, 0, 9], batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo(expected[36..].Concat(expected[..4]).Concat(expected[36..])));
        source.Position = 8;
        source.Read(batch);
        Assert.That((batch.Count, source.Position), Is.EqualTo((2, 10L)));
    }

    [Test]
    public void AsSource_TensorIsDisposed_StillReads()
    {
        torch.Tensor tensor = torch.ones(2, 3);
        using TorchActivationSource source = tensor.AsSource();
        tensor.Dispose();
        var batch = new SignalBatch(2, 3);
        source.Read(batch);
        Assert.That(batch.Signals.ToArray(), Is.All.EqualTo(1f));
    }

    [Test]
    public void Read_TensorGotNaNMeanwhile_IsInvalidData()
    {
        using torch.Tensor tensor = torch.ones(4, 2);
        using TorchActivationSource source = tensor.AsSource();
        tensor[3, 1] = float.NaN;
        var batch = new SignalBatch(4, 2);
        Assert.That(() => source.Read(batch), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("row 3, column 1"));
        Assert.That(() => tensor.AsSource(), Throws.ArgumentException.With.Message.Contains("row 3, column 1"));
    }

    [Test]
    public void Source_Misused_IsRefusedByName()
    {
        using torch.Tensor tensor = torch.ones(4, 2);
        TorchActivationSource source = tensor.AsSource();
        Assert.That(() => source.Position = 5, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => source.Gather([4], new SignalBatch(1, 2)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => source.Read(new SignalBatch(1, 3)), Throws.ArgumentException);
        source.Dispose();
        Assert.That(() => source.Read(new SignalBatch(1, 2)), Throws.InstanceOf<ObjectDisposedException>());
    }
}

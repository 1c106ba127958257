using System.Numerics.Tensors;
using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class SignalTensorsTests
{
    [Test]
    public void FromArray_IsWrittenTo_ChangesTheManagedArray()
    {
        // The trap of TorchSharp that AsTorch documents and ToTorch avoids.
        float[] values = [1, 2, 3, 4];
        using torch.Tensor theirs = torch.from_array(values);
        theirs.mul_(2);
        Assert.That(values, Is.EqualTo(new float[] { 2, 4, 6, 8 }));
    }

    [Test]
    public void AsTorch_IsWrittenTo_SharesTheArrayBothWays()
    {
        float[] values = [1, 2, 3, 4, 5, 6];
        using torch.Tensor shared = values.AsTorch(3);
        Assert.That(shared.shape, Is.EqualTo(new long[] { 2, 3 }));
        shared.add_(1);
        Assert.That(values, Is.EqualTo(new float[] { 2, 3, 4, 5, 6, 7 }));
        values[5] = -1;
        Assert.That(shared[1, 2].item<float>(), Is.EqualTo(-1));
    }

    [Test]
    public void AsTorch_ArrayIsForgotten_KeepsItAlive()
    {
        using torch.Tensor shared = Forgotten();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            _ = new float[1 << 16];
        }

        Assert.That(shared.sum().item<float>(), Is.EqualTo(1024));

        static torch.Tensor Forgotten()
        {
            var values = new float[1024];
            Array.Fill(values, 1);
            return values.AsTorch(32);
        }
    }

    [Test]
    public void ToTorch_IsWrittenTo_LeavesTheOriginal()
    {
        Tensor<float> signals = Tensor.Create(new float[] { 1, 2, 3, 4 }, [2, 2]);
        using torch.Tensor copy = signals.ToTorch();
        copy.zero_();
        Assert.That(signals[1, 1], Is.EqualTo(4));
        using torch.Tensor view = SignalView.FromRows([1f, 2, 3], 3).ToTorch(type: torch.ScalarType.Float64);
        Assert.That((view.dtype, view.shape[0], view.shape[1], view[0, 2].item<double>()), Is.EqualTo((torch.ScalarType.Float64, 1L, 3L, 3.0)));
    }

    [Test]
    public void AsSignals_TensorIsWrittenTo_SeesIt()
    {
        using torch.Tensor tensor = TorchData.Tensor(4, 3, seed: 1);
        SignalView view = tensor.AsSignals();
        tensor.fill_(7);
        var row = new float[3];
        view.CopyRows(2, 1, row);
        Assert.That(row, Is.EqualTo(new float[] { 7, 7, 7 }));
        Assert.That((view.RowCount, view.Dimension), Is.EqualTo((4, 3)));
    }

    [Test]
    public void AsSignals_ManyTimes_CopiesNothing()
    {
        using torch.Tensor tensor = torch.zeros(1024, 256);
        _ = tensor.AsSignals();
        long before = GC.GetAllocatedBytesForCurrentThread();
        _ = tensor.AsSignals();
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(4096));
    }

    [Test]
    public void AsSignals_NotToBeShared_IsRefusedByName()
    {
        using torch.Tensor tensor = TorchData.Tensor(4, 3, seed: 1), turned = tensor.t(), doubles = tensor.to(torch.ScalarType.Float64);

        // The trap: bytes throws on such a tensor, and so AsSignals looks first.
        Assert.That(() => _ = turned.bytes.Length, Throws.InvalidOperationException);
        Assert.That(() => _ = turned.AsSignals(), Throws.ArgumentException.With.Message.Contains("[3, 4] Float32").And.Message.Contains("not contiguous").And.Message.Contains("ToSignals"));
        Assert.That(() => _ = doubles.AsSignals(), Throws.ArgumentException.With.Message.Contains("Float64"));
    }

    [Test]
    public void ToSignals_StridedTensor_CopiesInTheOrderOfIndices()
    {
        using torch.Tensor tensor = torch.arange(12, torch.ScalarType.Float32).reshape(3, 4), turned = tensor.t(), part = tensor.narrow(1, 1, 2);
        Assert.That(turned.ToSignals()[1, 2], Is.EqualTo(9));
        Assert.That(part.ToSignals().ToArray(), Is.EqualTo(new float[] { 1, 2, 5, 6, 9, 10 }));
    }

    [TestCase(torch.ScalarType.Float16)]
    [TestCase(torch.ScalarType.BFloat16)]
    public void ToSignals_HalfTypes_AreExact(torch.ScalarType type)
    {
        // Every finite bit pattern of the type.
        float[] expected = [.. Enumerable.Range(0, 65536)
            .Select(i => type == torch.ScalarType.Float16 ? (float)BitConverter.UInt16BitsToHalf((ushort)i) : BitConverter.UInt32BitsToSingle((uint)i << 16))
            .Where(float.IsFinite)];
        Assert.That(expected, Has.Length.GreaterThan(60000));
        using torch.Tensor finite = torch.tensor(expected, [1, expected.Length]).to(type);
        Tensor<float> read = finite.ToSignals();
        Assert.That(read.ToArray(), Is.EqualTo(expected));
        using torch.Tensor back = read.ToTorch(type: type);
        Assert.That(back.eq(finite).all().item<bool>(), Is.True);
    }

    [Test]
    public void ToSignals_Float64_IsRoundedToNearest()
    {
        using torch.Tensor tensor = torch.tensor([1.0000000001, Math.PI, -1e-40, 3.4e38], [1, 4]);
        Assert.That(tensor.ToSignals().ToArray(), Is.EqualTo(new[] { 1f, (float)Math.PI, (float)-1e-40, 3.4e38f }));
    }

    [Test]
    public void ToSignals_BadInput_IsRefusedByName()
    {
        using torch.Tensor whole = torch.ones(2, 2, dtype: torch.ScalarType.Int64), vector = torch.ones(4), cube = torch.ones(2, 2, 3), empty = torch.ones(0, 3);
        using torch.Tensor bad = torch.ones(3, 2), wide = torch.full([2, 2], 1e300, torch.ScalarType.Float64), meta = torch.empty([2, 2], device: torch.META);
        using torch.Tensor sparse = torch.sparse_coo_tensor(torch.zeros([2, 1], torch.ScalarType.Int64), torch.ones(1), [2, 2]);
        bad[2, 1] = float.NaN;
        Assert.Multiple(() =>
        {
            Assert.That(() => ((torch.Tensor)null!).ToSignals(), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("signals"));
            Assert.That(whole.ToSignals, Throws.ArgumentException.With.Message.Contains("Int64"));
            Assert.That(vector.ToSignals, Throws.ArgumentException.With.Message.Contains("rank 2").And.Message.Contains("[4]"));
            Assert.That(cube.ToSignals, Throws.ArgumentException.With.Message.Contains("[2, 2, 3]").And.Message.Contains("reshape(-1, 3)"));
            Assert.That(empty.ToSignals, Throws.ArgumentException.With.Message.Contains("[0, 3]"));
            Assert.That(bad.ToSignals, Throws.ArgumentException.With.Message.Contains("NaN").And.Message.Contains("row 2, column 1"));
            Assert.That(wide.ToSignals, Throws.ArgumentException.With.Message.Contains("row 0, column 0"));
            Assert.That(sparse.ToSignals, Throws.ArgumentException.With.Message.Contains("sparse"));
            Assert.That(meta.ToSignals, Throws.ArgumentException.With.Message.Contains("meta"));
            Assert.That(() => Tensor.Create(new float[] { 1e6f }, [1, 1]).ToTorch(type: torch.ScalarType.Float16), Throws.ArgumentException.With.Message.Contains("Float16"));
            Assert.That(() => Tensor.Create(new float[] { 1 }, [1, 1]).ToTorch(type: torch.ScalarType.Int32), Throws.ArgumentException.With.Message.Contains("Int32"));
            Assert.That(() => new float[5].AsTorch(2), Throws.ArgumentException.With.Message.Contains("5 values"));
        });
        whole.Dispose();
        Assert.That(whole.ToSignals, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Conversions_ThousandTimes_LeaveNoHandle()
    {
        using torch.Tensor tensor = TorchData.Tensor(8, 4, seed: 3), halves = tensor.half(), turned = TorchData.Tensor(4, 8, seed: 3).t();
        Tensor<float> managed = tensor.ToSignals();
        long left = Handles.LeftBy(1000, () =>
        {
            _ = tensor.AsSignals();
            _ = halves.ToSignals();
            _ = turned.ToSignals();
            managed.ToTorch(type: torch.ScalarType.BFloat16).Dispose();
            using TorchActivationSource source = halves.AsSource();
            source.Read(new SignalBatch(3, 4));
            source.Gather([1, 5, 2], new SignalBatch(3, 4));
        });
        Assert.That(left, Is.Zero);
    }
}

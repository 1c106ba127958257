using SparseCoding.Backends;
using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests;

/// <summary>What surprises users of torch from .NET, each with the proof that the backend is safe from it.</summary>
[TestFixture]
internal sealed class TorchTrapTests
{
    [Test]
    public void Product_ShapesThatDoNotFit_IsAnErrorAndNotTheEndOfTheProcess()
    {
        using TorchBackend backend = Create();
        DeviceMatrix a = backend.Allocate(3, 4), b = backend.Allocate(5, 6), c = backend.Allocate(3, 6);
        string message = Assert.Catch<ArgumentException>(() => backend.Product(a, false, b, false, c, ProductEpilogue.None))!.Message;
        Assert.That(message, Does.Contain("[3, 4]").And.Contains("[5, 6]").And.Contains("[3, 6]"));
        DeviceCodes codes = backend.AllocateCodes(3, 5, 2);
        Assert.Multiple(() =>
        {
            Assert.Catch<ArgumentException>(() => backend.Map(MapOperation.Add, a, a, b));
            Assert.Catch<ArgumentException>(() => backend.SymmetricProduct(a, b));
            Assert.Catch<ArgumentException>(() => backend.FactorAndSolve(a, 1, b));
            Assert.Catch<ArgumentException>(() => backend.Select(a, new SelectionRule(SelectionKind.TopK, 2), codes));
            Assert.Catch<ArgumentException>(() => backend.DecodeResidual(codes, a, null, null, c));
            Assert.Catch<ArgumentException>(() => backend.SampledProduct(codes, a, b, c, 1));
            Assert.Catch<ArgumentException>(() => backend.WeightGradient(codes, b, c, 1));
            Assert.Catch<ArgumentException>(() => backend.UpdateAtoms(a, b, c, 0, false));
        });
    }

    [Test]
    public void Adopt_ArrayThatChangesAfterwards_KeepsWhatItWas()
    {
        using TorchBackend backend = Create();
        float[] values = [1, 2, 3, 4];
        DeviceMatrix adopted = backend.Adopt(values, 2, 2);
        values[0] = 100; // torch.from_array would share the array's memory
        Assert.That(Read(backend, adopted), Is.EqualTo(new float[] { 1, 2, 3, 4 }));
    }

    [Test]
    public void Read_TensorThatIsNotContiguous_GivesItsNumbersInOrder()
    {
        // torch's own view of the bytes would throw here or give the numbers of the memory.
        using TorchBackend backend = Create();
        using torch.Tensor tensor = torch.arange(6, dtype: torch.float32).reshape(2, 3);
        using torch.Tensor transposed = tensor.t();
        Assert.That(Read(backend, TorchBackend.Wrap(transposed)), Is.EqualTo(new float[] { 0, 3, 1, 4, 2, 5 }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Largest_TiesAndNaN_GoToTheLowerIndexAndNever(bool asRemote)
    {
        using var backend = new TorchBackend(new TorchDevice("cpu"), 1, asRemote);
        var values = new float[5000];
        Array.Fill(values, 0.5f);
        (values[7], values[4000], values[4999], values[3]) = (float.NaN, 1, 0.75f, 0.25f);
        using torch.Tensor key = torch.tensor(values).reshape(1, 5000), largest = backend.Largest(key, 6);
        Assert.That(largest.data<long>().ToArray(), Is.EquivalentTo(new long[] { 4000, 4999, 0, 1, 2, 4 }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Largest_NeighbouringFloats_AreToldApart(bool asRemote)
    {
        // Keys carry the index in what float32 leaves of a float64: it must never outweigh one unit in the last place, in the smallest numbers and the largest.
        using var backend = new TorchBackend(new TorchDevice("cpu"), 1, asRemote);
        foreach (float start in (float[])[float.Epsilon, 1e-38f, 0.99999994f, 1, 3e38f, float.MaxValue])
        {
            float next = MathF.BitIncrement(start);
            var values = new float[70_000];
            Array.Fill(values, start);
            values[^1] = next;
            using torch.Tensor key = torch.tensor(values).reshape(1, values.Length), largest = backend.Largest(key, 2);
            Assert.That(largest.data<long>().ToArray(), Is.EquivalentTo(new long[] { 0, values.Length - 1 }), $"{start:R}");
        }
    }

    [Test]
    public void Precision_OfAProduct_IsSetAndPutBack()
    {
        TorchDevice device = new("cpu");
        device.EnsureAvailable();
        bool users = torch.backends.cuda.matmul.allow_tf32;
        try
        {
            foreach (bool before in (bool[])[true, false])
            {
                torch.backends.cuda.matmul.allow_tf32 = before;
                foreach (bool wanted in (bool[])[true, false])
                {
                    using (new TorchBackend.Precision(applies: true, wanted))
                    {
                        Assert.That(torch.backends.cuda.matmul.allow_tf32, Is.EqualTo(wanted));
                    }

                    Assert.That(torch.backends.cuda.matmul.allow_tf32, Is.EqualTo(before), "the user's flag");
                }
            }
        }
        finally
        {
            torch.backends.cuda.matmul.allow_tf32 = users;
        }
    }

    [Test]
    public void Backend_OnMps_NeedsNoFloat64()
    {
        using var backend = new TorchBackend(new TorchDevice("mps"), 1);
        Assert.That(backend.SumType, Is.EqualTo(torch.ScalarType.Float32));
        using TorchBackend cpu = Create();
        Assert.That(cpu.SumType, Is.EqualTo(torch.ScalarType.Float64));
    }

    [Test]
    public void Operations_WhileGarbageIsCollected_GiveTheirNumbers()
    {
        // A number or a matrix whose last mention is the call could be freed in the middle of it.
        using TorchBackend backend = Create();
        DeviceMatrix target = backend.Allocate(64, 64), ones = backend.Allocate(64, 64), product = backend.Allocate(64, 64);
        backend.Fill(ones, 1);
        using var stop = new CancellationTokenSource();
        var collector = new Thread(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                GC.Collect(0, GCCollectionMode.Forced, blocking: true);
                GC.WaitForPendingFinalizers();
            }
        });
        collector.Start();
        try
        {
            for (int i = 1; i <= 1500; i++)
            {
                backend.Map(MapOperation.Add, target, ones, ones, i, 0.5f);
                backend.Map(MapOperation.Affine, target, target, null, 0.25f, 2);
                backend.Product(ones, false, target, false, product, new ProductEpilogue { Alpha = 1f / 64, Beta = 0, Bias = Row(backend, i) });
                Assert.That(Read(backend, product)[i % 4096], Is.EqualTo((2 * i) + 1.25f + i).Within(1e-2));
            }
        }
        finally
        {
            stop.Cancel();
            collector.Join();
        }
    }

    [Test]
    public void Allocate_WithOtherDefaultsOfTheProcess_IsFloat32OnTheDevice()
    {
        torch.ScalarType before = torch.get_default_dtype();
        try
        {
            torch.set_default_dtype(torch.float64);
            using TorchBackend backend = Create();
            DeviceMatrix a = backend.Adopt([1, 2, 3, 4], 2, 2);
            backend.Map(MapOperation.Exp, a, a);
            backend.NormalizeRows(a);
            Assert.That(((TorchMatrix)a).Tensor.dtype, Is.EqualTo(torch.float32));
        }
        finally
        {
            torch.set_default_dtype(before);
        }
    }

    private static TorchBackend Create() => new(new TorchDevice("cpu"), 1);

    private static DeviceMatrix Row(TorchBackend backend, float value)
    {
        DeviceMatrix row = backend.Allocate(1, 64);
        backend.Fill(row, value);
        return row;
    }

    private static float[] Read(TorchBackend backend, DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        backend.Read(matrix, 0, values);
        return values;
    }
}

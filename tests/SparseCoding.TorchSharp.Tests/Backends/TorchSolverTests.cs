using SparseCoding.Tests.Encoders;
using SparseCoding.Torch;

namespace SparseCoding.Tests;

/// <summary>The batched solvers, which a device takes whose memory the host does not see, against the processor's.</summary>
[TestFixture]
internal sealed class TorchSolverTests
{
    [TestCase(1, 0f)]
    [TestCase(6, 0f)]
    [TestCase(24, 0f)]
    [TestCase(24, 0.3f)]
    public void Omp_Batched_TakesTheAtomsOfTheProcessor(int active, float tolerance)
    {
        var dictionary = new AtomDictionary(TestMatrices.Dictionary<float>(96, 32, 4), 32);
        var encoder = new OmpEncoder(dictionary, new OmpOptions { MaxActive = active, ResidualTolerance = tolerance });
        var signals = ContractWorld.Make(dictionary, 300, 5, 9);
        var device = new ProbedDevice(asRemote: true);
        EncodeResult expected = encoder.EncodeDetailed(signals), actual = encoder.EncodeDetailed(signals, new EncodeRequest { Context = new RunContext { Device = device } });
        ContractWorld.AssertClose(actual.Codes, expected.Codes, 1e-5f, "codes");
        Assert.That(actual.StopReasons.ToArray(), Is.EqualTo(expected.StopReasons.ToArray()));
        Assert.That(actual.Iterations.ToArray(), Is.EqualTo(expected.Iterations.ToArray()));

        // Codes, atoms, counts, states, dependent atoms and errors of one block, and a look whether rows are left.
        Assert.That(device.Last.HostReads, Is.InRange(7, 10));
    }

    [Test]
    public void Omp_DependentAtoms_ArePassedOver()
    {
        // Every atom twice, and a zero atom: the second of a pair never adds anything.
        float[] half = TestMatrices.Dictionary<float>(6, 8, 5);
        float[] atoms = [.. half, .. half, .. new float[8]];
        var dictionary = new AtomDictionary(System.Numerics.Tensors.Tensor.Create(atoms, [13, 8]));
        var encoder = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 8 });
        var signals = ContractWorld.Make(new AtomDictionary(half, 8), 40, 3, 6);
        EncodeResult expected = encoder.EncodeDetailed(signals), actual = encoder.EncodeDetailed(signals, new EncodeRequest { Context = new RunContext { Device = new ProbedDevice(asRemote: true) } });
        Assert.That(actual.StopReasons.ToArray(), Is.EqualTo(expected.StopReasons.ToArray()).And.Contain(StopReason.DependentAtoms));
        ContractWorld.AssertClose(actual.Codes, expected.Codes, 1e-4f, "codes");
    }
}

/// <summary>The contract of OMP by its batched form.</summary>
public class RemoteOmpContract : OmpSignedContract
{
    protected override ComputeDevice Device { get; } = new ProbedDevice(asRemote: true);
}

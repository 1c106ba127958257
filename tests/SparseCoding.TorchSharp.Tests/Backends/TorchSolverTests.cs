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

        // Late atoms of a long code can tie within rounding, and a row then goes another way that is no worse.
        int same = 0;
        for (int row = 0; row < 300; row++)
        {
            if (actual.Codes[row].Atoms.SequenceEqual(expected.Codes[row].Atoms))
            {
                same++;
                ContractWorld.AssertClose(actual.Codes.Slice(row, 1), expected.Codes.Slice(row, 1), 1e-5f, $"code of row {row}");
                Assert.That((actual.StopReasons[row], actual.Iterations[row]), Is.EqualTo((expected.StopReasons[row], expected.Iterations[row])), $"row {row}");
            }
        }

        Assert.That(same, Is.AtLeast(active > 6 ? 291 : 300), "rows with the same atoms");
        Assert.That(actual.Accuracies.ToArray().Sum(), Is.EqualTo(expected.Accuracies.ToArray().Sum()).Within(1e-2 * expected.Accuracies.ToArray().Sum()));

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
        Assert.That(actual.StopReasons.ToArray(), Is.EqualTo(expected.StopReasons.ToArray()));
        for (int row = 0; row < 40; row++)
        {
            // Which of two equal atoms is taken is a matter of the last bit of a product.
            Assert.That(actual.Codes[row].Atoms.ToArray().Select(atom => atom % 6), Is.Unique.And.EquivalentTo(expected.Codes[row].Atoms.ToArray().Select(atom => atom % 6)), $"row {row}");
            Assert.That(actual.Accuracies[row], Is.EqualTo(expected.Accuracies[row]).Within(1e-9), $"row {row}");
        }
    }
}

using System.Buffers.Binary;
using System.Text;

namespace SparseCoding.Tests.Encoders;

/// <summary>
/// Files of many gigabytes, sparse on the disk: what is read takes the memory of its weights once, and what no array can hold is refused by name before a byte of it is read. (Where
/// the file system has no holes the files would really be that large, so these run on Linux.)
/// </summary>
[TestFixture]
[Platform("Linux")]
internal sealed class LargeFileTests
{
    /// <summary>10 GB per matrix: more than 2³¹ elements.</summary>
    [Test]
    public void LoadSaeLens_MoreElementsThanAnArrayHolds_IsRefusedByNameAndReadsNothing()
    {
        const int Dimension = 4096, Atoms = 600_000;
        using var folder = new TemporaryFolder();
        Write(folder, Dimension, Atoms, "F32", 4);
        long before = GC.GetTotalAllocatedBytes();
        Assert.That(
            () => SaeEncoder.LoadSaeLens(folder.Path),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contain("'W_enc' has 2457600000 elements"));
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(4 << 20));
    }

    /// <summary>Encoder and decoder as arrays, and nothing else of that size: the encoder is transposed block by block.</summary>
    [TestCase("F32", 4)]
    [TestCase("BF16", 2)]
    public void LoadSaeLens_ALargeFile_TakesTheMemoryOfItsWeightsOnce(string type, int bytes)
    {
        const int Dimension = 512, Atoms = 16_384;
        using var folder = new TemporaryFolder();
        Write(folder, Dimension, Atoms, type, bytes);
        long before = GC.GetTotalAllocatedBytes();
        SaeEncoder sae = SaeEncoder.LoadSaeLens(folder.Path);
        double weights = 2.0 * Dimension * Atoms * sizeof(float);
        Assert.That((GC.GetTotalAllocatedBytes() - before) / weights, Is.InRange(1, 1.15));
        Assert.That(sae.AtomCount, Is.EqualTo(Atoms));
    }

    /// <summary>A SAELens folder whose weights are a hole.</summary>
    private static void Write(TemporaryFolder folder, long dimension, long atoms, string type, int bytes)
    {
        File.WriteAllText(
            folder.File("cfg.json"),
            $$$"""{"architecture": "standard", "d_in": {{{dimension}}}, "d_sae": {{{atoms}}}, "dtype": "float32", "apply_b_dec_to_input": true, "normalize_activations": "none", "metadata": {"sae_lens_version": "6.18.0"}}""");
        var header = new StringBuilder("{");
        long at = 0;
        foreach ((string name, long[] shape) in ((string, long[])[])[("W_dec", [atoms, dimension]), ("W_enc", [dimension, atoms]), ("b_dec", [dimension]), ("b_enc", [atoms])])
        {
            long end = at + (shape.Aggregate(1L, (a, b) => a * b) * bytes);
            header.Append(header.Length == 1 ? "" : ",").Append($"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{at},{end}]}}");
            at = end;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.Append('}').ToString());
        using FileStream file = File.Create(folder.File("sae_weights.safetensors"));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        file.Write(length);
        file.Write(json);
        file.SetLength(8 + json.Length + at);
    }
}

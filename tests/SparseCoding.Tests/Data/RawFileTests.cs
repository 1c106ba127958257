using SparseCoding.Formats;

namespace SparseCoding.Tests.Data;

/// <summary>Rows in files that say nothing of themselves.</summary>
public sealed class RawFileTests : ActivationFixture
{
    [TestCase(RawElementType.Float32, 0)]
    [TestCase(RawElementType.Float16, 0)]
    [TestCase(RawElementType.BFloat16, 0)]
    [TestCase(RawElementType.Float32, 13)]
    [TestCase(RawElementType.BFloat16, 64)]
    public void Open_RawShards_GivesTheRowsInNaturalOrder(RawElementType type, int header)
    {
        using var folder = new TemporaryFolder();
        ElementType stored = type switch { RawElementType.Float16 => ElementType.F16, RawElementType.BFloat16 => ElementType.BF16, _ => ElementType.F32 };
        folder.Write("acts-2.bin", [.. new byte[header], .. Bytes(Ramp(0, 40, 5), stored)]);
        folder.Write("acts-10.bin", [.. new byte[header], .. Bytes(Ramp(40, 3, 5), stored)]);
        folder.Write("notes.txt", [1, 2, 3]);
        var options = new ActivationFileOptions { Raw = new RawActivationLayout { Dimension = 5, ElementType = type, HeaderBytes = header } };
        foreach (string what in (string[])[folder.Path, folder.File("acts-*.bin")])
        {
            ActivationSource source = ActivationFiles.Open(what, options);
            Assert.That((source.RowCount, source.Dimension, source.IsInMemory), Is.EqualTo((43, 5, false)));
            var batch = new SignalBatch(43, 5);
            source.Read(batch);
            Assert.That(batch.Signals.ToArray(), Is.EqualTo(Ramp(0, 43, 5)));
            source.Gather([42, 0, 41, 7], batch);
            Assert.That(batch.Signals[..5].ToArray(), Is.EqualTo(Ramp(42, 1, 5)));
            Assert.That(batch.Signals[15..20].ToArray(), Is.EqualTo(Ramp(7, 1, 5)));
        }

        Assert.That(ActivationFiles.Load(folder.Path, options).IsInMemory, Is.True);
    }

    [Test]
    public void Open_RawOfAnotherLength_NamesBothLengths()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.bin", new byte[103]);
        string Message(int dimension, long header) => Assert.Catch<InvalidDataException>(
            () => ActivationFiles.Open(path, new ActivationFileOptions { Raw = new RawActivationLayout { Dimension = dimension, HeaderBytes = header } }))!.Message;
        Assert.That(Message(5, 0), Does.Contain("103 bytes").And.Contains("20 bytes").And.Contains("3 bytes are left over"));
        Assert.That(Message(5, 200), Does.Contain("shorter than the header"));
        Assert.That(Message(5, 103), Does.Contain("no row"));
        Assert.That(ActivationFiles.Open(path, new ActivationFileOptions { Raw = new RawActivationLayout { Dimension = 5, HeaderBytes = 3 } }).RowCount, Is.EqualTo(5));
    }

    [Test]
    public void Open_RawWithoutALayout_SaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("a.bin", new byte[40]);
        Assert.That(Assert.Catch<InvalidDataException>(() => ActivationFiles.Open(path))!.Message, Does.Contain("ActivationFileOptions.Raw"));
        Assert.That(() => new RawActivationLayout { Dimension = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RawActivationLayout { Dimension = 1, HeaderBytes = -1 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Read_RawWithANaN_NamesFileRowAndColumn()
    {
        using var folder = new TemporaryFolder();
        float[] values = Ramp(0, 10, 5);
        values[38] = float.NaN;
        ActivationSource source = ActivationFiles.Open(folder.Write("a.raw", Bytes(values, ElementType.BF16)), new ActivationFileOptions { Raw = new RawActivationLayout { Dimension = 5, ElementType = RawElementType.BFloat16 } });
        Assert.That(Assert.Catch<InvalidDataException>(() => source.Read(new SignalBatch(10, 5)))!.Message, Does.Contain("a.raw").And.Contains("row 7").And.Contains("column 3"));
    }
}

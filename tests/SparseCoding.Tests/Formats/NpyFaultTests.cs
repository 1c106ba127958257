using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

public sealed class NpyFaultTests : FormatFixture
{
    private static readonly byte[] SixteenBytes = new byte[16];

    [Test]
    public void Open_MissingFileOrFolder_IsFileNotFound()
    {
        Assert.That(() => NpyFile.Open(At("none.npy")), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("none.npy"));
        Assert.That(() => NpyFile.Open(Path.Combine(At("no"), "none.npy")), Throws.TypeOf<FileNotFoundException>());
        Assert.That(() => NpyFile.Open(Path.GetDirectoryName(At("x"))!), Throws.TypeOf<FileNotFoundException>().With.Message.Contains("folder"));
        Assert.That(() => NpyFile.Open(" "), Throws.ArgumentException);
        Assert.That(() => NpyFile.Open(null!), Throws.ArgumentNullException);
    }

    [TestCase("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", "pickle")]
    [TestCase("{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }", "complex")]
    [TestCase("{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (2,), }", "date")]
    [TestCase("{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }", "text")]
    [TestCase("{'descr': '|V2', 'fortran_order': False, 'shape': (8,), }", "bfloat16")]
    [TestCase("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }", "f16")]
    [TestCase("{'descr': '|f4', 'fortran_order': False, 'shape': (4,), }", "|f4")]
    [TestCase("{'descr': [('a', '<f4'), ('b', '<f4')], 'fortran_order': False, 'shape': (2,), }", "structured")]
    public void Open_TypeThatIsNotNumbers_IsRefusedByName(string header, string named)
    {
        string path = Put("t.npy", Npy(header, SixteenBytes));
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<NotSupportedException>().With.Message.Contains(named).And.Message.Contains(path));
    }

    [TestCase("", "opening brace")]
    [TestCase("{}", "without all keys")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, }", "without all keys")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4,), 'more': 1}", "'more'")]
    [TestCase("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (4,)}", "second time")]
    [TestCase("{'descr': '<f4', 'fortran_order': 0, 'shape': (4,)}", "True or False")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (-4,)}", "non-negative")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (nan,)}", "non-negative")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4.0,)}", "',' or the closing bracket")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4)}", "without a comma")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2.0)}", "',' or the closing bracket")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': [4]}", "opening bracket")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "2^63")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4)}", "overflows")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 4, 0)}", "overflows")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (2305843009213693952,)}", "overflows")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)} x", "after the dictionary")]
    [TestCase("{'descr': '<f4', 'fortran_order': False, 'shape': (4,)", "closing brace")]
    [TestCase("{'descr': '<f4, 'fortran_order': False, 'shape': (4,)}", "damaged")]
    [TestCase("{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (4,)}", "escapes")]
    [TestCase("{'descr': '<', 'fortran_order': False, 'shape': (4,)}", "byte order")]
    [TestCase("{'descr': __import__('os'), 'fortran_order': False, 'shape': (4,)}", "no quoted string")]
    public void Open_DamagedHeader_SaysWhat(string header, string named)
    {
        string path = Put("h.npy", Npy(header, SixteenBytes));
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(named).And.Message.Contains(path));
    }

    [Test]
    public void Open_UnusualButValidHeader_IsRead()
    {
        string path = Put("q.npy", Npy("{ \"shape\":(2L , 2L),'fortran_order':True ,\"descr\" : '>f4' }", [0x3F, 0x80, 0, 0, .. new byte[12]]));
        using NpyFile file = NpyFile.Open(path);
        Assert.That(file.Tensor.ReadAllSingle(), Is.EqualTo(new float[] { 1, 0, 0, 0 }));
    }

    [Test]
    public void Open_TooManyAxes_IsInvalidData()
    {
        string axes = string.Concat(Enumerable.Repeat("1, ", 65));
        string path = Put("h.npy", Npy($"{{'descr': '<f4', 'fortran_order': False, 'shape': ({axes})}}", new byte[4]));
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("at most 64"));
    }

    [Test]
    public void Open_EveryTruncation_IsInvalidDataWithBothLengths()
    {
        byte[] whole = Goldens("npy").First(g => g.Name == "f4-little-C").Bytes;
        for (int length = 0; length < whole.Length; length++)
        {
            string path = Put("cut.npy", whole[..length]);
            Assert.That(() => NpyFile.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("cut.npy"), $"{length} bytes");
        }

        string data = Put("cut.npy", whole[..^1]);
        Assert.That(() => NpyFile.Open(data), Throws.TypeOf<InvalidDataException>().With.Message.Contains("needs 48 bytes of data, found 47"));
        string more = Put("more.npy", [.. whole, 0]);
        Assert.That(() => NpyFile.Open(more), Throws.TypeOf<InvalidDataException>().With.Message.Contains("found 49"));
    }

    [TestCase(new byte[] { (byte)'P', (byte)'K', 3, 4, 0, 0, 0, 0 }, "zip archive")]
    [TestCase(new byte[] { 0x80, 4, 0x95, 0, 0, 0, 0, 0 }, "pickle")]
    [TestCase(new byte[] { (byte)'h', (byte)'e', (byte)'l', (byte)'l', (byte)'o' }, "68656C6C6F")]
    [TestCase(new byte[0], "empty file")]
    [TestCase(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 9, 0, 0, 0, 0, 0 }, "version 9.0")]
    [TestCase(new byte[] { 0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 2, 0, 255, 255, 255, 255 }, "4294967295")]
    public void Open_SomethingElse_SaysWhatItLooksLike(byte[] bytes, string named)
    {
        string path = Put("other.npy", bytes);
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(named));
    }

    [Test]
    public void Open_HugeShapeInASmallFile_AllocatesNothingForIt()
    {
        string path = Put("bomb.npy", Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000), }", SixteenBytes));
        Assert.That(() => NpyFile.Open(path), Throws.TypeOf<InvalidDataException>());
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            NpyFile.Open(path).Dispose();
        }
        catch (InvalidDataException)
        {
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
    }
}

using System.IO.Compression;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

public sealed class NpzFileTests : FormatFixture
{
    [Test]
    public void Open_FileOfNumpy_ReadsStoredAndDeflated()
    {
        foreach (Golden golden in Goldens("npz"))
        {
            using NpzFile file = NpzFile.Open(Put("a.npz", golden.Bytes));
            Assert.That(file.Names, Is.EqualTo(new[] { "W", "other" }));
            StoredTensor tensor = file.Get("W");
            Assert.That(tensor.Shape.ToArray(), Is.EqualTo(golden.Shape));
            Assert.That(tensor.ReadAllDouble(), Is.EqualTo(golden.Doubles), golden.Name);
            Assert.That(file.Get("other").ReadAllInt64(), Is.EqualTo(new long[] { 0, 1, 2 }));

            // Backward and across entries: every read finds its own place again.
            var row = new float[4];
            foreach (int r in new[] { 4, 0, 3, 3, 1 })
            {
                tensor.ReadRows(r, 1, row);
                Assert.That(row, Is.EqualTo(golden.Doubles.Skip(4 * r).Take(4).Select(d => (float)d)));
                Assert.That(file.Get("other").ReadAllInt32()[2], Is.EqualTo(2));
            }
        }
    }

    [Test]
    public void ReadRows_FromManyThreads_EachGetsItsRows([Values] bool compressed)
    {
        string path = At("t.npz");
        using (var writer = new NpzWriter(path, compressed))
        {
            writer.Add<int>("a", [.. Enumerable.Range(0, 40_000)], 400, 100);
            writer.Add<int>("b", [.. Enumerable.Range(0, 40_000).Select(i => -i)], 400, 100);
            writer.Commit();
        }

        using NpzFile file = NpzFile.Open(path);
        Parallel.For(0, 40, i =>
        {
            var part = new double[10 * 100];
            file.Get(i % 2 == 0 ? "a" : "b").ReadRows(i * 10, 10, part);
            int sign = i % 2 == 0 ? 1 : -1;
            Assert.That(part.Index().All(e => e.Item == sign * (i * 1000 + e.Index)));
        });
    }

    [Test]
    public void Sparse_FileOfScipy_ReadsItsMatrix()
    {
        foreach (Golden golden in Goldens("csr"))
        {
            CsrArrays matrix = SparseNpz.Read(Put("m.npz", golden.Bytes));
            Assert.That((matrix.Rows, matrix.Columns), Is.EqualTo((4L, 6L)));
            var dense = new double[24];
            for (int row = 0; row < 4; row++)
            {
                for (int i = matrix.RowStarts[row]; i < matrix.RowStarts[row + 1]; i++)
                {
                    dense[row * 6 + matrix.ColumnIndices[i]] = matrix.Values[i];
                }
            }

            Assert.That(dense, Is.EqualTo(golden.Doubles));
        }
    }

    [Test]
    public void Sparse_WriteThenRead_IsEqual([Values] bool compressed)
    {
        string path = At("m.npz");
        SparseNpz.Write<float>(path, 3, 1L << 30, [0, 2, 2, 3], [0, 7, (1 << 30) - 1], [1, -2, 3], compressed);
        CsrArrays matrix = SparseNpz.Read(path);
        Assert.That(matrix.RowStarts, Is.EqualTo(new[] { 0, 2, 2, 3 }));
        Assert.That(matrix.ColumnIndices, Is.EqualTo(new[] { 0, 7, (1 << 30) - 1 }));
        Assert.That(matrix.Values, Is.EqualTo(new float[] { 1, -2, 3 }));
        byte[] once = File.ReadAllBytes(path);
        SparseNpz.Write<float>(path, 3, 1L << 30, [0, 2, 2, 3], [0, 7, (1 << 30) - 1], [1, -2, 3], compressed);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(once), "the same matrix gives the same bytes");
        Assert.That(() => SparseNpz.Write<float>(path, 3, 4, [0, 2, 2], [0, 1], [1, 2]), Throws.ArgumentException.With.Message.Contains("[3, 4]"));
    }

    [TestCase(new[] { 0, 2, 1, 3 }, new[] { 0, 1, 2 }, "ascending row starts")]
    [TestCase(new[] { 0, 9, 3, 3 }, new[] { 0, 1, 2 }, "ascending row starts")]
    [TestCase(new[] { 1, 2, 2, 3 }, new[] { 0, 1, 2 }, "expected 0")]
    [TestCase(new[] { 0, 2, 2, 3 }, new[] { 1, 0, 2 }, "sum_duplicates")]
    [TestCase(new[] { 0, 2, 2, 3 }, new[] { 1, 1, 2 }, "sum_duplicates")]
    [TestCase(new[] { 0, 2, 2, 3 }, new[] { 0, 4, 2 }, "below 4")]
    [TestCase(new[] { 0, 2, 2, 3 }, new[] { -1, 1, 2 }, "strictly ascending")]
    public void Sparse_WrongIndices_SaysWhere(int[] starts, int[] columns, string named)
    {
        string path = At("bad.npz");
        SparseNpz.Write<float>(path, 3, 4, starts, columns, [1, 2, 3]);
        Assert.That(() => SparseNpz.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(named).And.Message.Contains("bad.npz"));
    }

    [Test]
    public void Sparse_OtherFormat_NamesTheRepair()
    {
        string path = At("csc.npz");
        using (var writer = new NpzWriter(path))
        {
            writer.AddText("format", "csc");
            writer.Commit();
        }

        Assert.That(() => SparseNpz.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains("tocsr"));
    }

    [Test]
    public void Get_Bomb_IsRefusedBeforeItExpands()
    {
        string path = At("bomb.npz");
        using (var writer = new NpzWriter(path, compressed: true))
        {
            writer.Add<byte>("zeros", new byte[50_000_000], 50_000_000);
            writer.Commit();
        }

        Assert.That(new FileInfo(path).Length, Is.LessThan(100_000));
        using NpzFile file = NpzFile.Open(path, maximumEntryBytes: 10_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => file.Get("zeros"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("larger maximum"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000));
        using NpzFile trusted = NpzFile.Open(path, maximumEntryBytes: 60_000_000);
        Assert.That(trusted.Get("zeros").ElementCount, Is.EqualTo(50_000_000));
    }

    [Test]
    public void Get_HeaderAndArchiveDisagree_IsInvalidData()
    {
        string path = At("lie.npz");
        using (ZipArchive archive = ZipFile.Open(path, ZipArchiveMode.Create))
        using (Stream stream = archive.CreateEntry("a.npy").Open())
        {
            stream.Write(Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (5,), }", new byte[16]));
        }

        using NpzFile file = NpzFile.Open(path);
        Assert.That(() => file.Get("a"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("needs 20 bytes of data, found 16"));
    }

    [Test]
    public void Open_WrongContent_SaysWhat()
    {
        Assert.That(() => NpzFile.Open(At("none.npz")), Throws.TypeOf<FileNotFoundException>());
        string text = Put("text.npz", "hello"u8.ToArray());
        Assert.That(() => NpzFile.Open(text), Throws.TypeOf<InvalidDataException>().With.Message.Contains("text.npz"));
        string other = At("model.pt");
        using (ZipArchive archive = ZipFile.Open(other, ZipArchiveMode.Create))
        {
            archive.CreateEntry("archive/data.pkl").Open().Dispose();
        }

        Assert.That(() => NpzFile.Open(other), Throws.TypeOf<InvalidDataException>().With.Message.Contains("PyTorch"));
        string twice = At("twice.npz");
        using (ZipArchive archive = ZipFile.Open(twice, ZipArchiveMode.Create))
        {
            archive.CreateEntry("a.npy").Open().Dispose();
            archive.CreateEntry("a.npy").Open().Dispose();
        }

        Assert.That(() => NpzFile.Open(twice), Throws.TypeOf<InvalidDataException>().With.Message.Contains("twice"));
        using NpzFile good = NpzFile.Open(Put("g.npz", Goldens("npz").First().Bytes));
        Assert.That(() => good.Get("nothing"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("W, other"));
        Assert.That(good.TryGet("nothing", out _), Is.False);
    }

    [Test]
    public void ReadRows_FlippedBitInStoredData_FailsTheChecksum()
    {
        string path = At("flip.npz");
        using (var writer = new NpzWriter(path))
        {
            writer.Add<float>("a", new float[1000], 1000);
            writer.Commit();
        }

        byte[] bytes = File.ReadAllBytes(path);
        bytes[2000] ^= 1;
        using NpzFile file = NpzFile.Open(Put("flip.npz", bytes));
        Assert.That(() => file.Get("a").ReadAllSingle(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("CRC"));
    }

    [Test]
    public void Writer_BadNameOrShape_WritesNothing()
    {
        string path = At("w.npz");
        using (var writer = new NpzWriter(path))
        {
            writer.Add<float>("a", [1, 2], 2);
            Assert.That(() => writer.Add<float>("a", [1, 2], 2), Throws.ArgumentException.With.Message.Contains("twice"));
            Assert.That(() => writer.Add<float>("../b", [1, 2], 2), Throws.ArgumentException);
            Assert.That(() => writer.Add<float>("c", [1, 2], 3), Throws.ArgumentException.With.Message.Contains("[3]"));
            Assert.That(() => writer.AddText("t", "é"), Throws.ArgumentException);
        }

        Assert.That(File.Exists(path), Is.False);
        Assert.That(TemporaryFiles(path), Is.Empty);
    }
}

using System.Globalization;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

public sealed class NpyFileTests : FormatFixture
{
    private static IEnumerable<TestCaseData> Cases() => Goldens("npy").Select(g => new TestCaseData(g).SetArgDisplayNames(g.Name));

    [TestCaseSource(nameof(Cases))]
    public void Open_FileOfNumpy_ReadsItsValues(object golden)
    {
        var expected = (Golden)golden;
        using NpyFile file = NpyFile.Open(Put("a.npy", expected.Bytes));
        Assert.That(file.Tensor.ElementType, Is.EqualTo(expected.ElementType));
        Assert.That(file.Tensor.Shape.ToArray(), Is.EqualTo(expected.Shape));
        Assert.That(file.Tensor.ReadAllDouble(), Is.EqualTo(expected.Doubles));
        Assert.That(file.Tensor.ReadAllSingle(), Is.EqualTo(expected.Doubles.Select(d => (float)d)));
        if (expected.ElementType.IsInteger())
        {
            Assert.That(file.Tensor.ReadAllInt64(), Is.EqualTo(expected.Values.Select(v => long.Parse(v, CultureInfo.InvariantCulture))));
        }
        else
        {
            Assert.That(() => file.Tensor.ReadAllInt64(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("integers"));
        }
    }

    [TestCaseSource(nameof(Cases))]
    public void ReadRows_AnyRange_IsThatPartOfTheWhole(object golden)
    {
        using NpyFile file = NpyFile.Open(Put("a.npy", ((Golden)golden).Bytes));
        StoredTensor tensor = file.Tensor;
        double[] all = tensor.ReadAllDouble();
        int width = (int)tensor.RowLength;
        for (int first = 0; first <= tensor.RowCount; first++)
        {
            for (int count = 0; count <= tensor.RowCount - first; count++)
            {
                var part = new double[count * width + 1];
                part[^1] = 7;
                tensor.ReadRows(first, count, part);
                Assert.That(part[..^1], Is.EqualTo(all[(first * width)..((first + count) * width)]));
                Assert.That(part[^1], Is.EqualTo(7), "beyond the rows nothing is written");
            }
        }
    }

    [Test]
    public void Write_EveryType_IsWhatNumpyWrites()
    {
        foreach (Golden golden in Goldens("npy"))
        {
            bool fortranHeader = System.Text.Encoding.Latin1.GetString(golden.Bytes).Contains("'fortran_order': True", StringComparison.Ordinal);
            if (fortranHeader || golden.Bytes[6] != 1 || golden.Name.Contains("big", StringComparison.Ordinal))
            {
                continue;
            }

            string path = At("w.npy");
            switch (golden.ElementType)
            {
                case ElementType.F32: NpyFile.Write<float>(path, [.. golden.Doubles.Select(d => (float)d)], golden.Shape); break;
                case ElementType.F64: NpyFile.Write<double>(path, golden.Doubles, golden.Shape); break;
                case ElementType.I32: NpyFile.Write<int>(path, [.. golden.Doubles.Select(d => (int)d)], golden.Shape); break;
                case ElementType.I64: NpyFile.Write<long>(path, [.. golden.Values.Select(v => long.Parse(v, CultureInfo.InvariantCulture))], golden.Shape); break;
                case ElementType.U8: NpyFile.Write<byte>(path, [.. golden.Doubles.Select(d => (byte)d)], golden.Shape); break;
                default: continue;
            }

            Assert.That(File.ReadAllBytes(path), Is.EqualTo(golden.Bytes), golden.Name);
        }
    }

    [Test]
    public void ReadRows_FortranLargerThanTheBuffer_TransposesInBlocks([Values(3, 700, 70_000)] int rows, [Values(5, 300)] int columns)
    {
        if (rows * columns > 600_000)
        {
            rows = 2000;
        }

        // Column-major data: element (r, c) holds r + 1000003 c, so any misplaced block shows.
        var data = new byte[4 * rows * columns];
        for (int c = 0; c < columns; c++)
        {
            for (int r = 0; r < rows; r++)
            {
                BitConverter.TryWriteBytes(data.AsSpan(4 * (c * rows + r)), r + 1000003 * c);
            }
        }

        using NpyFile file = NpyFile.Open(Put("f.npy", Npy($"{{'descr': '<i4', 'fortran_order': True, 'shape': ({rows}, {columns}), }}\n", data)));
        foreach ((int first, int count) in new[] { (0, rows), (rows / 3, 1), (rows - 2, 2), (rows / 2, rows / 4) })
        {
            var part = new long[count * columns];
            file.Tensor.ReadRows(first, count, part);
            long wrong = part.Index().Count(e => e.Item != first + e.Index / columns + 1000003L * (e.Index % columns));
            Assert.That(wrong, Is.Zero, $"rows {first} + {count}");
        }
    }

    [Test]
    public void ReadRows_TwoHundredMegabyteSparseFile_AllocatesOneBuffer()
    {
        // 60 million float32 as a hole in the file: only the header and two numbers take disk space.
        string path = At("big.npy");
        byte[] header = NpyHeader.Build("<f4", [600_000, 100]);
        using (FileStream stream = File.Create(path))
        {
            stream.Write(header);
            stream.Position = header.Length + 4L * (599_999 * 100 + 99);
            stream.Write(BitConverter.GetBytes(2.5f));
        }

        using NpyFile file = NpyFile.Open(path);
        var rows = new float[300];
        file.Tensor.ReadRows(0, 3, rows);
        long before = GC.GetAllocatedBytesForCurrentThread();
        file.Tensor.ReadRows(599_997, 3, rows);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(2 * PackedTensor.BufferBytes));
        Assert.That(rows[299], Is.EqualTo(2.5f));
    }

    [Test]
    public void ReadRows_FromManyThreads_EachGetsItsRows()
    {
        int[] values = [.. Enumerable.Range(0, 400_000)];
        string path = At("t.npy");
        NpyFile.Write<int>(path, values, 4000, 100);
        using NpyFile file = NpyFile.Open(path);
        Parallel.For(0, 200, i =>
        {
            var part = new double[20 * 100];
            file.Tensor.ReadRows(i * 20, 20, part);
            Assert.That(part.Index().All(e => e.Item == i * 2000 + e.Index));
        });
    }

    [Test]
    public void ReadRows_RowsThatDoNotExist_NamesThem()
    {
        string path = At("a.npy");
        NpyFile.Write<float>(path, [1, 2, 3, 4], 2, 2);
        using NpyFile file = NpyFile.Open(path);
        Assert.That(() => file.Tensor.ReadRows(1, 2, new float[4]), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("2 rows"));
        Assert.That(() => file.Tensor.ReadRows(-1, 1, new float[4]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => file.Tensor.ReadRows(0, -1, new float[4]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => file.Tensor.ReadRows(long.MaxValue, int.MaxValue, new float[4]), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => file.Tensor.ReadRows(0, 2, new float[3]), Throws.ArgumentException.With.Message.Contains("need 4 places"));
    }

    [Test]
    public void ReadRows_FileCutAfterOpening_IsInvalidData()
    {
        string path = At("cut.npy");
        NpyFile.Write<float>(path, new float[1000], 10, 100);
        using NpyFile file = NpyFile.Open(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            stream.SetLength(2000);
        }

        Assert.That(() => file.Tensor.ReadAllSingle(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("cut.npy").And.Message.Contains("2000"));
    }

    [Test]
    public void ReadAllInt64_UnsignedAboveTheRange_IsInvalidData()
    {
        string path = Put("u.npy", Npy("{'descr': '<u8', 'fortran_order': False, 'shape': (1,), }", [255, 255, 255, 255, 255, 255, 255, 255]));
        using NpyFile file = NpyFile.Open(path);
        Assert.That(file.Tensor.ReadAllDouble()[0], Is.EqualTo(18446744073709551615.0));
        Assert.That(() => file.Tensor.ReadAllInt64(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("2^63"));
        string wide = At("w.npy");
        NpyFile.Write<long>(wide, [1, 1L << 40], 2);
        using NpyFile second = NpyFile.Open(wide);
        Assert.That(() => second.Tensor.ReadAllInt32(), Throws.TypeOf<InvalidDataException>().With.Message.Contains("32-bit"));
    }

    [Test]
    public void Writer_WrongNumberOfValues_WritesNothing()
    {
        string path = At("short.npy");
        Assert.That(() => NpyFile.Write<float>(path, [1, 2, 3], 2, 2), Throws.ArgumentException.With.Message.Contains("3 values").And.Message.Contains("holds 4"));
        Assert.That(() => NpyFile.Write<float>(path, [1, 2, 3, 4, 5], 2, 2), Throws.ArgumentException);
        Assert.That(() => NpyFile.Write<float>(path, [], -1), Throws.ArgumentException.With.Message.Contains("[-1]"));
        Assert.That(() => NpyFile.Write<float>(path, [], long.MaxValue, 4), Throws.ArgumentException);
        Assert.That(() => NpyFile.Write<ushort>(path, [1], 1), Throws.TypeOf<NotSupportedException>().With.Message.Contains("UInt16"));
        Assert.That(File.Exists(path), Is.False);
        Assert.That(TemporaryFiles(path), Is.Empty);
    }
}

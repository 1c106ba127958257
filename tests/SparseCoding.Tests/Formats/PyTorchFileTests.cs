using System.IO.Compression;
using System.Text;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

/// <summary>Files of torch.save: values as torch holds them, views and types included; code in them is refused; what is written is what torch writes.</summary>
public sealed class PyTorchFileTests : FormatFixture
{
    private static string Fixture(string name) => RepositoryRoot.Combine("tests", "SparseCoding.Tests", "Fixtures", "PyTorch", name);

    [TestCase("tensors.pt")]
    [TestCase("tensors-legacy.pt")]
    public void Open_FileOfTorch_HasTheValuesOfTorch(string name)
    {
        using PyTorchFile file = PyTorchFile.Open(Fixture(name));
        AssertTensors(file, (PickleDictionary)file.Root!);
    }

    [Test]
    public void Open_OtherValuesInProtocol4_AreRead()
    {
        using PyTorchFile file = PyTorchFile.Open(Fixture("plain.pt"));
        var root = (PickleDictionary)file.Root!;
        object? Value(string key) => root.TryGet(key, out object? value) ? value : "missing";
        Assert.That(
            (Value("step"), Value("name"), Value("rate"), Value("big"), Value("negative"), Value("none"), Value("flag")),
            Is.EqualTo((12L, "tiny", 1e-3, 1_000_000_000_000_000L, -1L, (object?)null, true)));
        var list = (PickleList)Value("list")!;
        Assert.That((list.Items[0], ((PickleList)list.Items[1]!).Items[0], ((PickleTuple)list.Items[2]!).Items[1]), Is.EqualTo((1L, 2.5, 4L)));
        Assert.That(((PickleTuple)Value("shape")!).Items, Is.EqualTo(new object[] { 6L, 8L }));
        Assert.That(Value("dtype"), Is.EqualTo(new PickleName("torch.float32")));
        AssertTensors(file, (PickleDictionary)Value("ae")!);
    }

    [Test]
    public void Open_RowsOfAView_AreThoseOfTheWhole()
    {
        using PyTorchFile file = PyTorchFile.Open(Fixture("tensors.pt"));
        foreach ((object key, object? value) in ((PickleDictionary)file.Root!).Items)
        {
            StoredTensor tensor = file.Tensor((string)key, (PickleTensor)value!);
            float[] whole = tensor.ReadAllSingle();
            for (int row = 0; row < tensor.RowCount; row++)
            {
                var part = new float[tensor.RowLength];
                tensor.ReadRows(row, 1, part);
                Assert.That(part, Is.EqualTo(whole.AsSpan((int)(row * tensor.RowLength), part.Length).ToArray()), $"{key}, row {row}");
            }
        }
    }

    [TestCase("evil.pt", "system")]
    [TestCase("module.pt", "torch.nn.modules.linear.Linear")]
    public void Open_FileThatWouldRunCode_IsRefusedByName(string name, string part) =>
        Assert.That(() => PyTorchFile.Open(Fixture(name)), Throws.InstanceOf<InvalidDataException>().With.Message.Contain(part).And.Message.Contain(name));

    // One line per way in: globals by both opcodes, an object built without a call, an extension, a persistent name, and protocols 0 and 1.
    [TestCase("\u0080\u0002cos\nsystem\n.", "os.system")]
    [TestCase("\u0080\u0002cbuiltins\neval\nX\u0001\0\0\01\u0085R.", "builtins.eval")]
    [TestCase("\u0080\u0004\u008c\u0002os\u008c\u0006system\u0093.", "os.system")]
    [TestCase("\u0080\u0002(ios\nsystem\n.", "'i'")]
    [TestCase("\u0080\u0002(o.", "'o'")]
    [TestCase("\u0080\u0002)\u0081.", "0x81")]
    [TestCase("\u0080\u0002\u0082\u0001.", "0x82")]
    [TestCase("\u0080\u0002Pos\n.", "'P'")]
    [TestCase("cos\nsystem\n.", "protocol")]
    [TestCase("\u0080\u0001N.", "protocol")]
    [TestCase("\u0080\u0006N.", "protocol")]
    [TestCase("\u0080\u0002ccollections\nOrderedDict\n]R.", "collections.OrderedDict")]
    [TestCase("\u0080\u0002ctorch\nload\n.", "torch.load")]
    [TestCase("\u0080\u0002NN.", "left over")]
    [TestCase("\u0080\u0002R.", "empty stack")]
    [TestCase("\u0080\u0002(N0.", "empty stack")]
    [TestCase("\u0080\u0002t.", "not begun")]
    [TestCase("\u0080\u0002h\u0007.", "never kept")]
    [TestCase("\u0080\u0002X\u00ff\u00ff\u00ff\u007f.", "ends early")]
    [TestCase("\u0080\u0002X\u0001\0\0\0\u00ff.", "UTF-8")]
    [TestCase("\u0080\u0002}]Ns.", "key")]
    [TestCase("\u0080\u0002}(N.", "left over")]
    [TestCase("\u0080\u0002NQ.", "storage")]
    [TestCase("\u0080\u0002\u008a\u0009123456789.", "9 bytes")]
    [TestCase("\u0080\u0002]N}b.", "attributes")]
    [TestCase("\u0080\u0002}]b.", "state")]
    [TestCase("\u0080\u0002ctorch\nComplexFloatStorage\n.", "ComplexFloatStorage")]
    [TestCase("\u0080\u0002", "ends early")]
    public void Open_Pickle_IsRefusedByName(string pickle, string part)
    {
        string path = Zip(("a/data.pkl", Encoding.Latin1.GetBytes(pickle)), ("a/version", "3"u8.ToArray()));
        Assert.That(() => PyTorchFile.Open(path), Throws.Exception.Message.Contain(part).And.Message.Contain(path).And.InstanceOf<SystemException>());
        Assert.That(() => PyTorchFile.Open(path), Throws.InstanceOf<InvalidDataException>().Or.InstanceOf<NotSupportedException>());
    }

    [Test]
    public void Open_LongShapeUsedByManyTensors_IsRefusedBeforeItIsCopied()
    {
        // 20,000 sizes kept once (20 kB), and then a thousand tensors of ten bytes each that have them: 320 MB if each gets its own copy.
        var pickle = new StringBuilder("\u0080\u0002(");
        pickle.Insert(pickle.Length, "K\u0001", 20_000).Append("tq\u0000ctorch._utils\n_rebuild_tensor_v2\nq\u0001")
            .Append("(X\u0007\u0000\u0000\u0000storagectorch\nFloatStorage\nX\u0001\u0000\u0000\u00000X\u0003\u0000\u0000\u0000cpuK\u0001tQq\u0002]q\u0003(");
        for (int i = 0; i < 1000; i++)
        {
            pickle.Append("h\u0001(h\u0002K\u0000h\u0000h\u0000\u0089h\u0003tR");
        }

        string path = Zip(("a/data.pkl", Encoding.Latin1.GetBytes(pickle.Append("e.").ToString())), ("a/version", "3"u8.ToArray()));
        Assert.That(() => PyTorchFile.Open(path), Throws.InstanceOf<InvalidDataException>());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => PyTorchFile.Open(path), Throws.InstanceOf<InvalidDataException>());
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(8_000_000));
    }

    [Test]
    public void Open_ManyNumbersAsKeys_IsRefused()
    {
        // Integers can be chosen to have one hash code; what is bounded is how many there are.
        string Numbers(int count)
        {
            var pickle = new StringBuilder("\u0080\u0002}(");
            for (int i = 0; i < count; i++)
            {
                pickle.Append('J').Append((char)(i & 255)).Append((char)(i >> 8)).Append("\u0000\u0000N");
            }

            return Zip(("a/data.pkl", Encoding.Latin1.GetBytes(pickle.Append("u.").ToString())), ("a/version", "3"u8.ToArray()));
        }

        using PyTorchFile file = PyTorchFile.Open(Numbers(PickleReader.MaximumNumberKeys));
        Assert.That(((PickleDictionary)file.Root!).Items, Has.Count.EqualTo(PickleReader.MaximumNumberKeys));
        string more = Numbers(PickleReader.MaximumNumberKeys + 1);
        Assert.That(() => PyTorchFile.Open(more), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("keys that are numbers"));
    }

    [Test]
    public void Open_OtherZip_IsRefusedByName()
    {
        void Refused(string path, params string[] parts)
        {
            Exception exception = Assert.Catch<Exception>(() => PyTorchFile.Open(path).Dispose())!;
            Assert.That(exception, Is.InstanceOf<InvalidDataException>());
            Assert.That(parts, Has.All.Matches<string>(part => exception.Message.Contains(part!, StringComparison.Ordinal)), exception.Message);
        }

        Refused(Zip(("x.npy", [1])), "npz", "data.pkl");
        Refused(Zip(("a/b/data.pkl", [1])), "data.pkl");
        Refused(Zip(CompressionLevel.Optimal, ("a/data.pkl", new byte[100])), "compressed");
        Refused(Zip(("a/data.pkl", "\u0080\u0002N."u8.ToArray()), ("a/byteorder", "pdp"u8.ToArray())), "pdp");
        Refused(Put("empty.pt", []), "zip");
        Refused(Put("text.pt", "hello"u8.ToArray()), "zip");
        byte[] whole = File.ReadAllBytes(Fixture("tensors.pt"));
        Refused(Put("cut.pt", whole[..^200]), "truncated");
        Assert.That(() => PyTorchFile.Open(At("none.pt")), Throws.InstanceOf<FileNotFoundException>());
    }

    [TestCase(5L, "2", "3", "reaches beyond")]
    [TestCase(0L, "7", "1", "more elements")]
    [TestCase(-1L, "2", "1", "reaches beyond")]
    [TestCase(0L, "2", "-1", "impossible")]
    [TestCase(0L, "-2", "1", "impossible")]
    [TestCase(0L, "2,3000000000,3000000000", "0,0,0", "impossible")]
    [TestCase(0L, "2", "9223372036854775807", "reaches beyond")]
    [TestCase(9223372036854775807L, "2", "9223372036854775807", "reaches beyond")]
    public void Tensor_ImpossiblePlace_IsRefused(long offset, string shape, string strides, string part)
    {
        PyTorchWriter.Write(At("six.pt"), TensorToWrite.Create("a", new float[] { 1, 2, 3, 4, 5, 6 }, 6));
        using PyTorchFile file = PyTorchFile.Open(At("six.pt"));
        ((PickleDictionary)file.Root!).TryGet("a", out PickleTensor? tensor);
        long[] Numbers(string text) => [.. text.Split(',').Select(long.Parse)];
        var view = new PickleTensor(tensor!.Storage, offset, Numbers(shape), Numbers(strides));
        Assert.That(() => file.Tensor("view", view), Throws.InstanceOf<InvalidDataException>().With.Message.Contain(part).And.Message.Contain("six.pt"));
        var other = new PickleTensor(tensor.Storage with { Key = "9" }, 0, [1], [1]);
        Assert.That(() => file.Tensor("other", other), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("'9'"));
        var longer = new PickleTensor(tensor.Storage with { ElementCount = 7 }, 0, [1], [1]);
        Assert.That(() => file.Tensor("longer", longer), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("24 bytes"));
    }

    [Test]
    public void Open_BigEndianAndZip64_AreHonoured()
    {
        PyTorchWriter.Write(At("a.pt"), TensorToWrite.Create("a", new[] { 1.5f, -2 }, 2));
        byte[] bytes = File.ReadAllBytes(At("a.pt"));
        int order = bytes.AsSpan().IndexOf("little"u8);
        "big"u8.CopyTo(bytes.AsSpan(order));

        // Shorten the entry "byteorder" to three bytes: its size stands in the local header before its name and in the directory.
        foreach (int at in All(bytes, "archive/byteorder"u8))
        {
            int header = bytes[at - 46] == 'P' ? at - 46 + 20 : at - 30 + 18;
            (bytes[header], bytes[header + 4]) = (3, 3);
        }

        using (PyTorchFile file = PyTorchFile.Open(Put("big.pt", bytes)))
        {
            ((PickleDictionary)file.Root!).TryGet("a", out PickleTensor? tensor);
            byte[] swapped = [.. BitConverter.GetBytes(1.5f).Reverse()];
            Assert.That(file.Tensor("a", tensor!).ReadAllSingle()[0], Is.EqualTo(BitConverter.ToSingle(swapped)));
        }

        using PyTorchFile large = PyTorchFile.Open(Put("large.pt", WithZip64(File.ReadAllBytes(At("a.pt")))));
        ((PickleDictionary)large.Root!).TryGet("a", out PickleTensor? same);
        Assert.That(large.Tensor("a", same!).ReadAllSingle(), Is.EqualTo(new[] { 1.5f, -2 }));
    }

    [Test]
    public void Write_Tensors_ComeBackAndAreAligned()
    {
        PyTorchWriter.Write(At("w.pt"), Samples());
        byte[] bytes = File.ReadAllBytes(At("w.pt"));
        using (PyTorchFile file = PyTorchFile.Open(At("w.pt")))
        {
            StoredTensor Get(string name) => ((PickleDictionary)file.Root!).TryGet(name, out PickleTensor? t) ? file.Tensor(name, t) : throw new KeyNotFoundException(name);
            Assert.That((Get("k").ElementType, Get("k").Shape.Length, Get("k").ReadAllInt64()[0]), Is.EqualTo((ElementType.I32, 0, 7L)));
            Assert.That(Get("wé").ReadAllSingle(), Is.EqualTo(new float[] { 0, 1, 2, 3, 4, 5 }));
            Assert.That(Get("wé").Shape.ToArray(), Is.EqualTo(new long[] { 2, 3 }));
            Assert.That(Get("d").ReadAllDouble(), Is.EqualTo(new[] { 0.1 }));
            Assert.That(Get("rows").ReadAllSingle(), Is.EqualTo(Enumerable.Range(0, 70_000).Select(i => (float)i).ToArray()));
            Assert.That(Get("none").ElementCount, Is.Zero);
        }

        Assert.That(bytes.AsSpan().IndexOf(BitConverter.GetBytes(0.1)) % 64, Is.Zero, "torch can map what begins at a multiple of 64");
        PyTorchWriter.Write(At("again.pt"), Samples());
        Assert.That(File.ReadAllBytes(At("again.pt")), Is.EqualTo(bytes));
        Assert.That(TemporaryFiles(At("x")), Is.Empty);
        using ZipArchive zip = ZipFile.OpenRead(At("w.pt"));
        foreach (ZipArchiveEntry entry in zip.Entries)
        {
            using Stream stream = entry.Open();
            stream.CopyTo(Stream.Null);
        }

        Assert.That(() => PyTorchWriter.Write(At("x.pt"), TensorToWrite.Create("a", new[] { 1f }), TensorToWrite.Create("a", new[] { 1f })), Throws.ArgumentException);
        Assert.That(() => PyTorchWriter.Write(At("x.pt"), TensorToWrite.Create("a", new[] { 1f }, 2)), Throws.ArgumentException.With.Message.Contain("'a'"));
        Assert.That(File.Exists(At("x.pt")), Is.False);
    }

    private static TensorToWrite[] Samples() =>
    [
        TensorToWrite.Create("k", new[] { 7 }),
        TensorToWrite.Create("wé", new float[] { 0, 1, 2, 3, 4, 5 }, 2, 3),
        TensorToWrite.Create("d", new[] { 0.1 }, 1),
        TensorToWrite.FromRows<float>("rows", static (first, rows) =>
        {
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = (first * 10_000) + i;
            }
        }, 7, 10_000),
        TensorToWrite.Create("none", Array.Empty<float>(), 0, 3),
        TensorToWrite.Create("bytes", new byte[] { 255 }, 1),
        TensorToWrite.Create("long", new[] { long.MinValue }, 1),
    ];

    private static void AssertTensors(PyTorchFile file, PickleDictionary tensors)
    {
        using SafetensorsFile expected = SafetensorsFile.Open(Fixture("expected.safetensors"));
        Assert.That(tensors.Items.Select(item => item.Key), Is.EquivalentTo(expected.Tensors.Select(tensor => tensor.Name)));
        foreach (StoredTensor wanted in expected.Tensors)
        {
            Assert.That(tensors.TryGet(wanted.Name, out PickleTensor? tensor));
            StoredTensor found = file.Tensor(wanted.Name, tensor!);
            Assert.That(found.Shape.ToArray(), Is.EqualTo(wanted.Shape.ToArray()), wanted.Name);
            Assert.That(found.ReadAllDouble(), Is.EqualTo(wanted.ReadAllDouble()), wanted.Name);
            if (found.ElementType.IsInteger() && wanted.ElementType.IsInteger())
            {
                Assert.That(found.ReadAllInt64(), Is.EqualTo(wanted.ReadAllInt64()), wanted.Name);
            }
        }
    }

    private static List<int> All(byte[] bytes, ReadOnlySpan<byte> text)
    {
        var places = new List<int>();
        for (int at = 0; at <= bytes.Length - text.Length; at++)
        {
            if (bytes.AsSpan(at).StartsWith(text))
            {
                places.Add(at);
            }
        }

        return places;
    }

    /// <summary>The same archive with its directory announced only by ZIP64 records, as for files of more than 4 GiB.</summary>
    private static byte[] WithZip64(byte[] zip)
    {
        byte[] end = zip[^22..];
        ulong count = BitConverter.ToUInt16(end, 10), size = BitConverter.ToUInt32(end, 12), start = BitConverter.ToUInt32(end, 16);
        byte[] record = new byte[56], locator = new byte[20];
        BitConverter.GetBytes(0x06064B50).CopyTo(record, 0);
        BitConverter.GetBytes(count).CopyTo(record, 32);
        BitConverter.GetBytes(size).CopyTo(record, 40);
        BitConverter.GetBytes(start).CopyTo(record, 48);
        BitConverter.GetBytes(0x07064B50).CopyTo(locator, 0);
        BitConverter.GetBytes((ulong)(zip.Length - 22)).CopyTo(locator, 8);
        end.AsSpan(8, 12).Fill(255);
        return [.. zip[..^22], .. record, .. locator, .. end];
    }

    private string Zip(params (string Name, byte[] Bytes)[] entries) => Zip(CompressionLevel.NoCompression, entries);

    private string Zip(CompressionLevel level, params (string Name, byte[] Bytes)[] entries)
    {
        string path = At(Guid.NewGuid().ToString("N") + ".pt");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] bytes) in entries)
        {
            using Stream stream = zip.CreateEntry(name, level).Open();
            stream.Write(bytes);
        }

        return path;
    }
}

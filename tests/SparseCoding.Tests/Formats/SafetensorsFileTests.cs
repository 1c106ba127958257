using System.Text;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

public sealed class SafetensorsFileTests : FormatFixture
{
    [Test]
    public void Open_ExampleOfTheReferenceImplementation_ReadsIt()
    {
        // The file in the documentation of SafeTensors::deserialize (huggingface/safetensors, safetensors/src/tensor.rs).
        byte[] bytes = [(byte)'<', 0, 0, 0, 0, 0, 0, 0, .. "{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0,16]}}"u8, .. new byte[16]];
        using SafetensorsFile file = SafetensorsFile.Open(Put("e.safetensors", bytes));
        StoredTensor tensor = file.Get("test");
        Assert.That(tensor.ElementType, Is.EqualTo(ElementType.I32));
        Assert.That(tensor.Shape.ToArray(), Is.EqualTo(new long[] { 2, 2 }));
        Assert.That(tensor.ReadAllInt64(), Is.EqualTo(new long[4]));
        Assert.That(file.Metadata, Is.Empty);
    }

    [Test]
    public void Open_EveryType_Converts()
    {
        (string Type, byte[] Bytes, double Value)[] cases =
        [
            ("F64", BitConverter.GetBytes(-1.25), -1.25), ("F32", BitConverter.GetBytes(3.5f), 3.5), ("F16", [0x00, 0x3C], 1), ("BF16", [0x49, 0xC0], -3.140625),
            ("BF16", [0xC0, 0x7F], double.NaN), ("I64", BitConverter.GetBytes(-7L), -7), ("U64", BitConverter.GetBytes(7UL), 7), ("I32", BitConverter.GetBytes(-9), -9),
            ("U32", BitConverter.GetBytes(4000000000u), 4e9), ("I16", BitConverter.GetBytes((short)-300), -300), ("U16", BitConverter.GetBytes((ushort)60000), 60000),
            ("I8", [0x80], -128), ("U8", [200], 200), ("BOOL", [1], 1), ("BOOL", [0], 0),
        ];
        foreach ((string type, byte[] bytes, double value) in cases)
        {
            string json = $"{{\"x\":{{\"dtype\":\"{type}\",\"shape\":[],\"data_offsets\":[0,{bytes.Length}]}}}}";
            using SafetensorsFile file = SafetensorsFile.Open(Put("t.safetensors", Safetensors(json, bytes)));
            Assert.That(file.Get("x").ReadAllDouble(), Is.EqualTo(new[] { value }), type);
            Assert.That(file.Get("x").ReadAllSingle(), Is.EqualTo(new[] { (float)value }), type);
        }
    }

    [Test]
    public void Write_ThenOpen_IsEqualAndAligned()
    {
        string path = At("w.safetensors");
        var metadata = new Dictionary<string, string> { ["format"] = "pt", ["quote\"é"] = "line\nbreak 🙂" };
        byte[] Save()
        {
            SafetensorsFile.Write(
                path,
                metadata,
                TensorToWrite.Create("bytes", new byte[] { 1, 2, 3 }, 3),
                TensorToWrite.Create("double", new double[] { 1.5, double.NaN }, 2, 1),
                TensorToWrite.Create("empty", Array.Empty<float>(), 0, 5),
                TensorToWrite.Create("long", new[] { long.MinValue }),
                TensorToWrite.Create("ünï.codé", new[] { 1, -2 }, 1, 2),
                TensorToWrite.FromRows<float>("rows", static (first, rows) => Fill(first, rows), 100_000, 3));
            return File.ReadAllBytes(path);
        }

        byte[] bytes = Save();
        Assert.That(Save().AsSpan().SequenceEqual(bytes), "the same tensors give the same bytes");
        Assert.That(BitConverter.ToUInt64(bytes) % 8, Is.Zero);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.That(file.Metadata, Is.EqualTo(metadata));
        Assert.That(file.Get("bytes").ReadAllInt64(), Is.EqualTo(new long[] { 1, 2, 3 }));
        Assert.That(file.Get("double").ReadAllDouble(), Is.EqualTo(new[] { 1.5, double.NaN }));
        Assert.That(file.Get("empty").Shape.ToArray(), Is.EqualTo(new long[] { 0, 5 }));
        Assert.That(file.Get("long").Shape.Length, Is.Zero);
        Assert.That(file.Get("long").ReadAllInt64(), Is.EqualTo(new[] { long.MinValue }));
        Assert.That(file.Get("ünï.codé").ReadAllInt32(), Is.EqualTo(new[] { 1, -2 }));
        Assert.That(file.Get("rows").ReadAllSingle().SequenceEqual(Enumerable.Range(0, 300_000).Select(i => (float)i)));
    }

    [TestCase("{}x", 0, "not valid JSON")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}", 16, "JSON")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}} {}", 16, "JSON")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[NaN],\"data_offsets\":[0,16]}}", 16, "JSON")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4.0],\"data_offsets\":[0,16]}}", 16, "non-negative integer")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[-4],\"data_offsets\":[0,16]}}", 16, "non-negative integer")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[[4]],\"data_offsets\":[0,16]}}", 16, "non-negative integer")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,16]}}", 16, "non-negative integer")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904,4],\"data_offsets\":[0,16]}}", 16, "overflows")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16,16]}}", 16, "more than 2")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16]}}", 16, "lacks")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,16]}}", 16, "lacks")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,15]}}", 15, "needs 16 bytes")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[16,0]}}", 16, "needs 16 bytes")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 12, "truncated")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 20, "belong to no tensor")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[4,20]}}", 20, "belong to no tensor")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[4,12]}}", 12, "overlaps")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}}", 16, "twice")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "second time")]
    [TestCase("{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,16],\"strides\":[1]}}", 16, "'strides'")]
    [TestCase("{\"a\":{\"dtype\":\"float\",\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "'float'")]
    [TestCase("{\"a\":{\"dtype\":4,\"shape\":[4],\"data_offsets\":[0,16]}}", 16, "a text")]
    [TestCase("{\"a\":[1]}", 0, "an object")]
    [TestCase("{\"__metadata__\":{\"a\":1}}", 0, "a text")]
    [TestCase("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", 0, "twice")]
    [TestCase("{\"__metadata__\":{},\"__metadata__\":{}}", 0, "twice")]
    [TestCase(" {}", 0, "opening brace")]
    [TestCase("", 0, "opening brace")]
    [TestCase("{\"\\ud800\":1}", 0, "JSON")]
    public void Open_DamagedHeader_SaysWhat(string json, int dataBytes, string named)
    {
        string path = Put("d.safetensors", Safetensors(json, new byte[dataBytes]));
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(named).And.Message.Contains(path));
    }

    [TestCase("F8_E4M3", 4)]
    [TestCase("C64", 32)]
    public void Open_TypeWithoutConversion_IsNotSupportedByName(string type, int bytes)
    {
        string path = Put("n.safetensors", Safetensors($"{{\"w\":{{\"dtype\":\"{type}\",\"shape\":[4],\"data_offsets\":[0,{bytes}]}}}}", new byte[bytes]));
        Assert.That(() => SafetensorsFile.Open(path), Throws.TypeOf<NotSupportedException>().With.Message.Contains(type).And.Message.Contains("'w'"));
    }

    [Test]
    public void Open_NestedOrLyingHeader_IsRefusedCheaply()
    {
        string bomb = Put("bomb.safetensors", Safetensors("{\"a\":" + new string('[', 100_000), []));
        Assert.That(() => SafetensorsFile.Open(bomb), Throws.TypeOf<InvalidDataException>());
        foreach (ulong length in new ulong[] { 17, 100_000_001, 1UL << 62, ulong.MaxValue })
        {
            string lie = Put("lie.safetensors", [.. BitConverter.GetBytes(length), .. new byte[16]]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.That(() => SafetensorsFile.Open(lie), Throws.TypeOf<InvalidDataException>().With.Message.Contains("header length"));
            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000));
        }

        string npy = Put("a.safetensors", Goldens("npy").First().Bytes);
        Assert.That(() => SafetensorsFile.Open(npy), Throws.TypeOf<InvalidDataException>().With.Message.Contains("npy file"));
        Assert.That(() => SafetensorsFile.Open(At("none")), Throws.TypeOf<FileNotFoundException>());
        string utf8 = Put("u.safetensors", [3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xFF, (byte)'}']);
        Assert.That(() => SafetensorsFile.Open(utf8), Throws.TypeOf<InvalidDataException>());
        string padded = Put("p.safetensors", Safetensors("{}      ", []));
        using SafetensorsFile empty = SafetensorsFile.Open(padded);
        Assert.That(empty.Tensors, Is.Empty);
        Assert.That(() => empty.Get("x"), Throws.TypeOf<InvalidDataException>().With.Message.Contains("no tensor 'x'"));
    }

    [Test]
    public void Open_EveryTruncation_IsInvalidData()
    {
        string path = At("t.safetensors");
        SafetensorsFile.Write(path, null, TensorToWrite.Create("a", new float[] { 1, 2, 3 }, 3));
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            string cut = Put("cut.safetensors", whole[..length]);
            Assert.That(() => SafetensorsFile.Open(cut), Throws.TypeOf<InvalidDataException>().With.Message.Contains("cut.safetensors"), $"{length} bytes");
        }
    }

    [Test]
    public void Writer_WrongUse_WritesNothing()
    {
        string path = At("w.safetensors");
        var spec = new TensorSpec("a", ElementType.F32, [2]);
        Assert.That(() => new SafetensorsWriter(path, null, spec, spec), Throws.ArgumentException.With.Message.Contains("twice"));
        Assert.That(() => new SafetensorsWriter(path, null, spec with { Name = "__metadata__" }), Throws.ArgumentException);
        Assert.That(() => new SafetensorsWriter(path, null, spec with { Name = "\ud800" }), Throws.ArgumentException);
        Assert.That(() => new SafetensorsWriter(path, null, spec with { Shape = [-1] }), Throws.ArgumentException.With.Message.Contains("[-1]"));
        Assert.That(() => new SafetensorsWriter(path, new Dictionary<string, string> { ["k"] = "\udc00" }, spec), Throws.ArgumentException);
        using (var writer = new SafetensorsWriter(path, null, spec))
        {
            Assert.That(() => writer.Append<float>("b", [1]), Throws.ArgumentException.With.Message.Contains("announced"));
            Assert.That(() => writer.Append<double>("a", [1]), Throws.ArgumentException.With.Message.Contains("F64"));
            Assert.That(() => writer.Append<float>("a", [1, 2, 3]), Throws.ArgumentException);
            writer.Append<float>("a", [1]);
            Assert.That(writer.Commit, Throws.ArgumentException.With.Message.Contains("4 of its 8"));
        }

        Assert.That(Directory.GetFileSystemEntries(Path.GetDirectoryName(path)!), Is.Empty);
    }

    private static void Fill(long first, Span<float> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = first * 3 + i;
        }
    }
}

using System.Buffers.Binary;
using System.Text;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <content>File round trips, and files that are not what they should be.</content>
public abstract partial class EncoderContract<TEncoder>
{
    private const int FuzzCases = 200;

    [Test]
    public void Load_SavedFile_GivesTheSameBits()
    {
        using var folder = new TemporaryFolder();
        foreach (AtomDictionary dictionary in (AtomDictionary[])[Plain, Affine])
        {
            TEncoder encoder = Create(dictionary);
            string path = folder.File("deep/er/encoder.safetensors");
            Save(encoder, path);
            TEncoder again = Load(path);
            AssertSameBits(again.Encode(Signals, Request()), encoder.Encode(Signals, Request()), "codes of the loaded encoder");
            AssertSameBits((AtomDictionary)again.Decoder, (AtomDictionary)encoder.Decoder, "dictionary");
            Assert.That((again.AtomCount, again.Dimension, again.ToString()), Is.EqualTo((encoder.AtomCount, encoder.Dimension, encoder.ToString())));
            Assert.That(again.EncodingFlops(10), Is.EqualTo(encoder.EncodingFlops(10)));
            Assert.That(Property(again, "Options"), Is.EqualTo(Property(encoder, "Options")));
            Assert.That(Property(again, "TrainingOptions"), Is.EqualTo(Property(encoder, "TrainingOptions")));
            Assert.That(Property(again, "LearningOptions"), Is.EqualTo(Property(encoder, "LearningOptions")));
            Assert.That(((TrainingRecord?)Property(again, "Training"))?.Steps, Is.EqualTo(((TrainingRecord?)Property(encoder, "Training"))?.Steps));

            // Saving what was loaded changes nothing: a file written twice is the same file.
            string second = folder.File("second.safetensors");
            Save(again, second);
            Assert.That(File.ReadAllBytes(second), Is.EqualTo(File.ReadAllBytes(path)));
        }
    }

    [Test]
    public void Load_MissingOrForeignFile_SaysWhich()
    {
        using var folder = new TemporaryFolder();
        Assert.That(Assert.Catch<FileNotFoundException>(() => Load(folder.File("none.safetensors")))!.Message, Does.Contain("none.safetensors"));
        Assert.Catch<ArgumentException>(() => Load(""));
        Assert.Catch<ArgumentException>(() => Load(null!));
        Assert.Catch<ArgumentException>(() => Save(Create(Plain), ""));
        string text = folder.Write("text.safetensors", "this is not a safetensors file at all, but a line of text"u8);
        Assert.That(MessageOf<InvalidDataException>(() => Load(text)), Does.Contain("text.safetensors"));
        Assert.Catch<InvalidDataException>(() => Load(folder.Write("empty.safetensors", [])));
        string foreign = folder.Write("foreign.safetensors", Safetensors("""{"W_dec":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", new byte[4]));
        Assert.That(MessageOf<InvalidDataException>(() => Load(foreign)), Does.Contain("sparsecoding").And.Contains("foreign.safetensors"));
        string other = folder.Write("other.safetensors", Safetensors("""{"__metadata__":{"format":"sparsecoding","version":"1","kind":"teapot"}}""", []));
        Assert.That(MessageOf<InvalidDataException>(() => Load(other)), Does.Contain("teapot"));
        string newer = folder.Write("newer.safetensors", Safetensors("""{"__metadata__":{"format":"sparsecoding","version":"2","kind":"sae"}}""", []));
        Assert.That(MessageOf<InvalidDataException>(() => Load(newer)), Does.Contain("version '2'"));
    }

    [Test]
    public void Load_TruncatedFile_IsInvalidData()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Bytes(folder);
        for (int length = 0; length < whole.Length; length += Math.Max(1, whole.Length / 60))
        {
            string path = folder.Write("cut.safetensors", whole.AsSpan(0, length));
            Assert.Catch<InvalidDataException>(() => Load(path), $"cut to {length} of {whole.Length} bytes");
        }
    }

    [Test]
    public void Load_DamagedFile_LoadsOrIsInvalidData()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Bytes(folder);
        int header = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        var random = new Random(5);
        for (int i = 0; i < FuzzCases; i++)
        {
            byte[] damaged = (byte[])whole.Clone();
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                // Mostly in the header, where the meaning is; digits become digits, so that the text stays well-formed.
                int place = random.Next(8) == 0 ? random.Next(damaged.Length) : random.Next(8, header);
                damaged[place] = char.IsAsciiDigit((char)damaged[place]) ? (byte)('0' + random.Next(10)) : random.Next(3) == 0 ? (byte)random.Next(256) : damaged[place];
            }

            AssertLoadsOrIsInvalid(folder.Write("damaged.safetensors", damaged), $"case {i}");
        }
    }

    [Test]
    public void Load_OtherNumbersInTheMetadata_LoadsOrIsInvalidData()
    {
        using var folder = new TemporaryFolder();
        byte[] whole = Bytes(folder);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(whole);
        string header = Encoding.UTF8.GetString(whole, 8, length);
        int end = header.IndexOf('}', header.LastIndexOf("__metadata__", StringComparison.Ordinal)), cases = 0;
        foreach (string value in (string[])["-1", "0", "1", "13", "2147483648", "9223372036854775808", "1e400", "NaN", "null", "\\\"x\\\""])
        {
            foreach (System.Text.RegularExpressions.Match number in System.Text.RegularExpressions.Regex.Matches(header, @"(?<=[:\u0022])-?[0-9.]+(E-?[0-9]+)?(?=[,}\u0022])"))
            {
                string changed = string.Concat(header.AsSpan(0, number.Index), value, header.AsSpan(number.Index + number.Length));
                AssertLoadsOrIsInvalid(folder.Write("changed.safetensors", Safetensors(changed, whole.AsSpan(8 + length).ToArray())), $"{value} at {number.Index} of {header}");
                cases++;
            }
        }

        Assert.That(cases, Is.GreaterThan(20), "the test found no numbers to change");
    }

    /// <summary>Bytes of a safetensors file with that header.</summary>
    internal static byte[] Safetensors(string header, byte[] data)
    {
        byte[] text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        return [.. length, .. text, .. data];
    }

    private void AssertLoadsOrIsInvalid(string path, string what)
    {
        try
        {
            TEncoder loaded = Load(path);

            // What loads must also be usable: damage that is only found later has no name. Codes may be anything finite.
            if (loaded.Dimension == Dimension && loaded.AtomCount == Atoms)
            {
                _ = loaded.ToString();
                _ = loaded.EncodingFlops(1);
            }
        }
        catch (Exception exception) when (exception is InvalidDataException || (exception is NotSupportedException && exception.Message.Contains(Path.GetFileName(path), StringComparison.Ordinal)))
        {
            Assert.That(exception.Message, Is.Not.Empty);
        }
        catch (Exception exception) when (exception is not AssertionException)
        {
            Assert.Fail($"{what}: {exception}");
        }
    }

    private byte[] Bytes(TemporaryFolder folder)
    {
        string path = folder.File("whole.safetensors");
        Save(Create(Affine), path);
        return File.ReadAllBytes(path);
    }

    private static object? Property(TEncoder encoder, string name) => typeof(TEncoder).GetProperty(name)?.GetValue(encoder);
}

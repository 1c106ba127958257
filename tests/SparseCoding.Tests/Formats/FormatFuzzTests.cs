using System.Text;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

/// <summary>Valid files with random damage: the outcome is values or one of three exceptions that names the file, and memory stays bounded.</summary>
public sealed class FormatFuzzTests : FormatFixture
{
    private const int Cases = 1500;
    private const long AllocationBound = 3_000_000;

    [Test]
    public void Npy_DamagedFiles_FailByName()
    {
        byte[][] seeds = [.. Goldens("npy").Select(g => g.Bytes)];
        Fuzz("npy", seeds, path =>
        {
            using NpyFile file = NpyFile.Open(path);
            ReadEverything(file.Tensor);
        });
    }

    [Test]
    public void Npz_DamagedFiles_FailByName()
    {
        byte[][] seeds = [.. Goldens("npz").Concat(Goldens("csr")).Select(g => g.Bytes)];
        Fuzz("npz", seeds, path =>
        {
            using NpzFile file = NpzFile.Open(path, maximumEntryBytes: 1 << 20);
            foreach (string name in file.Names)
            {
                ReadEverything(file.Get(name));
            }
        });
    }

    [Test]
    public void SparseNpz_DamagedFiles_FailByName() =>
        Fuzz("sparse", [.. Goldens("csr").Select(g => g.Bytes)], path => SparseNpz.Read(path, maximumEntryBytes: 1 << 20));

    [Test]
    public void Safetensors_DamagedFiles_FailByName()
    {
        string path = At("seed.safetensors");
        SafetensorsFile.Write(
            path,
            new Dictionary<string, string> { ["format"] = "pt", ["cfg"] = "{\"a\":1}" },
            TensorToWrite.Create("W_dec", Enumerable.Range(0, 12).Select(i => (float)i).ToArray(), 3, 4),
            TensorToWrite.Create("b_dec", new double[] { 1, 2, 3 }, 3),
            TensorToWrite.Create("steps", new[] { 5L }),
            TensorToWrite.Create("bytes", new byte[] { 1, 2, 3 }, 3));
        byte[] half = Safetensors("{\"a\":{\"dtype\":\"BF16\",\"shape\":[2,2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"BOOL\",\"shape\":[3],\"data_offsets\":[8,11]}}", new byte[11]);
        Fuzz("safetensors", [File.ReadAllBytes(path), half], damaged =>
        {
            using SafetensorsFile file = SafetensorsFile.Open(damaged);
            foreach (StoredTensor tensor in file.Tensors)
            {
                ReadEverything(tensor);
            }
        });
    }

    [TestCase("tensors.pt")]
    [TestCase("tensors-legacy.pt")]
    [TestCase("plain.pt")]
    public void PyTorch_DamagedFiles_FailByName(string name)
    {
        byte[] seed = File.ReadAllBytes(RepositoryRoot.Combine("tests", "SparseCoding.Tests", "Fixtures", "PyTorch", name));
        Fuzz("pt", [seed], path =>
        {
            using PyTorchFile file = PyTorchFile.Open(path);
            foreach ((object key, object? value) in (file.Root as PickleDictionary)?.Items ?? [])
            {
                if (value is PickleTensor tensor)
                {
                    ReadEverything(file.Tensor(key as string ?? "?", tensor));
                }
            }
        }, cases: 500);
    }

    private static void ReadEverything(StoredTensor tensor)
    {
        tensor.ReadAllSingle();
        tensor.ReadAllDouble();
        if (tensor.ElementType.IsInteger())
        {
            tensor.ReadAllInt64();
        }

        if (tensor.RowCount > 1)
        {
            tensor.ReadRows(tensor.RowCount - 1, 1, new float[tensor.RowLength]);
        }
    }

    private void Fuzz(string kind, byte[][] seeds, Action<string> read, int cases = Cases)
    {
        var random = new Random(20260101);
        int survived = 0;
        int refused = 0;
        foreach (byte[] seed in seeds.Take(2))
        {
            read(Put("warm." + kind, seed));
        }

        for (int i = 0; i < cases; i++)
        {
            byte[] bytes = Damage(seeds[random.Next(seeds.Length)], seeds[random.Next(seeds.Length)], random);
            string path = Put("fuzz." + kind, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                read(path);
                survived++;
            }
            catch (Exception e) when (e is InvalidDataException or NotSupportedException or FileNotFoundException)
            {
                refused++;
                Assert.That(e.Message, Does.Contain("fuzz." + kind), $"case {i}: {e}");
            }
            catch (Exception e) when (e is not AssertionException)
            {
                Assert.Fail($"case {i} of {kind}, {Convert.ToBase64String(bytes)}: {e}");
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(AllocationBound), $"case {i} of {kind}");
        }

        // Both outcomes must occur, or the fuzzing tests nothing.
        Assert.That(refused, Is.GreaterThan(cases / 4));
        Assert.That(survived, Is.GreaterThan(cases / 100));
    }

    private static byte[] Damage(byte[] seed, byte[] other, Random random)
    {
        byte[] bytes = [.. seed];
        int times = 1 + random.Next(3);
        for (int t = 0; t < times && bytes.Length > 16; t++)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(7))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes = bytes[..at];
                    break;
                case 2:
                    bytes = [.. bytes[..at], .. other[random.Next(other.Length)..]];
                    break;
                case 3:
                    // Length fields sit in the first bytes of npy and safetensors and in the last of a zip.
                    int field = random.Next(2) == 0 ? random.Next(12) : Math.Max(0, bytes.Length - 1 - random.Next(200));
                    bytes[Math.Min(field, bytes.Length - 1)] = (byte)random.Next(256);
                    break;
                case 4:
                    bytes[at] = random.Next(2) == 0 ? (byte)255 : (byte)0;
                    break;
                case 5:
                    EditDigit(bytes, random);
                    break;
                default:
                    bytes = [.. bytes[..at], .. Encoding.ASCII.GetBytes(random.Next(2) == 0 ? "999999999" : "{[(\"'"), .. bytes[at..]];
                    break;
            }
        }

        return bytes;
    }

    /// <summary>Changes one decimal digit: shapes and offsets that parse but lie.</summary>
    private static void EditDigit(byte[] bytes, Random random)
    {
        int start = random.Next(bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            int at = (start + i) % bytes.Length;
            if (bytes[at] is >= (byte)'0' and <= (byte)'9')
            {
                bytes[at] = (byte)('0' + random.Next(10));
                return;
            }
        }
    }
}

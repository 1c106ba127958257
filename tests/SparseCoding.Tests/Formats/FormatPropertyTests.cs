using FsCheck;
using FsCheck.Fluent;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

/// <summary>What is written is what is read, bit for bit, for any values, names and shapes.</summary>
public sealed class FormatPropertyTests : FormatFixture
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(60);

    [Test]
    public void Npy_WriteThenRead_SameBits() =>
        Check.One(Runs, Prop.ForAll<double[], int>((values, cut) =>
        {
            string path = At("p.npy");
            int rows = Divisor(values.Length, cut);
            NpyFile.Write<double>(path, values, rows, rows == 0 ? 3 : values.Length / rows);
            using NpyFile file = NpyFile.Open(path);
            return SameBits(file.Tensor.ReadAllDouble(), values) && file.Tensor.RowCount == rows;
        }));

    [Test]
    public void Npy_WriteInBlocksThenReadInBlocks_SameBits() =>
        Check.One(Runs, Prop.ForAll<float[], PositiveInt>((values, block) =>
        {
            string path = At("b.npy");
            using (var writer = new NpyWriter<float>(path, values.Length))
            {
                foreach (float[] part in values.Chunk(block.Get))
                {
                    writer.Append(part);
                }

                writer.Commit();
            }

            using NpyFile file = NpyFile.Open(path);
            var read = new float[values.Length];
            for (int first = 0; first < read.Length; first += block.Get)
            {
                int count = Math.Min(block.Get, read.Length - first);
                file.Tensor.ReadRows(first, count, read.AsSpan(first));
            }

            return read.Select(BitConverter.SingleToUInt32Bits).SequenceEqual(values.Select(BitConverter.SingleToUInt32Bits));
        }));

    [Test]
    public void Npz_WriteThenRead_SameBits() =>
        Check.One(Runs, Prop.ForAll<double[], long[], bool>((doubles, longs, compressed) =>
        {
            string path = At("p.npz");
            using (var writer = new NpzWriter(path, compressed))
            {
                writer.Add<double>("d", doubles, doubles.Length);
                writer.Add<long>("l", longs, longs.Length, 1);
                writer.AddText("t", "csr");
                writer.Commit();
            }

            using NpzFile file = NpzFile.Open(path);
            return SameBits(file.Get("d").ReadAllDouble(), doubles) && file.Get("l").ReadAllInt64().SequenceEqual(longs) && file.ReadText("t") == "csr";
        }));

    [Test]
    public void Safetensors_WriteThenRead_SameBitsAndTexts() =>
        Check.One(Runs, Prop.ForAll<double[], int[], NonNull<string>>((doubles, ints, text) =>
        {
            string path = At("p.safetensors");
            string name = "n" + new string([.. text.Get.Where(c => !char.IsSurrogate(c))]);
            SafetensorsFile.Write(
                path,
                new Dictionary<string, string> { [name] = name },
                TensorToWrite.Create(name, doubles, doubles.Length),
                TensorToWrite.Create("!" + name, ints, 1, ints.Length));
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return file.Metadata[name] == name && SameBits(file.Get(name).ReadAllDouble(), doubles) && file.Get("!" + name).ReadAllInt32().SequenceEqual(ints);
        }));

    private static bool SameBits(double[] a, double[] b) =>
        a.Select(BitConverter.DoubleToInt64Bits).SequenceEqual(b.Select(BitConverter.DoubleToInt64Bits));

    private static int Divisor(int length, int wish)
    {
        int rows = length == 0 ? 0 : 1 + (int)((uint)wish % (uint)length);
        while (rows > 0 && length % rows != 0)
        {
            rows--;
        }

        return rows;
    }
}

using System.Text;
using SparseCoding.Data;
using SparseCoding.Formats;
using SparseCoding.Tests.Formats;

namespace SparseCoding.Tests.Data;

/// <summary>
/// Files of more than 2³¹ elements, as files with holes, which cost no disk: rows at the far end and across every boundary at which a 32-bit number of elements or bytes
/// would turn over, by all ways of reading and through the shuffle buffer.
/// </summary>
[TestFixture]
internal sealed class LargeFileTests : FormatFixture
{
    private const int Dimension = 1 << 15;
    private const long Rows = (1L << 31) / Dimension + 77;

    // Rows of 2^15 numbers: row 2^16 begins at element 2^31; bytes pass 2^31 and 2^32 before it.
    private static readonly long[] Marked = [0, (1L << 14) - 1, 1L << 14, (1L << 15) - 1, 1L << 15, (1L << 16) - 1, 1L << 16, Rows - 1];

    private static readonly string[] Kinds = ["raw f32", "raw f16", "npy f32", "npy f16", "safetensors F32", "safetensors BF16"];

    [Test]
    public void Gather_RowsAtTheEndAndOverTheBoundaries_AreTheirOwn([ValueSource(nameof(Kinds))] string kind)
    {
        ActivationSource source = Sparse(kind);
        Assert.That((source.RowCount, source.Dimension, source.RowCount * source.Dimension), Is.EqualTo((Rows, Dimension, Rows * Dimension)));
        var batch = new SignalBatch(Marked.Length, Dimension);
        source.Gather(Marked, batch);
        for (int i = 0; i < Marked.Length; i++)
        {
            AssertRow(batch, i, Marked[i]);
        }

        var three = new SignalBatch(3, Dimension);
        foreach (long first in (long[])[(1L << 16) - 2, (1L << 15) - 2, Rows - 3])
        {
            source.Position = first;
            source.Read(three);
            Assert.That(three.Count, Is.EqualTo(3));
            for (int i = 0; i < 3; i++)
            {
                AssertRow(three, i, first + i);
            }
        }

        source.Read(three);
        Assert.That(three.Count, Is.Zero, "the end");
        ActivationSource part = source.Rows(Rows - 10, 10);
        part.Gather([9], three);
        AssertRow(three, 0, Rows - 1, 9);
    }

    [Test]
    public void Fill_FromTheMiddleOfAnEpoch_GivesRowsFromAllOver([Values] bool readAhead)
    {
        ActivationSource source = Sparse("raw f16");
        using var buffer = new ShuffleBuffer(source, 3, 16L << 20, readAhead);
        var batch = new SignalBatch(64, Dimension);

        // The last window of the first epoch, and the first of the second.
        foreach (long position in (long[])[Rows - 64, Rows])
        {
            buffer.Fill(batch, 64, position);
            Assert.That(batch.RowIds, Is.Unique);
            for (int i = 0; i < batch.Count; i++)
            {
                AssertRow(batch, i, batch.RowIds[i]);
            }
        }
    }

    [Test]
    public void FillAndGather_MoreRowsThanAnIntCounts_AreTheirOwn()
    {
        const long Count = (1L << 31) + 100;
        string path = Put("rows.bin", []);
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.SetLength(Count * 2);
            stream.Position = (Count - 1) * 2;
            stream.Write(ActivationFixture.Bytes([3], ElementType.F16));
        }

        ActivationSource source = ActivationFiles.Open(path, new ActivationFileOptions { Raw = new RawActivationLayout { Dimension = 1, ElementType = RawElementType.Float16 } });
        var batch = new SignalBatch(3, 1);
        source.Gather([Count - 1, 0, 1L << 31], batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo([3f, 0f, 0f]));
        using var feeder = new BatchFeeder(source, 1000, 1, 4 << 20, readAhead: true) { Position = Count - 500 };
        var rows = new SignalBatch(1000, 1);
        feeder.Next(rows);
        Assert.That(rows.RowIds, Is.Unique.And.All.InRange(0L, Count - 1));
        Assert.That(rows.RowIds.Max(), Is.GreaterThan(1L << 30), "from all over the file");
        for (int i = 0; i < rows.Count; i++)
        {
            Assert.That(rows.Signals[i], Is.EqualTo(rows.RowIds[i] == Count - 1 ? 3f : 0f));
        }
    }

    [Test]
    public void Load_MoreThanAnArrayHolds_StaysAStream()
    {
        ActivationSource source = ActivationFiles.Load(Make("raw f16"), Options("raw f16"), memoryBudget: long.MaxValue);
        Assert.That(source.IsInMemory, Is.False);
    }

    [Test]
    public void Gather_NotANumberBeyondTheBoundary_IsNamedByRowAndColumn()
    {
        string path = Make("raw f32");
        using (FileStream stream = File.OpenWrite(path))
        {
            stream.Position = ((((1L << 16) + 5) * Dimension) + 7) * 4;
            stream.Write(BitConverter.GetBytes(float.NaN));
        }

        ActivationSource source = ActivationFiles.Open(path, Options("raw f32"));
        Assert.That(() => source.Gather([(1L << 16) + 5], new SignalBatch(1, Dimension)), Throws.TypeOf<InvalidDataException>().With.Message.Contains("row 65541, column 7"));
    }

    private static void AssertRow(SignalBatch batch, int place, long row, long? id = null)
    {
        ReadOnlySpan<float> signal = batch.Signals.Slice(place * Dimension, Dimension);
        int mark = Array.IndexOf(Marked, row);
        Assert.That((batch.RowIds[place], signal[0], signal[^1]), Is.EqualTo((id ?? row, mark < 0 ? 0f : mark + 1f, mark < 0 ? 0f : -mark - 1f)));
        Assert.That(signal[1..^1].IndexOfAnyExcept(0f), Is.EqualTo(-1));
    }

    private static ActivationFileOptions Options(string kind) =>
        new() { Raw = kind.StartsWith("raw", StringComparison.Ordinal) ? new RawActivationLayout { Dimension = Dimension, ElementType = kind == "raw f32" ? RawElementType.Float32 : RawElementType.Float16 } : null };

    private ActivationSource Sparse(string kind) => ActivationFiles.Open(Make(kind), Options(kind));

    /// <summary>Writes the header and the two ends of each marked row: number of the mark from 1, and its negative.</summary>
    private string Make(string kind)
    {
        ElementType type = kind switch { "raw f16" or "npy f16" => ElementType.F16, "safetensors BF16" => ElementType.BF16, _ => ElementType.F32 };
        int size = type.ByteSize();
        byte[] header = kind.Split(' ')[0] switch
        {
            "npy" => NpyHeader.Build(type.NumpyDescr(), [Rows, Dimension]),
            "safetensors" => SafetensorsHeader($"{{\"acts\":{{\"dtype\":\"{type}\",\"shape\":[{Rows},{Dimension}],\"data_offsets\":[0,{Rows * Dimension * size}]}}}}"),
            _ => [],
        };
        string path = Put($"large.{kind.Split(' ')[0].Replace("raw", "bin", StringComparison.Ordinal)}", header);
        using FileStream stream = File.OpenWrite(path);
        stream.SetLength(header.Length + (Rows * Dimension * size));
        for (int i = 0; i < Marked.Length; i++)
        {
            stream.Position = header.Length + (Marked[i] * Dimension * size);
            stream.Write(ActivationFixture.Bytes([i + 1], type));
            stream.Position = header.Length + ((((Marked[i] + 1) * Dimension) - 1) * size);
            stream.Write(ActivationFixture.Bytes([-i - 1], type));
        }

        return path;
    }

    private static byte[] SafetensorsHeader(string json)
    {
        byte[] text = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        return [.. BitConverter.GetBytes((long)text.Length), .. text];
    }
}

using SparseCoding.Data;
using SparseCoding.Formats;
using SparseCoding.Tests.Data;

namespace SparseCoding.Tests.Training;

/// <summary>Chunks read ahead by several threads: the same batches as without, from every kind of source that allows it; errors with their batch; no thread is left behind.</summary>
[TestFixture]
internal sealed class ChunkReaderTests : ActivationFixture
{
    private const int Dimension = 6;
    private const int Contexts = 300;
    private const int Positions = 20;

    private static readonly string[] Kinds = ["shards", "range", "list", "pair"];

    [Test]
    public void Fill_ReadAhead_GivesTheBatchesOfReadingInTurn([ValueSource(nameof(Kinds))] string kind, [Values(1 << 16, 1 << 20)] long bytes, [Values(0, 777, 13_000)] long start)
    {
        PutShards();
        ActivationSource source = Source(kind);
        using var plain = new ShuffleBuffer(source, 5, bytes);
        using var ahead = new ShuffleBuffer(Source(kind), 5, bytes, readAhead: true);
        SignalBatch expected = new(333, Dimension), found = new(333, Dimension);

        // Over several windows and epochs, and then from a place before.
        foreach (long position in (long[])[.. Enumerable.Range(0, 60).Select(i => start + (333L * i)), start + 40, start + 373])
        {
            plain.Fill(expected, 333, position);
            ahead.Fill(found, 333, position);
            Assert.That(found.RowIds, Is.EqualTo(expected.RowIds), $"from {position}");
            Assert.That(found.Signals.SequenceEqual(expected.Signals) && found.Targets.SequenceEqual(expected.Targets), Is.True, $"from {position}");
            Assert.That(found.Groups, Is.EqualTo(expected.Groups), $"from {position}");
            Assert.That((found.TargetDimension, found.Groups is null), Is.EqualTo((kind == "pair" ? Dimension : 0, false)));
        }

        // And what comes is the source's own: value, group and target of each row.
        var own = new SignalBatch(333, Dimension);
        source.Gather(found.RowIds, own);
        Assert.That(own.Signals.SequenceEqual(found.Signals) && own.Targets.SequenceEqual(found.Targets), Is.True);
        Assert.That(found.Groups, Is.EqualTo(own.Groups));
    }

    [Test]
    public void Fill_NotANumberInAChunk_IsThrownWithItsRowEachTime()
    {
        PutShards();
        float[] values = Ramp(0, 2000, Dimension);
        values[(1234 * Dimension) + 2] = float.NaN;
        string path = PutSafetensors("bad.safetensors", ElementType.F32, ("acts", values, [2000, Dimension]));
        using var buffer = new ShuffleBuffer(ActivationFiles.Open(path), 1, 1 << 20, readAhead: true);
        var batch = new SignalBatch(10, Dimension);
        for (int i = 0; i < 2; i++)
        {
            Assert.That(() => buffer.Fill(batch, 10, 0), Throws.TypeOf<InvalidDataException>().With.Message.Contains("row 1234, column 2"));
        }
    }

    [Test]
    public void Dispose_WithChunksUnderWay_EndsItsThreads()
    {
        PutShards();
        int before = Readers();
        using (var buffer = new ShuffleBuffer(Source("shards"), 5, 1 << 16, readAhead: true))
        {
            buffer.Fill(new SignalBatch(10, Dimension), 10, 0);
            Assert.That(Readers(), Is.EqualTo(before + ChunkReader.Depth).Or.EqualTo(-1));
        }

        AssertEnded("disposed");
        using var whole = new ShuffleBuffer(Source("shards"), 5, 1 << 20, readAhead: true);
        whole.Fill(new SignalBatch(10, Dimension), 10, 0);
        AssertEnded("a source that is kept needs no threads once it is read");

        // The system lists a thread for a moment longer than it can be waited for.
        void AssertEnded(string why) => Assert.That(() => Readers(), Is.EqualTo(before).After(5000, 10), why);
    }

    [Test]
    public void Open_SourceOfOneReader_IsReadInTurn()
    {
        Assert.That(ChunkReader.Open(new StreamSource(100, 6), 10, _ => -1), Is.Null);
        PutShards();
        Assert.That(Source("shards").WithTargets(new StreamSource(Contexts * Positions, 2)).OpenReader(), Is.Null);
    }

    [Test]
    public void Run_FilesInTurnOrAhead_EndWithTheSameBits()
    {
        PutShards();
        var recipe = new MlpEncoder(new MlpOptions { AtomCount = 8, Hidden = [4] }, new TrainingOptions { Steps = 60, BatchSize = 500, ShuffleBufferBytes = 1 << 16 });
        MlpEncoder one = recipe.Fit(Source("shards"), new RunContext { Threads = 1 }), two = recipe.Fit(Source("shards"), new RunContext { Threads = 2 });
        Assert.That(two.Dictionary.AtomValues.SequenceEqual(one.Dictionary.AtomValues), Is.True);
    }

    [Test]
    public void Fill_SourceWithRowNumbersOfItsOwn_KeepsThem()
    {
        using var buffer = new ShuffleBuffer(new Renumbered(3000), 5, 1 << 16);
        var batch = new SignalBatch(500, 2);
        var seen = new HashSet<long>();
        for (long position = 0; position < 3000; position += 500)
        {
            buffer.Fill(batch, 500, position);
            for (int i = 0; i < 500; i++)
            {
                Assert.That(batch.RowIds[i], Is.EqualTo((long)(10 * batch.Signals[2 * i])));
                seen.Add(batch.RowIds[i]);
            }
        }

        Assert.That(seen, Has.Count.EqualTo(3000));
    }

    /// <summary>Threads of this process that read chunks; −1 where the system does not list them by name.</summary>
    private static int Readers() =>
        Directory.Exists("/proc/self/task") ? Directory.GetDirectories("/proc/self/task").Count(t => ReadName(t).StartsWith("SparseCoding di", StringComparison.Ordinal)) : -1;

    private static string ReadName(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "comm"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>Two shards of contexts, which have groups.</summary>
    private void PutShards()
    {
        PutSafetensors("s-1.safetensors", ElementType.F32, ("acts", Ramp(0, 100 * Positions, Dimension), [100, Positions, Dimension]));
        PutSafetensors("s-2.safetensors", ElementType.F16, ("acts", Ramp(100 * Positions, 200 * Positions, Dimension), [200, Positions, Dimension]));
    }

    private ActivationSource Source(string kind)
    {
        ActivationSource all = ActivationFiles.Open(At("s-*.safetensors"));
        return kind switch
        {
            "range" => all.Rows(150, 5000),
            "list" => all.SelectRows([.. Enumerable.Range(0, 5000).Select(i => (long)(i * 7 % 5999))]),
            "pair" => all.WithTargets(ActivationFiles.Open(At("s-*.safetensors"))),
            _ => all,
        };
    }

    private sealed class Renumbered(int rows) : ActivationSource
    {
        public override int Dimension => 2;

        public override long RowCount => rows;

        public override long Position { get; set; }

        public override void Read(SignalBatch batch)
        {
            batch.Count = (int)Math.Min(batch.Capacity, rows - Position);
            for (int i = 0; i < batch.Count; i++, Position++)
            {
                batch.RowIds[i] = 10 * Position;
                batch.Signals.Slice(2 * i, 2).Fill(Position);
            }
        }

        public override void Gather(ReadOnlySpan<long> wanted, SignalBatch batch) => throw new NotSupportedException();
    }
}

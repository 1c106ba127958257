using SparseCoding.Data;

namespace SparseCoding.Tests.Training;

/// <summary>The bounded mixing of a source that streams: every row once in a pass, neighbours apart, any place reachable, memory bounded.</summary>
public sealed class ShuffleBufferTests
{
    [TestCase(10_000, 4, 1 << 16, 999)]
    [TestCase(5_003, 4, 1 << 16, 64)]
    [TestCase(70_001, 2, 1 << 16, 1000)]
    [TestCase(4_097, 33, 1 << 16, 7)]
    [TestCase(300, 4000, 1 << 20, 5)]
    [TestCase(513, 20_000, 1 << 16, 3)]
    public void Fill_SeveralPasses_GiveEveryRowOnceInEach(int rows, int dimension, long bytes, int batchRows)
    {
        var source = new RowSource(rows, dimension);
        var buffer = new ShuffleBuffer(source, 5, bytes);
        Assert.That(buffer.WindowRows, Is.LessThan(rows));
        var batch = new SignalBatch(batchRows, dimension);
        var seen = new List<long>();
        for (long position = 0; position < 3L * rows; position += batchRows)
        {
            buffer.Fill(batch, batchRows, position);
            for (int i = 0; i < batchRows; i++)
            {
                Assert.That(batch.Signals[i * dimension], Is.EqualTo((float)batch.RowIds[i]));
                seen.Add(batch.RowIds[i]);
            }
        }

        for (int pass = 0; pass < 3; pass++)
        {
            long[] ids = [.. seen.Skip(pass * rows).Take(rows)];
            Assert.That(ids.Order().SequenceEqual(Enumerable.Range(0, rows).Select(i => (long)i)), Is.True, $"pass {pass}");
        }

        // No more than one window and a chunk is read ahead; nothing is read twice.
        Assert.That(source.RowsRead, Is.LessThanOrEqualTo(seen.Count + buffer.WindowRows + 2048));
    }

    [Test]
    public void Fill_FromAnyPlace_GivesTheSameRows()
    {
        const int Rows = 9_001, Dimension = 4, Batch = 500;
        var straight = new ShuffleBuffer(new RowSource(Rows, Dimension), 7, 1 << 16);
        var batch = new SignalBatch(Batch, Dimension);
        var again = new SignalBatch(Batch, Dimension);
        for (long position = 0; position < 2.5 * Rows; position += Batch)
        {
            straight.Fill(batch, Batch, position);
            var resumed = new ShuffleBuffer(new RowSource(Rows, Dimension), 7, 1 << 16);
            resumed.Fill(again, Batch, position);
            Assert.That(again.RowIds, Is.EqualTo(batch.RowIds), $"from {position}");

            // And on from there, into the windows after it.
            resumed.Fill(again, Batch, position + Batch);
            var other = new ShuffleBuffer(new RowSource(Rows, Dimension), 7, 1 << 16);
            other.Fill(batch, Batch, position + Batch);
            Assert.That(again.RowIds, Is.EqualTo(batch.RowIds), $"after {position}");
        }
    }

    [Test]
    public void Fill_RowsOfGroups_FollowTheirOwnGroupNearlyByChance()
    {
        // Contexts of 64 neighbouring rows; the buffer holds an eighth of the data.
        const int Rows = 1 << 17, Group = 64, Dimension = 4;
        var buffer = new ShuffleBuffer(new RowSource(Rows, Dimension), 3, Rows / 8 * 4 * Dimension);
        var batch = new SignalBatch(1024, Dimension);
        long last = -1, same = 0, near = 0;
        for (long position = 0; position < Rows; position += 1024)
        {
            buffer.Fill(batch, 1024, position);
            foreach (long row in batch.RowIds)
            {
                same += last >= 0 && last / Group == row / Group ? 1 : 0;
                near += last >= 0 && Math.Abs(row - last) < Rows / 100 ? 1 : 0;
                last = row;
            }
        }

        // Unmixed it is 63/64 = .984, in a whole shuffle 63/131071 = .0005; in a window of 16 k rows at most 63/16383 = .0038.
        Assert.That(same / (double)Rows, Is.LessThan(0.006), "same group");
        Assert.That(near / (double)Rows, Is.InRange(0.015, 0.04), "within 1 % of the data: by chance .02, and a chunk of 1/64 of the window");
    }

    [Test]
    public void Run_SourceLargerThanTheBudget_StaysInIt()
    {
        // 64 MB of rows, 4 MiB to mix them in, 8 MiB in all.
        var source = new RowSource(500_000, 32);
        var training = new TrainingOptions { Steps = 600, BatchSize = 1000, ShuffleBufferBytes = 4 << 20 };
        using MlpTrainer trainer = new MlpEncoder(new MlpOptions { AtomCount = 8, Hidden = [4], Bias = false }, training).CreateTrainer(new RowSource(1000, 32), new RunContext { MemoryBudget = 8 << 20, Threads = 2 });
        trainer.Run(source);
        var feeder = new BatchFeeder(source, 1000, 0, 4 << 20);
        Assert.That(feeder.BufferBytes, Is.LessThan(5 << 20));
        Assert.That(source.RowsRead, Is.InRange(600_000, 600_000 + (2 * feeder.WindowRows) + 10_000));
        long before = GC.GetTotalAllocatedBytes(precise: true);
        var batch = new SignalBatch(1000, 32);
        for (int i = 0; i < 600; i++)
        {
            feeder.Next(batch);
        }

        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(6 << 20), "bytes allocated to feed 77 MB of rows");
    }

    [Test]
    public void Run_BufferBeyondTheBudget_IsRefusedByName()
    {
        var recipe = new MlpEncoder(new MlpOptions { AtomCount = 8, Hidden = [4] }, new TrainingOptions { Steps = 5, BatchSize = 100 });
        Assert.That(
            () => recipe.Fit(new RowSource(1_000_000, 32), new RunContext { MemoryBudget = 8 << 20 }),
            Throws.ArgumentException.With.Message.Contains("ShuffleBufferBytes").And.Message.Contains("MemoryBudget"));
    }

    [Test]
    public void Run_SourceThatFails_FailsAtItsBatchAndNotBefore([Values(1, 2)] int threads)
    {
        var source = new RowSource(100_000, 4) { FailsAfter = 30_000 };
        var training = new TrainingOptions { Steps = 100, BatchSize = 1000, ShuffleBufferBytes = 1 << 17 };
        using MlpTrainer trainer = new MlpEncoder(new MlpOptions { AtomCount = 8, Hidden = [4], Bias = false }, training).CreateTrainer(new RowSource(1000, 4), new RunContext { Threads = threads });
        Assert.That(() => trainer.Run(source), Throws.TypeOf<InvalidDataException>().With.Message.Contains("broken"));
        Assert.That(trainer.StepCount, Is.InRange(20, 30), "what could be read was used");
    }

    [Test]
    public void Run_ReadAheadOrNot_GivesTheSameBits()
    {
        var recipe = new MlpEncoder(new MlpOptions { AtomCount = 8, Hidden = [4] }, new TrainingOptions { Steps = 40, BatchSize = 700, ShuffleBufferBytes = 1 << 16 });
        MlpEncoder one = recipe.Fit(new RowSource(10_000, 4), new RunContext { Threads = 1 }), two = recipe.Fit(new RowSource(10_000, 4), new RunContext { Threads = 2 });
        Assert.That(two.Dictionary.AtomValues.SequenceEqual(one.Dictionary.AtomValues), Is.True);
    }

    /// <summary>Row r is (r, sin r, sin r, ...) of a source that streams.</summary>
    private sealed class RowSource(int rows, int dimension) : ActivationSource
    {
        public long RowsRead { get; private set; }

        public long FailsAfter { get; init; } = long.MaxValue;

        public override int Dimension => dimension;

        public override long RowCount => rows;

        public override long Position { get; set; }

        public override void Read(SignalBatch batch)
        {
            batch.Count = (int)Math.Min(batch.Capacity, rows - Position);
            for (int i = 0; i < batch.Count; i++)
            {
                Put(Position++, batch, i);
            }
        }

        public override void Gather(ReadOnlySpan<long> wanted, SignalBatch batch)
        {
            batch.Count = wanted.Length;
            for (int i = 0; i < wanted.Length; i++)
            {
                Put(wanted[i], batch, i);
            }
        }

        private void Put(long row, SignalBatch batch, int place)
        {
            if (++RowsRead > FailsAfter)
            {
                throw new InvalidDataException("broken");
            }

            batch.RowIds[place] = row;
            Span<float> signal = batch.Signals.Slice(place * dimension, dimension);
            signal.Fill(MathF.Sin(row));
            signal[0] = row;
        }
    }
}

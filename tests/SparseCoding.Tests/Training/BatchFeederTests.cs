using SparseCoding.Data;

namespace SparseCoding.Tests.Training;

/// <summary>Batches: every row once in an epoch, a position that brings back the same batches, bounded memory for files.</summary>
public sealed class BatchFeederTests
{
    [TestCase(37, 5, true)]
    [TestCase(37, 36, true)]
    [TestCase(64, 16, true)]
    [TestCase(3000, 7, false)]
    [TestCase(5000, 999, false)]
    [TestCase(1024, 1, false)]
    [TestCase(2049, 2048, false)]
    public void Next_ManyBatches_GiveEveryRowOnceInAnEpoch(int rows, int size, bool inMemory)
    {
        var source = new CountingSource(rows, inMemory);
        var feeder = new BatchFeeder(source, size, 5, 1 << 20);
        var batch = new SignalBatch(feeder.BatchSize, CountingSource.Width);
        List<long> seen = [];
        while (seen.Count < 3 * rows)
        {
            feeder.Next(batch);
            Assert.That(batch.Count, Is.EqualTo(size));
            for (int i = 0; i < batch.Count; i++)
            {
                seen.Add(batch.RowIds[i]);
                Assert.That(batch.Signals[i * CountingSource.Width], Is.EqualTo((float)batch.RowIds[i]), "row ids and signals belong together");
            }
        }

        List<long[]> epochs = [];
        for (int epoch = 0; epoch < 3; epoch++)
        {
            long[] ids = [.. seen.Skip(epoch * rows).Take(rows)];
            Assert.That(ids.Order(), Is.EqualTo(Enumerable.Range(0, rows)), $"epoch {epoch}");
            epochs.Add(ids);
        }

        Assert.That(epochs[0].SequenceEqual(epochs[1]), Is.False, "two epochs in the same order");
        Assert.That(epochs[0].SequenceEqual(epochs[0].Order()), Is.False, "not shuffled");
    }

    [TestCase(37, 5, true)]
    [TestCase(3000, 700, false)]
    public void Position_SetAtAnyBatch_GivesTheSameBatches(int rows, int size, bool inMemory)
    {
        var straight = new BatchFeeder(new CountingSource(rows, inMemory), size, 5, 1 << 20);
        var batch = new SignalBatch(size, CountingSource.Width);
        for (int step = 0; step < 20; step++)
        {
            long position = straight.Position;
            straight.Next(batch);
            var resumed = new BatchFeeder(new CountingSource(rows, inMemory), size, 5, 1 << 20) { Position = position };
            var again = new SignalBatch(size, CountingSource.Width);
            resumed.Next(again);
            Assert.That(again.RowIds, Is.EqualTo(batch.RowIds), $"batch {step}");
            Assert.That(again.Signals.SequenceEqual(batch.Signals), Is.True);
            Assert.That(resumed.Position, Is.EqualTo(straight.Position));
        }
    }

    [Test]
    public void Next_OtherSeed_GivesOtherBatches()
    {
        long[] First(long seed)
        {
            var feeder = new BatchFeeder(new CountingSource(100, true), 50, seed, 1 << 20);
            var batch = new SignalBatch(50, CountingSource.Width);
            feeder.Next(batch);
            return batch.RowIds;
        }

        Assert.That(First(1), Is.Not.EqualTo(First(2)));
        long[] again = First(1);
        Assert.That(again, Is.EqualTo(First(1)));
    }

    [TestCase(0)]
    [TestCase(37)]
    [TestCase(1000)]
    public void Next_FullBatch_GivesAllRowsInOrderAndReadsThemOnce(int size)
    {
        var source = new CountingSource(37, false);
        var feeder = new BatchFeeder(source, size, 5, 1 << 20);
        var batch = new SignalBatch(feeder.BatchSize, CountingSource.Width);
        for (int step = 0; step < 4; step++)
        {
            feeder.Next(batch);
            Assert.That(batch.RowIds, Is.EqualTo(Enumerable.Range(0, 37)));
            Assert.That(batch.IsRepeat, Is.EqualTo(step > 0));
        }

        Assert.That(source.RowsRead, Is.EqualTo(37));
    }

    [Test]
    public void Next_SourceOutsideMemory_ReadsEachRowOnceAnEpochInsideTheBudget()
    {
        // 1 MiB holds 4096 rows of 64 columns; the data are ten times that.
        const int Rows = 40_000;
        var source = new CountingSource(Rows, false) { Columns = 64 };
        var batch = new SignalBatch(500, 64);
        long before = GC.GetAllocatedBytesForCurrentThread();
        var feeder = new BatchFeeder(source, 500, 5, 1 << 20);
        for (int i = 0; i < Rows / 500; i++)
        {
            feeder.Next(batch);
        }

        // The first window of the next epoch is read while the last one of this is given.
        Assert.That(source.RowsRead, Is.InRange(Rows, Rows + feeder.WindowRows), "rows read in one epoch");
        Assert.That(feeder.BufferBytes, Is.LessThan(1_400_000));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(feeder.BufferBytes + 100_000), "bytes for data of 10 MB");
    }

    [Test]
    public void Constructor_EmptySource_NamesTheData() =>
        Assert.That(Assert.Catch<ArgumentException>(() => _ = new BatchFeeder(new CountingSource(0, true), 5, 1, 1 << 20))!.ParamName, Is.EqualTo("data"));

    [Test]
    public void Fit_SourceOutsideMemory_LearnsTheSameForAnyNumberOfThreads()
    {
        var sae = new SaeEncoder(new SaeOptions { AtomCount = 6 }, new TrainingOptions { Steps = 6, BatchSize = 700 });
        SaeEncoder one = sae.Fit(new CountingSource(3000, false), new RunContext { Threads = 1 });
        SaeEncoder two = sae.Fit(new CountingSource(3000, false), new RunContext { Threads = 2 });
        Assert.That(two.Dictionary.AtomValues.SequenceEqual(one.Dictionary.AtomValues), Is.True);
    }

    /// <summary>Row r is (r, 1, 1, ...); counts the rows that are read.</summary>
    private sealed class CountingSource(int rows, bool inMemory) : ActivationSource
    {
        public const int Width = 3;

        public int Columns { get; init; } = Width;

        public int RowsRead { get; private set; }

        public override int Dimension => Columns;

        public override long RowCount => rows;

        public override long Position { get; set; }

        public override bool IsInMemory => inMemory;

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
            RowsRead++;
            batch.RowIds[place] = row;
            Span<float> signal = batch.Signals.Slice(place * Columns, Columns);
            signal.Fill(1);
            signal[0] = row;
        }
    }
}

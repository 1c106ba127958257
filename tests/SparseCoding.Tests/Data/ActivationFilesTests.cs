using SparseCoding.Data;
using SparseCoding.Formats;
using SparseCoding.Tests.Formats;

namespace SparseCoding.Tests.Data;

/// <summary>Values, orders and shards: what comes out is what numpy put in.</summary>
[TestFixture]
internal sealed class ActivationFilesTests : ActivationFixture
{
    private static IEnumerable<string> FloatMatrices =>
        Goldens("npy").Where(g => g.Shape.Length == 2 && !g.ElementType.IsInteger() && g.Shape[0] > 1 && g.Shape[1] > 0).Select(g => g.Name);

    [TestCaseSource(nameof(FloatMatrices))]
    public void Open_GoldenOfNumpy_GivesNumpysValuesAndNamesItsNaN(string name)
    {
        Golden golden = Goldens("npy").Single(g => g.Name == name);
        ActivationSource source = ActivationFiles.Open(Put("golden.npy", golden.Bytes));
        int rows = (int)golden.Shape[0], dimension = (int)golden.Shape[1];
        Assert.That((source.RowCount, source.Dimension), Is.EqualTo((rows, dimension)));
        float[] expected = [.. golden.Doubles.Select(v => (float)v)];
        int checkedRows = 0;
        for (int row = 0; row < rows; row++)
        {
            float[] wanted = expected[(row * dimension)..((row + 1) * dimension)];
            int bad = Array.FindIndex(wanted, v => !float.IsFinite(v));
            if (bad < 0)
            {
                Assert.That(Gathered(source, row), Is.EqualTo(wanted));
                checkedRows++;
            }
            else
            {
                Assert.That(() => Gathered(source, row), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("golden.npy").And.Message.Contain($"row {row}, column {bad}"));
            }
        }

        Assert.That(checkedRows, Is.Positive);
    }

    [Test]
    public void FloatMatrices_OfTheGoldens_CoverTypesOrdersAndByteOrders() =>
        Assert.That(FloatMatrices, Is.SupersetOf(new[] { "f2-little-C", "f2-little-F", "f2-big-C", "f4-little-C", "f4-little-F", "f8-little-C", "f8-big-F" }));

    [TestCase("F16")]
    [TestCase("BF16")]
    [TestCase("F32")]
    [TestCase("F64")]
    public void Open_SafetensorsOfAnyFloat_GivesTheValues(string type)
    {
        float[] values = Ramp(0, 19, 5);
        string path = PutSafetensors("a.safetensors", Enum.Parse<ElementType>(type), ("acts", values, [19, 5]), ("mean", Ramp(0, 1, 5), [5]));
        ActivationSource source = ActivationFiles.Open(path);
        Assert.That(ReadOn(source, 4), Is.EqualTo(values));
        Assert.That(Gathered(source, 18, 0, 7, 7), Is.EqualTo((float[])[.. values[90..], .. values[..5], .. values[35..40], .. values[35..40]]));
    }

    [Test]
    public void Open_NamedTensor_IsTheOneThatIsRead()
    {
        string path = PutSafetensors("a.safetensors", ElementType.F32, ("left", Ramp(0, 3, 2), [3, 2]), ("right", Ramp(3, 4, 3), [4, 3]));
        ActivationSource source = ActivationFiles.Open(path, new ActivationFileOptions { TensorName = "right" });
        Assert.That(ReadOn(source, 10), Is.EqualTo(Ramp(3, 4, 3)));
    }

    [Test]
    public void Open_ShardsOfMixedKinds_FollowEachOtherInNaturalOrder()
    {
        PutRamp("acts-10.npy", 7, 4, 3);
        PutRamp("acts-2.npy", 5, 2, 3);
        PutRamp("acts-3.npy", 7, 0, 3);
        PutSafetensors("acts-1.safetensors", ElementType.F16, ("x", Ramp(0, 5, 3), [5, 3]));
        PutRamp("other.npy", 0, 1, 4);
        ActivationSource source = ActivationFiles.Open(At("acts-*"));
        Assert.That(source.RowCount, Is.EqualTo(11));
        Assert.That(ReadOn(source, 4), Is.EqualTo(Ramp(0, 11, 3)));
        source.Rewind();
        Assert.That(ReadOn(source, 100), Is.EqualTo(Ramp(0, 11, 3)));
    }

    [Test]
    public void Open_Folder_TakesItsActivationFiles()
    {
        PutRamp("a.npy", 0, 2, 3);
        PutSafetensors("b.safetensors", ElementType.F32, ("x", Ramp(2, 3, 3), [3, 3]));
        Put("notes.txt", [1]);
        Assert.That(ReadOn(ActivationFiles.Open(At("")), 9), Is.EqualTo(Ramp(0, 5, 3)));
    }

    [Test]
    public void Gather_AnyRows_EqualsTheConcatenatedShards()
    {
        var random = new Random(7);
        for (int trial = 0; trial < 30; trial++)
        {
            // A dimension above 4096 has no cheap gap, a small one reads on over gaps.
            int dimension = trial % 10 == 0 ? 5000 : 1 + random.Next(40), total = 0;
            string folder = At("t" + trial);
            Directory.CreateDirectory(folder);
            for (int shard = 0; shard < 1 + random.Next(5); shard++)
            {
                int rows = random.Next(dimension > 1000 ? 9 : 300);
                string name = Path.Combine("t" + trial, $"s{shard}");
                switch (random.Next(3))
                {
                    case 0:
                        PutRamp(name + ".npy", total, rows, dimension);
                        break;
                    case 1:
                        Put(name + ".npy", Npy($"{{'descr': '<f4', 'fortran_order': True, 'shape': ({rows}, {dimension}), }}", Bytes(Transposed(Ramp(total, rows, dimension), rows, dimension), ElementType.F32)));
                        break;
                    default:
                        PutSafetensors(name + ".safetensors", ElementType.BF16, ("x", Ramp(total, rows, dimension), [rows, dimension]));
                        break;
                }

                total += rows;
            }

            if (total == 0)
            {
                continue;
            }

            ActivationSource source = ActivationFiles.Open(folder);
            float[] all = Ramp(0, total, dimension);
            long[] wanted = [.. Enumerable.Range(0, 1 + random.Next(200)).Select(_ => random.NextInt64(total))];
            float[] expected = [.. wanted.SelectMany(r => all.AsSpan((int)r * dimension, dimension).ToArray())];
            Assert.That(Gathered(source, wanted).AsSpan().SequenceEqual(expected), $"trial {trial}, dimension {dimension}, {total} rows");
            source.Position = random.NextInt64(total);
            int from = (int)source.Position * dimension;
            Assert.That(ReadOn(source, 1 + random.Next(70)).AsSpan().SequenceEqual(all.AsSpan(from)), $"trial {trial} from {from}");
        }
    }

    [Test]
    public void Open_RankThree_IsFlattenedAndEachContextIsAGroup()
    {
        NpyFile.Write<float>(At("a-1.npy"), Ramp(0, 6, 4), 2, 3, 4);
        NpyFile.Write<float>(At("a-2.npy"), Ramp(6, 2, 4), 1, 2, 4);
        ActivationSource source = ActivationFiles.Open(At("a-*.npy"));
        Assert.That((source.RowCount, source.Dimension), Is.EqualTo((8, 4)));
        var batch = new SignalBatch(8, 4);
        source.Read(batch);
        Assert.That(batch.Signals.ToArray(), Is.EqualTo(Ramp(0, 8, 4)));
        Assert.That(batch.Groups, Is.EqualTo(new[] { 0, 0, 0, 1, 1, 1, 2, 2 }));
        source.Gather([7, 2, 3], batch);
        Assert.That(batch.Groups![..3], Is.EqualTo(new[] { 2, 0, 1 }));
    }

    [Test]
    public void Position_SetInANewSource_GoesOnWhereTheOldOneStopped()
    {
        PutRamp("s-1.npy", 0, 100, 6);
        PutRamp("s-2.npy", 100, 57, 6);
        ActivationSource first = ActivationFiles.Open(At("s-*.npy"));
        var batch = new SignalBatch(33, 6);
        first.Read(batch);
        first.Read(batch);
        first.Read(batch);
        ActivationSource second = ActivationFiles.Open(At("s-*.npy"));
        second.Position = first.Position;
        Assert.That(second.Position, Is.EqualTo(99));
        Assert.That(ReadOn(second, 33), Is.EqualTo(ReadOn(first, 33)));
        Assert.That(() => second.Position = 158, Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contain("157"));
        Assert.That(() => second.Position = -1, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Read_FileMuchLargerThanTheBuffers_HoldsAndAllocatesLittle()
    {
        const int Rows = 100_000, Dimension = 64, Bytes = Rows * Dimension * 4;
        PutRamp("large.npy", 0, Rows, Dimension);
        var source = (ShardedActivationSource)ActivationFiles.Open(At("large.npy"));
        var batch = new SignalBatch(4096, Dimension);
        var random = new Random(3);
        var wanted = new long[4096];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int pass = 0; pass < 2; pass++)
        {
            do
            {
                source.Read(batch);
            }
            while (batch.Count > 0);

            source.Rewind();
            for (int i = 0; i < wanted.Length; i++)
            {
                wanted[i] = random.Next(Rows);
            }

            source.Gather(wanted, batch);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(source.BufferedBytes, Is.LessThan(3 * ShardedActivationSource.BufferBytes));
        Assert.That(allocated, Is.LessThan(4 * ShardedActivationSource.BufferBytes).And.LessThan(Bytes / 5));
        Assert.That(batch.Signals[..Dimension].ToArray(), Is.EqualTo(Ramp((int)wanted[0], 1, Dimension)));
    }

    [Test]
    public void Gather_ManyShards_KeepsFewFilesOpen()
    {
        for (int i = 0; i < 40; i++)
        {
            PutRamp($"s-{i}.npy", i, 1, 3);
        }

        var source = (ShardedActivationSource)ActivationFiles.Open(At("s-*.npy"));
        Assert.That(source.OpenCount, Is.Zero, "opening reads headers and lets go");
        Assert.That(Gathered(source, [.. Enumerable.Range(0, 40).Select(i => (long)(39 - i))]).Take(3), Is.EqualTo(Ramp(39, 1, 3)));
        Assert.That(ReadOn(source, 7), Is.EqualTo(Ramp(0, 40, 3)));
        Assert.That(source.OpenCount, Is.EqualTo(ShardedActivationSource.MaximumOpen));
        source.Dispose();
        Assert.That(source.OpenCount, Is.Zero);
        Assert.That(Gathered(source, 5), Is.EqualTo(Ramp(5, 1, 3)), "a disposed source only closed its files");
    }

    [Test]
    public void Load_FitsTheBudget_IsInMemory_ElseStreams()
    {
        PutRamp("s-1.npy", 0, 30, 4);
        PutRamp("s-2.npy", 30, 12, 4);
        ActivationSource loaded = ActivationFiles.Load(At("s-*.npy"), memoryBudget: 42 * 4 * 4);
        ActivationSource streamed = ActivationFiles.Load(At("s-*.npy"), memoryBudget: (42 * 4 * 4) - 1);
        Assert.That((loaded.IsInMemory, streamed.IsInMemory), Is.EqualTo((true, false)));
        Assert.That(ReadOn(loaded, 5), Is.EqualTo(ReadOn(streamed, 11)).And.EqualTo(Ramp(0, 42, 4)));
    }

    [Test]
    public void Fit_OnShards_LearnsAndGivesTheSameBitsAgain()
    {
        PutRamp("s-1.npy", 0, 300, 6);
        PutRamp("s-2.npy", 300, 200, 6);
        var options = new TrainingOptions { Steps = 20, BatchSize = 64 };
        SaeEncoder one = new SaeEncoder(new SaeOptions { AtomCount = 8 }, options).Fit(ActivationFiles.Open(At("s-*.npy")));
        SaeEncoder two = new SaeEncoder(new SaeOptions { AtomCount = 8 }, options).Fit(ActivationFiles.Open(At("s-*.npy")));
        Assert.That(one.Dictionary.ToTensor().ToArray(), Is.EqualTo(two.Dictionary.ToTensor().ToArray()));
    }

    private static float[] Transposed(float[] values, int rows, int columns)
    {
        var result = new float[values.Length];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                result[(c * rows) + r] = values[(r * columns) + c];
            }
        }

        return result;
    }
}

<<<<<<< HEAD
using System.Collections.Concurrent;
using SparseCoding.Numerics;

namespace SparseCoding.Tests;

[TestFixture]
internal sealed class ParallelBlocksTests
{
    [TestCase(0L, 8, 0)]
    [TestCase(1L, 8, 1)]
    [TestCase(8L, 8, 1)]
    [TestCase(9L, 8, 2)]
    [TestCase((long)int.MaxValue * 3, 4, 1_610_612_736)]
    public void Count_AnyLength_CoversItWithTheFewest(long length, int size, int expected) =>
        Assert.That(ParallelBlocks.Count(length, size), Is.EqualTo(expected));

    [Test]
    public void Count_MoreBlocksThanAnIntHolds_Overflows() =>
        Assert.That(() => ParallelBlocks.Count(long.MaxValue / 2, 1), Throws.TypeOf<OverflowException>());

    [Test]
    public void Run_EveryBlock_RunsExactlyOnce([Values(0, 1, 2, 3, 1000)] int blocks, [Values(1, 2, 4, 16)] int threads)
    {
        var runs = new int[blocks];
        ParallelBlocks.Run(blocks, threads, block => Interlocked.Increment(ref runs[block]));
        Assert.That(runs, Is.All.EqualTo(1));
    }

    [Test]
    public void Run_OneThread_IsInOrderOnTheCallersThread()
    {
        var seen = new List<(int Block, int Thread)>();
        ParallelBlocks.Run(5, 1, block => seen.Add((block, Environment.CurrentManagedThreadId)));
        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 5).Select(block => (block, Environment.CurrentManagedThreadId))));
    }

    [Test]
    public void Run_ManyThreads_NeverMoreAtATimeThanAllowed([Values(2, 3)] int threads)
    {
        int now = 0;
        int most = 0;
        ParallelBlocks.Run(64, threads, _ =>
        {
            int running = Interlocked.Increment(ref now);
            InterlockedMax(ref most, running);
            Thread.SpinWait(2000);
            Interlocked.Decrement(ref now);
        });
        Assert.That(most, Is.InRange(1, threads));
    }

    [Test]
    public void Run_BlockedFloatSum_HasTheSameBitsForAnyNumberOfThreads()
    {
        float[] values = TestMatrices.Normal<float>(1, 100_003, seed: 8);
        float[] sums = [.. new[] { 1, 2, 3, 4, 8 }.Select(threads => BlockedSum(values, threads))];
        Assert.That(sums.Select(BitConverter.SingleToInt32Bits).Distinct(), Has.Exactly(1).Items);
    }

    [Test]
    public void Run_BlockThatThrows_ReachesTheCaller([Values(1, 4)] int threads)
    {
        var finished = new ConcurrentBag<int>();
        Exception? error = Assert.Catch(() => ParallelBlocks.Run(8, threads, block =>
        {
            if (block == 3)
            {
                throw new InvalidDataException("block 3");
            }

            finished.Add(block);
        }));
        Assert.That(error?.GetBaseException(), Is.TypeOf<InvalidDataException>());
        Assert.That(finished, Has.No.Member(3));
    }

    private static float BlockedSum(float[] values, int threads)
    {
        const int Size = 1000;
        var partial = new float[ParallelBlocks.Count(values.Length, Size)];
        ParallelBlocks.Run(partial.Length, threads, block =>
        {
            foreach (float value in values.AsSpan(block * Size, Math.Min(Size, values.Length - (block * Size))))
            {
                partial[block] += value;
            }
        });
        return partial.Aggregate(0f, (sum, value) => sum + value);
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen = Volatile.Read(ref target);
        while (value > seen)
        {
            int before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
=======
using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

[TestFixture]
public sealed class ParallelBlocksTests
{
    [Test]
    public void Run_AnyThreads_RunsEveryBlockOnce([Values(0, 1, 2, 3, 1000)] int blocks, [Values(1, 2, 4, 64)] int threads)
    {
        int[] counts = new int[blocks];
        ParallelBlocks.Run(blocks, threads, block => Interlocked.Increment(ref counts[block]));
        Assert.That(counts, Has.All.EqualTo(1));
    }

    [Test]
    public void Run_ManyShortCalls_EachIsCompleteOnReturn()
    {
        for (int call = 0; call < 5000; call++)
        {
            int sum = 0;
            ParallelBlocks.Run(7, 4, block => Interlocked.Add(ref sum, block));
            Assert.That(Volatile.Read(ref sum), Is.EqualTo(21));
        }
    }

    [Test]
    public void Run_HelperSlowerThanTheCallersPatience_IsWaitedFor()
    {
        int done = 0;
        ParallelBlocks.Run(2, 2, block =>
        {
            Thread.Sleep(block == 0 ? 1 : 150);
            Interlocked.Increment(ref done);
        });
        Assert.That(done, Is.EqualTo(2));
    }

    [Test]
    public void Run_Nested_Completes()
    {
        int sum = 0;
        ParallelBlocks.Run(8, 4, _ => ParallelBlocks.Run(8, 4, _ => Interlocked.Increment(ref sum)));
        Assert.That(sum, Is.EqualTo(64));
    }

    [Test]
    public void Run_SeveralBlocksThrow_GivesTheLowestOnesExceptionAfterAllRan([Values(2, 4)] int threads)
    {
        int ran = 0;
        InvalidOperationException? thrown = Assert.Throws<InvalidOperationException>(() => ParallelBlocks.Run(20, threads, block =>
        {
            Interlocked.Increment(ref ran);
            if (block >= 5)
            {
                throw new InvalidOperationException($"block {block}");
            }
        }));
        Assert.That(thrown!.Message, Is.EqualTo("block 5"));
        Assert.That(ran, Is.EqualTo(20));
    }
>>>>>>> h/gemm
}

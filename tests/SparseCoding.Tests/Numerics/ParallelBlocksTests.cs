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
}

using System.Runtime.ExceptionServices;

namespace SparseCoding.Numerics;

/// <summary>One block of a computation that was cut into blocks by size alone, so that its bits do not depend on the number of threads.</summary>
internal interface IBlockAction
{
    /// <summary>Computes block <paramref name="block"/>; may run on any thread, at the same time as other blocks.</summary>
    void Invoke(int block);
}

/// <summary>Runs fixed blocks on up to a given number of threads. The blocks, and so the results, are the same for any number.</summary>
internal static class ParallelBlocks
{
    /// <summary>Number of blocks of <paramref name="size"/> that cover <paramref name="length"/>.</summary>
    public static int Count(long length, int size) => checked((int)((length + size - 1) / size));

    /// <summary>Runs blocks 0 .. <paramref name="blocks"/> − 1; with one thread or one block in order on the caller's thread.</summary>
    /// <param name="blocks">How many blocks there are.</param>
    /// <param name="threads">The most threads to use, at least 1.</param>
    /// <param name="action">Computes one block.</param>
    public static void Run<TAction>(int blocks, int threads, TAction action)
        where TAction : IBlockAction
    {
        if (threads <= 1 || blocks <= 1)
        {
            for (int block = 0; block < blocks; block++)
            {
                action.Invoke(block);
            }

            return;
        }

        RunParallel(blocks, threads, action);
    }

    /// <summary>The same with a delegate; for work large enough that its allocation does not count.</summary>
    public static void Run(int blocks, int threads, Action<int> action) => Run(blocks, threads, new DelegateAction(action));

    /// <summary>Apart, because a captured argument is allocated at the entry of its method: work on one thread must not pay for it.</summary>
    private static void RunParallel<TAction>(int blocks, int threads, TAction action)
        where TAction : IBlockAction
    {
        try
        {
            Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = threads }, block => action.Invoke(block));
        }
        catch (AggregateException exception) when (exception.InnerExceptions.Count > 0)
        {
            // One thread or many, the caller sees the exception of a block, not a wrapper that depends on the number of threads.
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private readonly struct DelegateAction(Action<int> action) : IBlockAction
    {
        public void Invoke(int block) => action(block);
    }
}

using System.Runtime.ExceptionServices;

namespace SparseCoding.Numerics;

/// <summary>One block of a computation that was cut into blocks by size alone, so that its bits do not depend on the number of threads.</summary>
internal interface IBlockAction
{
    /// <summary>Computes block <paramref name="block"/>; may run on any thread, at the same time as other blocks.</summary>
    void Invoke(int block);
}

/// <summary>
/// Runs fixed blocks on up to a given number of threads. The blocks, and so the results, are the same for any number. The caller works too, and the others come from
/// the thread pool: where the pool is busy the caller does it all, so nothing waits for a thread that never starts. Nested calls are fine for the same reason.
/// A call costs one small object and the waking of the pool's threads, a few microseconds.
/// </summary>
internal static class ParallelBlocks
{
    /// <summary>Number of blocks of <paramref name="size"/> that cover <paramref name="length"/>.</summary>
    public static int Count(long length, int size) => checked((int)((length + size - 1) / size));

    /// <summary>
    /// Runs blocks 0 .. <paramref name="blocks"/> − 1; with one thread or one block in order on the caller's thread. If blocks throw, the exception of the lowest
    /// one that threw is thrown again, once no block runs any more.
    /// </summary>
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

        var job = new Job<TAction>(blocks, action);
        for (int helper = Math.Min(threads, blocks) - 1; helper > 0; helper--)
        {
            ThreadPool.UnsafeQueueUserWorkItem(job, preferLocal: false);
        }

        job.Execute();
        job.Wait();
    }

    /// <summary>The same with a delegate; for work large enough that its allocation does not count.</summary>
    public static void Run(int blocks, int threads, Action<int> action) => Run(blocks, threads, new DelegateAction(action));

    private readonly struct DelegateAction(Action<int> action) : IBlockAction
    {
        public void Invoke(int block) => action(block);
    }

    private sealed class Job<TAction>(int blocks, TAction action) : IThreadPoolWorkItem
        where TAction : IBlockAction
    {
        private readonly TAction _action = action;
        private int _next;
        private int _done;
        private int _sleeping;
        private int _faultBlock = int.MaxValue;
        private ExceptionDispatchInfo? _fault;

        /// <summary>Takes blocks until none is left. A helper that starts too late finds none and touches nothing else.</summary>
        public void Execute()
        {
            int block;
            while ((block = Interlocked.Increment(ref _next) - 1) < blocks)
            {
                try
                {
                    _action.Invoke(block);
                }
#pragma warning disable CA1031 // Kept for the caller's thread, whatever it is: escaping here would end the process.
                catch (Exception exception)
#pragma warning restore CA1031
                {
                    lock (this)
                    {
                        if (block < _faultBlock)
                        {
                            _faultBlock = block;
                            _fault = ExceptionDispatchInfo.Capture(exception);
                        }
                    }
                }

                if (Interlocked.Increment(ref _done) == blocks && Volatile.Read(ref _sleeping) != 0)
                {
                    lock (this)
                    {
                        Monitor.PulseAll(this);
                    }
                }
            }
        }

        /// <summary>Waits for the blocks that others took: awake while that is likely to be short, then asleep.</summary>
        public void Wait()
        {
            var spin = default(SpinWait);
            for (int i = 0; i < 200 && Volatile.Read(ref _done) < blocks; i++)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }

            if (Volatile.Read(ref _done) < blocks)
            {
                lock (this)
                {
                    // Announced before the last look, as the last block is counted before the look at the announcement: one of the two sees the other.
                    Interlocked.Exchange(ref _sleeping, 1);
                    while (Volatile.Read(ref _done) < blocks)
                    {
                        Monitor.Wait(this);
                    }
                }
            }

            _fault?.Throw();
        }
    }
}

using System.Diagnostics;
using SparseCoding.Data;
using SparseCoding.Diagnostics;

namespace SparseCoding.Training;

/// <summary>
/// One pass over the data for one or several trainers. Each takes the batches it would have taken alone: a trainer whose position is further (because
/// its checkpoint is newer) waits until the others have caught up, and one that is done or has diverged takes no more.
/// </summary>
internal static class TrainerLoop
{
    /// <summary>Runs the trainers over a source until all have done their steps. Throws what stopped the last of them.</summary>
    public static void Run(IReadOnlyList<Trainer> trainers, ActivationSource source, CancellationToken cancellationToken)
    {
        Trainer first = trainers[0];
        int batchSize = first.BatchRows(source);
        RunContext context = first.RunContext;
        var feeder = new BatchFeeder(source, batchSize, first.Options.OrderSeed, first.Options.ShuffleBufferBytes);
        if (feeder.BufferBytes > context.MemoryBudget)
        {
            Throw.Argument($"Mixing the rows of this source takes {feeder.BufferBytes} bytes, more than RunContext.MemoryBudget, {context.MemoryBudget}. Set TrainingOptions.ShuffleBufferBytes to at most {context.MemoryBudget * 3 / 4}, or raise the budget.", "source");
        }

        string data = SourceFingerprint.Of(source, feeder.WindowRows);
        using var feed = new SourceFeed(feeder, source.Dimension, context.EffectiveThreads > 1);
        Run(trainers, feed, data, feeder.BatchSize, source.Dimension, null, cancellationToken);
    }

    /// <summary>The same over pushed rows.</summary>
    public static void Run(IReadOnlyList<Trainer> trainers, ActivationChannel channel, CancellationToken cancellationToken)
    {
        TrainingOptions options = trainers[0].Options;
        if (options.BatchSize == 0)
        {
            Throw.Argument("BatchSize 0 takes all signals in every step, but a channel has no end that is known; set a BatchSize.", nameof(channel));
        }

        if (options.BatchSize > channel.BufferRows)
        {
            Throw.Argument($"BatchSize is {options.BatchSize}, but the channel mixes {channel.BufferRows} rows; it needs at least a batch.", nameof(channel));
        }

        using var feed = new ChannelFeed(channel, options.BatchSize, options.OrderSeed);
        Run(trainers, feed, channel.Fingerprint, options.BatchSize, channel.Dimension, channel, cancellationToken);
    }

    private static void Run(IReadOnlyList<Trainer> trainers, BatchFeed feed, string data, int batchRows, int dimension, ActivationChannel? channel, CancellationToken cancellationToken)
    {
        using Activity? activity = SparseCodingDiagnostics.Activities.StartActivity("train " + string.Join(", ", trainers.Select(t => t.KindName).Distinct()));
        activity?.SetTag("sparsecoding.dimension", dimension).SetTag("sparsecoding.batch_rows", batchRows).SetTag("sparsecoding.trainers", trainers.Count);
        foreach (Trainer trainer in trainers)
        {
            trainer.Begin(data, batchRows, dimension, channel);
        }

        var failures = new List<(Trainer Trainer, Exception Exception)>();
        try
        {
            List<Trainer> active = [.. trainers.Where(t => t.IsUnfinished)];
            feed.Start(active.Count == 0 ? 0 : active.Min(t => t.DataPosition));
            while (active.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!feed.TryNext(out FedBatch fed, cancellationToken))
                {
                    break;
                }

                foreach (Trainer trainer in active.Where(t => t.DataPosition == fed.Before))
                {
                    try
                    {
                        trainer.Advance(fed.Batch, fed.After);
                    }
                    catch (TrainingDivergedException exception) when (trainers.Count > 1)
                    {
                        failures.Add((trainer, exception));
                    }
                }

                active.RemoveAll(t => !t.IsUnfinished || failures.Exists(f => f.Trainer == t));
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            foreach (Trainer trainer in trainers)
            {
                trainer.Cancel();
            }

            throw;
        }
        finally
        {
            foreach (Trainer trainer in trainers)
            {
                trainer.End();
            }

            activity?.SetTag("sparsecoding.steps", trainers.Max(t => t.StepCount));
        }

        foreach (Trainer trainer in trainers.Where(t => !failures.Exists(f => f.Trainer == t)))
        {
            trainer.Complete();
        }

        if (failures.Count == 1)
        {
            throw failures[0].Exception;
        }

        if (failures.Count > 1)
        {
            throw new AggregateException("Several trainers diverged; the others have finished.", failures.Select(f => f.Exception));
        }
    }
}

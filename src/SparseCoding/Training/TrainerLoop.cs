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
        var feeder = new BatchFeeder(source, batchSize, first.Options.OrderSeed, first.Options.ShuffleBufferBytes, context.EffectiveThreads > 1);
        if (feeder.BufferBytes > context.MemoryBudget)
        {
            Throw.Argument($"Mixing the rows of this source takes {feeder.BufferBytes} bytes, more than RunContext.MemoryBudget, {context.MemoryBudget}. Set TrainingOptions.ShuffleBufferBytes to at most {context.MemoryBudget * 3 / 4}, or raise the budget.", "source");
        }

        foreach (Trainer trainer in trainers)
        {
            RefuseOtherBatches(trainer, trainer.BatchRows(source), feeder.BatchSize, source.RowCount);
        }

        string data = SourceFingerprint.Of(source, feeder.WindowRows, feeder.ChunkRows);
        using var feed = new SourceFeed(feeder, source.Dimension, context.EffectiveThreads > 1);
        Run(trainers, feed, data, feeder.BatchSize, source.Dimension, null, cancellationToken);
    }

    /// <summary>The same over pushed rows.</summary>
    public static void Run(IReadOnlyList<Trainer> trainers, ActivationChannel channel, CancellationToken cancellationToken)
    {
        TrainingOptions options = trainers[0].Options;
        try
        {
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
        finally
        {
            // However it ends, refusals included: a writer that waits for room is let go.
            channel.StopReading();
        }
    }

    private static void RefuseOtherBatches(Trainer trainer, int batchRows, int wanted, long rows)
    {
        long effective = batchRows == 0 ? rows : Math.Min(batchRows, rows);
        if (effective != wanted)
        {
            Throw.Argument($"'{trainer.Name}' takes {effective} rows in a step over this source, but the first trainer takes {wanted} (BatchSize): in one pass all take the same batches. Give it a pass of its own.", "source");
        }
    }

    /// <summary>A trainer that stands between two batches of the others would never meet one that begins at its own position.</summary>
    private static void RefuseOtherPositions(List<Trainer> active, int batchRows)
    {
        foreach (Trainer trainer in active)
        {
            if ((trainer.DataPosition - active[0].DataPosition) % batchRows != 0)
            {
                Throw.InvalidOperation($"'{trainer.Name}' stands at row {trainer.DataPosition} of the stream and '{active[0].Name}' at row {active[0].DataPosition}, which is no whole number of batches of {batchRows} rows apart: they cannot share batches. Give it a pass of its own.");
            }
        }
    }

    private static void Run(IReadOnlyList<Trainer> trainers, BatchFeed feed, string data, int batchRows, int dimension, ActivationChannel? channel, CancellationToken cancellationToken)
    {
        using Activity? activity = SparseCodingDiagnostics.Activities.StartActivity("train " + string.Join(", ", trainers.Select(t => t.KindName).Distinct()));
        activity?.SetTag("sparsecoding.dimension", dimension).SetTag("sparsecoding.batch_rows", batchRows).SetTag("sparsecoding.trainers", trainers.Count);
        foreach (Trainer trainer in trainers)
        {
            trainer.Check(data, dimension, channel);
        }

        List<Trainer> active = [.. trainers.Where(t => t.IsUnfinished)];
        RefuseOtherPositions(active, batchRows);
        foreach (Trainer trainer in trainers)
        {
            trainer.Begin(data, batchRows, channel);
        }

        var failures = new List<(Trainer Trainer, Exception Exception)>();
        try
        {
            feed.Start(active.Count == 0 ? 0 : active.Min(t => t.DataPosition));
            while (active.Count > 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
                bool any = feed.TryNext(out FedBatch fed, cancellationToken);
                foreach (Trainer trainer in active.Where(t => !any || t.DataPosition == fed.Before))
                {
                    try
                    {
                        if (any)
                        {
                            trainer.Advance(fed.Batch, fed.After);
                        }
                        else
                        {
                            trainer.Finish();
                        }
                    }
                    catch (TrainingDivergedException exception) when (trainers.Count > 1)
                    {
                        failures.Add((trainer, exception));
                    }
                }

                active.RemoveAll(t => !any || !t.IsUnfinished || failures.Exists(f => f.Trainer == t));
            }
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            SaveAll(trainers, failures, cancelled: true);
            if (failures.Count == 0)
            {
                throw;
            }

            throw new OperationCanceledException(exception.Message + " Some of what was to be saved was not; see the inner exception.", Joined(failures), cancellationToken);
        }
        catch (Exception exception) when (exception is not TrainingDivergedException)
        {
            // What could not be saved now has been logged; the caller hears why the run ended, and which trainers had diverged before.
            (Trainer Trainer, Exception Exception)[] before = [.. failures];
            SaveAll(trainers, failures, cancelled: false);
            if (before.Length == 0)
            {
                throw;
            }

            throw new AggregateException("The run ended early, and trainers had diverged before.", [exception, .. before.Select(f => f.Exception)]);
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

        if (failures.Count > 0)
        {
            throw Joined(failures);
        }
    }

    /// <summary>Saves every trainer that has not diverged, whatever happens to another one; adds what went wrong.</summary>
    private static void SaveAll(IReadOnlyList<Trainer> trainers, List<(Trainer Trainer, Exception Exception)> failures, bool cancelled)
    {
        foreach (Trainer trainer in trainers)
        {
            if (!failures.Exists(f => f.Trainer == trainer) && trainer.TryFinish(cancelled) is { } fault)
            {
                failures.Add((trainer, fault));
            }
        }
    }

    private static Exception Joined(List<(Trainer Trainer, Exception Exception)> failures) =>
        failures.Count == 1 ? failures[0].Exception : new AggregateException("Several trainers diverged or could not be saved; the others have finished or been saved.", failures.Select(f => f.Exception));
}

using SparseCoding.Data;
using SparseCoding.Diagnostics;

namespace SparseCoding.DictionaryLearning;

/// <content>Runs over a source: restarts, stops, progress and checkpoints.</content>
internal sealed partial class DictionarySession
{
    private long _feederPosition;
    private string? _data;
    private TimeSpan _elapsedBefore;
    private long _startedAt;
    private TimeSpan _reported = TimeSpan.MinValue;
    private long _savedAt = -1;

    /// <summary>Name of the checkpoint file in a folder, the same as that of the networks' trainers.</summary>
    public static string CheckpointPath(string folder) => Path.Combine(folder, "checkpoint.safetensors");

    /// <summary>What the run did.</summary>
    public TrainingRecord Record => new()
    {
        Steps = Alternations,
        Rows = RowCount,
        Flops = Alternations == 0 ? FlopCount.Zero : StepFlops(RowCount / Alternations) * Alternations,
        FinalLoss = _finished ? _lowest : Objective,
        Elapsed = Elapsed,
        Device = Backend.Name,
        Completed = _finished,
        Curve = [.. _curve.Points],
        Replacements = [.. _replacements],
    };

    private double L0 { get; set; }

    private TimeSpan Elapsed => _elapsedBefore + Context.TimeProvider.GetElapsedTime(_startedAt);

    /// <summary>Runs all restarts that are left over the source.</summary>
    public void Run(ActivationSource source, CancellationToken cancellationToken)
    {
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("learn dictionary " + Task.Encoder);
        if (source.RowCount < 1)
        {
            Throw.Argument("data holds no signals.", "data");
        }

        var feeder = Feeder(source, _restart);
        bool whole = feeder.BatchSize == source.RowCount;
        if (!whole && Options.Update.MovesCodes)
        {
            Throw.NotSupported($"{Options.Update.Name} with batches: it moves the codes of all signals together with the atoms, but the data have {source.RowCount} signals and BatchSize is {Options.BatchSize}. Set BatchSize = 0, or use BlockCoordinate or Gradient.");
        }

        string data = SourceFingerprint.Of(source, feeder.WindowRows, feeder.ChunkRows);
        if (_data is not null && _data != data)
        {
            Throw.InvalidOperation($"This run began on other data (or with another memory budget for data that stream): {_data}, now {data}. Resume over the same source, or start anew.");
        }

        (_data, _whole) = (data, whole);
        var batch = new SignalBatch(feeder.BatchSize, Dimension);
        double unusedAfter = whole ? 1 : Math.Min(Options.UnusedAfter, source.RowCount);
        _startedAt = Context.TimeProvider.GetTimestamp();
        try
        {
            while (!_finished)
            {
                feeder = Feeder(source, _restart);
                feeder.Position = _feederPosition;
                RunRestart(feeder, batch, unusedAfter, cancellationToken);
                FinishRestart(source, batch, cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
            Log.TrainingCancelled(_logger, Alternations);
            if (Alternations > 0)
            {
                Checkpoint();
            }

            throw;
        }
        finally
        {
            _elapsedBefore = Elapsed;
            _startedAt = Context.TimeProvider.GetTimestamp();
        }

        Checkpoint();
    }

    private BatchFeeder Feeder(ActivationSource source, int restart) =>
        new(source, Options.BatchSize, unchecked(Options.Seed + ((long)restart << 32)), Context.MemoryBudget);

    private void RunRestart(BatchFeeder feeder, SignalBatch batch, double unusedAfter, CancellationToken cancellationToken)
    {
        while (_iteration < Options.Iterations && !_settled)
        {
            cancellationToken.ThrowIfCancellationRequested();
            feeder.Next(batch);
            Alternate(batch, unusedAfter, cancellationToken);
            _feederPosition = feeder.Position;
            Report(batch.Count);
            if (Alternations % Context.CheckpointInterval == 0)
            {
                Checkpoint();
            }
        }
    }

    /// <summary>Keeps the restart's answer if it is the best so far. Streams are scored on the first batch of the seed: the same signals for every restart.</summary>
    private void FinishRestart(ActivationSource source, SignalBatch batch, CancellationToken cancellationToken)
    {
        (float[] atoms, double objective) = (_runBest ?? _atoms!, _runLowest);
        if (!_whole)
        {
            Feeder(source, 0).Next(batch);
            var dictionary = new AtomDictionary(atoms = _atoms!, Dimension);
            SparseCodes codes = Task.Code(dictionary, SignalView.FromRows(batch.Signals, Dimension), new EncodeRequest { Context = Context with { Progress = null } }, cancellationToken);
            objective = Measure(dictionary, codes, batch).Objective;
        }

        Log.RestartCompleted(_logger, _restart, objective, _iteration);
        if (objective < _lowest || _best is null)
        {
            (_best, _lowest) = (atoms, objective);
        }

        _finished = ++_restart >= Restarts;
        if (!_finished)
        {
            BeginRestart();
        }
    }

    private void BeginRestart()
    {
        (_atoms, _runBest, _warm) = (null, null, null);
        _runLowest = double.PositiveInfinity;
        (_iteration, _stalled, _settled, _feederPosition) = (0, 0, false, 0);
        _updater.Reset();
        _usage.Clear();
    }

    private FlopCount StepFlops(long rows)
    {
        UInt128 update = Options.Update.Flops((UInt128)Task.AtomCount, (UInt128)Dimension, (UInt128)rows);
        return Task.CodingFlops(Dimension, rows) + new FlopCount(update, null, true);
    }

    private void Report(int rows)
    {
        TimeSpan elapsed = Elapsed;
        int iteration = _settled ? Options.Iterations : _iteration;
        bool last = iteration == Options.Iterations && _restart + 1 == Restarts;
        if (Context.Progress is not { } progress || (!last && _reported != TimeSpan.MinValue && elapsed - _reported < Context.ProgressInterval))
        {
            return;
        }

        _reported = elapsed;
        long total = (long)Options.Iterations * Restarts, done = ((long)_restart * Options.Iterations) + iteration;
        double seconds = Math.Max(elapsed.TotalSeconds, 1e-9);
        double rate = Alternations * (double)rows / seconds;
        progress.Report(new TrainingProgress(done, total, Objective, L0, double.NaN, double.NaN, rate, elapsed, TimeSpan.FromSeconds(Math.Min(1e9, seconds * (total - done) / done))));
    }

    private void Checkpoint()
    {
        if (Context.Checkpoint is not { } folder || _savedAt == Alternations + (_finished ? 1L << 60 : 0))
        {
            return;
        }

        string path = CheckpointPath(folder);
        Save(path);
        _savedAt = Alternations + (_finished ? 1L << 60 : 0);
        Log.CheckpointWritten(_logger, Alternations, path);
    }
}

using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Encoders;

/// <summary>One Fit of k-means: all restarts, progress and the record.</summary>
internal sealed class KMeansSession : IDisposable
{
    /// <summary>Steps of mini-batches between two looks for centres that no signal reaches.</summary>
    private const int LeastRevival = 10;
    private readonly KMeansOptions _options;
    private readonly RunContext _context;
    private readonly ActivationSource _data;
    private readonly ILogger _logger;
    private readonly Backend _backend;
    private readonly KMeansClusters _clusters;
    private readonly List<TrainingPoint> _curve = [];
    private readonly long _started;
    private readonly CancellationToken _token;
    private TimeSpan _reported = TimeSpan.MinValue;
    private long _iterations;
    private long _rows;
    private UInt128 _flops;

    /// <summary>Checks the data before any work.</summary>
    public KMeansSession(KMeansOptions options, ActivationSource? data, RunContext? context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.RowCount < 1)
        {
            Throw.Argument("data holds no signals.", nameof(data));
        }

        (_options, _data, _context, _token) = (options, data, context ?? RunContext.Default, cancellationToken);
        if (_context.Checkpoint is not null)
        {
            Throw.NotSupported("KMeansEncoder writes no checkpoints: its run is short. Leave RunContext.Checkpoint null.");
        }

        long kept = SampleSize, bytes = 4 * kept * data.Dimension;
        if (bytes > _context.MemoryBudget || kept * data.Dimension > Array.MaxLength)
        {
            Throw.Argument($"k-means keeps {kept} signals of dimension {data.Dimension} in memory, {bytes >> 20} MiB, more than the memory budget of {_context.MemoryBudget >> 20} MiB. Set BatchSize for mini-batches, or raise RunContext.MemoryBudget.", nameof(data));
        }

        _logger = _context.LoggerFactory.CreateLogger("SparseCoding.Training");
        _backend = _context.Device.CreateBackend(_context.EffectiveThreads);
        _clusters = new KMeansClusters(_backend, _context.EffectiveThreads, options.AtomCount, data.Dimension);
        _started = _context.TimeProvider.GetTimestamp();
    }

    private bool InBatches => _options.BatchSize > 0;

    // All signals, or what mini-batches begin from: three batches, or sixteen signals for each centre where that is more.
    private long SampleSize => InBatches ? Math.Min(_data.RowCount, Math.Max(3L * _options.BatchSize, 16L * _options.AtomCount)) : _data.RowCount;

    /// <summary>Runs all restarts, or one from given centres; the centres of the least loss, and what was done.</summary>
    public (AtomDictionary Dictionary, TrainingRecord Record) Run(float[]? start)
    {
        Log.TrainingStarted(_logger, nameof(KMeansEncoder), _options.AtomCount, _data.Dimension, _options.MaxIterations, (int)Math.Min(InBatches ? _options.BatchSize : _data.RowCount, int.MaxValue), _backend.Name, _backend.Threads);
        float[] sample = ReadSample();
        int restarts = start is null ? _options.Restarts : 1;
        float[]? best = null;
        double least = double.PositiveInfinity;
        for (int restart = 0; restart < restarts; restart++)
        {
            if (start is not null)
            {
                start.CopyTo(_clusters.Centres, 0);
            }
            else if (sample.Length > 0)
            {
                KMeansSeeding.Fill(_options.Start, sample, _data.Dimension, _clusters.Centres, new RandomStream(_options.Seed, "kmeans.start", (ulong)restart), _context.EffectiveThreads, _token);
                _flops += _options.Start == KMeansStart.PlusPlus ? (UInt128)(3 + Math.Log(_options.AtomCount)) * (UInt128)_options.AtomCount * 3 * (UInt128)sample.Length : 0;
            }

            double loss = sample.Length == 0 ? 0 : InBatches ? RunBatches(sample, restart, restarts) : RunRounds(sample, restart, restarts);
            if (best is null || loss < least)
            {
                (best, least) = ((float[])_clusters.Centres.Clone(), loss);
            }
        }

        TimeSpan elapsed = _context.TimeProvider.GetElapsedTime(_started);
        long total = (long)_options.MaxIterations * restarts;
        _context.Progress?.Report(new TrainingProgress(total, total, least, 1, double.NaN, double.NaN, _rows / Math.Max(elapsed.TotalSeconds, 1e-9), elapsed, TimeSpan.Zero));
        _token.ThrowIfCancellationRequested();
        Log.TrainingCompleted(_logger, _iterations, least, elapsed.TotalSeconds);
        var record = new TrainingRecord
        {
            Steps = _iterations,
            Rows = _rows,
            Flops = new FlopCount(_flops, null, true),
            FinalLoss = least,
            Elapsed = elapsed,
            Device = _backend.Name,
            Completed = true,
            Curve = _curve,
        };
        return (new AtomDictionary(best!, _data.Dimension), record);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _clusters.Dispose();
        _backend.Dispose();
    }

    /// <summary>Lloyd's rounds; the loss ½ mean ‖x − c‖², which never rises from round to round.</summary>
    private double RunRounds(float[] signals, int restart, int restarts)
    {
        int rows = signals.Length / _data.Dimension;
        int[] labels = new int[rows];
        double[] distances = new double[rows];
        Array.Fill(labels, -1);
        double limit = _options.Tolerance * MeanVariance(signals), loss = double.NaN;
        for (int iteration = 1; iteration <= _options.MaxIterations; iteration++)
        {
            int changed = _clusters.Assign(signals, labels, distances, _token);
            loss = 0.5 * distances.Sum() / rows;
            Note(iteration, restart, restarts, rows, loss);
            if (changed == 0)
            {
                return loss;
            }

            _clusters.FillEmpty(labels, distances);
            if (_clusters.Update(signals, labels, _options.Spherical) <= limit && _options.Tolerance > 0)
            {
                break;
            }
        }

        // The centres have moved since.
        _clusters.Assign(signals, labels, distances, _token);
        return 0.5 * distances.Sum() / rows;
    }

    /// <summary>
    /// Steps of mini-batches: each centre is the mean of all signals it has had so far. Every ⌈10 K / batch⌉ steps a centre that had none since the last time begins anew at
    /// the signal of the batch that is farthest from its centre. The loss of the sample that it began from.
    /// </summary>
    private double RunBatches(float[] sample, int restart, int restarts)
    {
        int m = _data.Dimension, k = _options.AtomCount, size = (int)Math.Min(_options.BatchSize, _data.RowCount);
        var random = new RandomStream(_options.Seed, "kmeans.batch", (ulong)restart);
        var means = new double[k * m];
        TensorPrimitives.ConvertTruncating<float, double>(_clusters.Centres, means);
        long[] counts = new long[k], seen = new long[k];
        int revival = (int)Math.Clamp(((10L * k) + size - 1) / size, LeastRevival, int.MaxValue);
        long quietRows = 0, quietNeeded = Math.Max(size, 10L * k);
        double limit = _options.Tolerance * MeanVariance(sample);
        var batch = new SignalBatch(size, m);
        var ids = new long[size];
        for (int iteration = 1; iteration <= _options.MaxIterations; iteration++)
        {
            for (int i = 0; i < size; i++)
            {
                ids[i] = (long)(random.NextDouble() * _data.RowCount);
            }

            _data.Gather(ids, batch);
            float[] signals = Prepare(batch);
            int rows = signals.Length / m;
            int[] labels = new int[rows];
            double[] distances = new double[rows];
            Array.Fill(labels, -1);
            _clusters.Assign(signals, labels, distances, _token);
            for (int row = 0; row < rows; row++)
            {
                int label = labels[row];
                counts[label]++;
                seen[label]++;
                Span<double> mean = means.AsSpan(label * m, m);
                for (int j = 0; j < m; j++)
                {
                    mean[j] += (signals[(row * m) + j] - mean[j]) / counts[label];
                }
            }

            double moved = 0;
            for (int i = 0; i < k; i++)
            {
                ReadOnlySpan<double> mean = means.AsSpan(i * m, m);
                moved += _clusters.Replace(i, mean, _options.Spherical ? TensorPrimitives.Norm(mean) : 1);
            }

            Note(iteration, restart, restarts, rows, rows == 0 ? 0 : 0.5 * distances.Sum() / rows);
            if (iteration % revival == 0)
            {
                Revive(signals, distances, means, counts, seen);
            }

            // A small batch may leave all centres where they are by chance; only as many signals as would reach every centre say that they are at rest.
            quietRows = moved <= limit ? quietRows + rows : 0;
            if (_options.Tolerance > 0 && quietRows >= quietNeeded)
            {
                break;
            }
        }

        int[] last = new int[sample.Length / m];
        double[] left = new double[last.Length];
        Array.Fill(last, -1);
        _clusters.Assign(sample, last, left, _token);
        return 0.5 * left.Sum() / left.Length;
    }

    private void Revive(float[] signals, double[] distances, double[] means, long[] counts, long[] seen)
    {
        int m = _data.Dimension;
        for (int k = 0; k < seen.Length; k++)
        {
            int farthest = distances.Length == 0 ? -1 : Array.IndexOf(distances, distances.Max());
            if (seen[k] == 0 && farthest >= 0 && distances[farthest] > 0)
            {
                Span<double> mean = means.AsSpan(k * m, m);
                TensorPrimitives.ConvertTruncating<float, double>(signals.AsSpan(farthest * m, m), mean);
                _clusters.Replace(k, mean, 1);
                (counts[k], distances[farthest]) = (1, 0);
            }
        }

        Array.Clear(seen);
    }

    private void Note(int iteration, int restart, int restarts, int rows, double loss)
    {
        UInt128 n = (UInt128)rows, m = (UInt128)_data.Dimension, k = (UInt128)_options.AtomCount;
        _iterations++;
        _rows += rows;
        _flops += (2 * n * m * k) + (2 * n * k) + (7 * n * m) + (4 * k * m);
        _curve.Add(new TrainingPoint(_iterations, loss, 1));
        TimeSpan elapsed = _context.TimeProvider.GetElapsedTime(_started);
        if (_context.Progress is { } progress && (_reported == TimeSpan.MinValue || elapsed - _reported >= _context.ProgressInterval))
        {
            _reported = elapsed;
            long done = ((long)restart * _options.MaxIterations) + iteration, total = (long)restarts * _options.MaxIterations;
            progress.Report(new TrainingProgress(done, total, loss, 1, double.NaN, double.NaN, _rows / Math.Max(elapsed.TotalSeconds, 1e-9), elapsed, elapsed * ((double)(total - done) / done)));
        }

        _token.ThrowIfCancellationRequested();
    }

    private float[] ReadSample()
    {
        _token.ThrowIfCancellationRequested();
        int count = (int)SampleSize;
        var batch = new SignalBatch(count, _data.Dimension);
        if (count == _data.RowCount)
        {
            _data.Rewind();
            _data.Read(batch);
            _data.Rewind();
        }
        else
        {
            // Different rows, by throwing away what was drawn before.
            var random = new RandomStream(_options.Seed, "kmeans.sample");
            var chosen = new SortedSet<long>();
            while (chosen.Count < count)
            {
                chosen.Add((long)(random.NextDouble() * _data.RowCount));
            }

            _data.Gather([.. chosen], batch);
        }

        return Prepare(batch);
    }

    /// <summary>The batch's signals; for spherical clustering scaled to norm 1, without those of norm 0.</summary>
    private float[] Prepare(SignalBatch batch)
    {
        float[] signals = batch.Signals.ToArray();
        if (!_options.Spherical)
        {
            return signals;
        }

        int m = batch.Dimension, kept = 0;
        for (int row = 0; row < batch.Count; row++)
        {
            double squared = Signals.SquaredNorm(signals.AsSpan(row * m, m));
            if (squared > 0)
            {
                TensorPrimitives.Multiply(signals.AsSpan(row * m, m), (float)(1 / Math.Sqrt(squared)), signals.AsSpan(kept++ * m, m));
            }
        }

        return signals[..(kept * m)];
    }

    private double MeanVariance(float[] signals)
    {
        int m = _data.Dimension, rows = signals.Length / m;
        double total = 0;
        for (int j = 0; j < m; j++)
        {
            double sum = 0, squares = 0;
            for (int row = 0; row < rows; row++)
            {
                double value = signals[(row * m) + j];
                (sum, squares) = (sum + value, squares + (value * value));
            }

            total += Math.Max(0, (squares / rows) - (sum / rows * (sum / rows)));
        }

        return total / m;
    }
}

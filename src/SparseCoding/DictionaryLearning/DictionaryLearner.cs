using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.DictionaryLearning;

/// <summary>Codes a block of signals on a dictionary.</summary>
internal delegate EncodeResult DictionaryCoder(AtomDictionary dictionary, SignalView signals, EncodeRequest request, CancellationToken cancellationToken);

/// <summary>
/// Learns a dictionary by alternation with any coder: codes Z of a batch, statistics A = ZᵀZ and B = ZᵀX, block coordinate descent on the
/// atoms. An atom that no code uses is replaced by the signal that is worst represented. The objective of a batch is
/// mean over signals of ½‖x − zD‖² + penalty·‖z‖₁.
/// </summary>
internal sealed class DictionaryLearner(
    DictionaryLearningOptions options,
    int atomCount,
    float penalty,
    string encoder,
    DictionaryCoder code,
    Func<int, long, FlopCount> codingFlops)
{
    /// <summary>Runs all restarts and keeps the one with the lowest objective.</summary>
    public (AtomDictionary Dictionary, TrainingRecord Record) Run(ActivationSource? data, RunContext context, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.RowCount < 1)
        {
            Throw.Argument("data holds no signals.", nameof(data));
        }

        ILogger logger = context.LoggerFactory.CreateLogger("SparseCoding.DictionaryLearning");
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("learn dictionary " + encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        long started = context.TimeProvider.GetTimestamp();
        var run = new Session(this, data, context, backend, started);
        float[]? best = null;
        double lowest = double.PositiveInfinity;
        for (int restart = 0; restart < Restarts; restart++)
        {
            (float[] atoms, double objective, int sweeps) = run.Restart(restart, cancellationToken);
            Log.RestartCompleted(logger, restart, objective, sweeps);
            if (objective < lowest)
            {
                (best, lowest) = (atoms, objective);
            }
        }

        long steps = run.Alternations;
        long rows = run.BatchRows;
        var record = new TrainingRecord
        {
            Steps = steps,
            Rows = steps * rows,
            Flops = (codingFlops(data.Dimension, rows) + UpdateFlops(data.Dimension, rows)) * steps,
            FinalLoss = lowest,
            Elapsed = context.TimeProvider.GetElapsedTime(started),
            Device = backend.Name,
            Completed = true,
            Curve = run.Curve,
        };
        return (new AtomDictionary(best!, data.Dimension), record);
    }

    /// <summary>Statistics and atom sweeps of one alternation, as dense products: 2BN² + 2BNM + sweeps·(2N²M + 4NM); with sparse codes it is a bound.</summary>
    private FlopCount UpdateFlops(int dimension, long rows)
    {
        UInt128 n = (UInt128)atomCount, m = (UInt128)dimension, b = (UInt128)rows;
        return new FlopCount((2 * b * n * n) + (2 * b * n * m) + ((UInt128)options.UpdateSweeps * ((2 * n * n * m) + (4 * n * m))), null, true);
    }

    private sealed class Session
    {
        private readonly DictionaryLearner _owner;
        private readonly ActivationSource _data;
        private readonly RunContext _context;
        private readonly Backend _backend;
        private readonly long _started;
        private readonly bool _whole;
        private readonly SignalBatch _batch;
        private readonly List<TrainingPoint> _curve = [];
        private TimeSpan _reported = TimeSpan.MinValue;

        public Session(DictionaryLearner owner, ActivationSource data, RunContext context, Backend backend, long started)
        {
            _owner = owner;
            _data = data;
            _context = context;
            _backend = backend;
            _started = started;
            var feeder = new BatchFeeder(data, owner.Options.BatchSize, owner.Options.Seed, context.MemoryBudget);
            BatchRows = feeder.BatchSize;
            _whole = BatchRows == data.RowCount;
            _batch = new SignalBatch(BatchRows, data.Dimension);
        }

        public int BatchRows { get; }

        public long Alternations { get; private set; }

        public IReadOnlyList<TrainingPoint> Curve => _curve;

        public (float[] Atoms, double Objective, int Sweeps) Restart(int restart, CancellationToken cancellationToken)
        {
            DictionaryLearningOptions options = _owner.Options;
            int n = _owner.AtomCount, m = _data.Dimension;
            var feeder = new BatchFeeder(_data, options.BatchSize, unchecked(options.Seed + ((long)restart << 32)), _context.MemoryBudget);
            feeder.Next(_batch);
            var stream = new RandomStream(options.Seed, "dictionary.start", (ulong)restart);
            float[] atoms = Start(stream, n, m);
            using DeviceMatrix dictionary = _backend.Allocate(n, m), gram = _backend.Allocate(n, n), signals = _backend.Allocate(n, m);
            using DeviceMatrix x = _backend.Allocate(BatchRows, m);
            SparseCodes? warm = null;
            double objective = double.PositiveInfinity;
            int iteration = 0, stalled = 0;
            var energy = new double[n];
            float[] bestAtoms = atoms;
            double best = double.PositiveInfinity;
            while (iteration < options.Iterations)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (iteration > 0 && !_whole)
                {
                    feeder.Next(_batch);
                    warm = null;
                }

                var current = new AtomDictionary(atoms, m);
                SignalView view = SignalView.FromRows(_batch.Signals, m);
                SparseCodes codes = _owner.Code(current, view, new EncodeRequest { Context = _context with { Progress = null }, WarmStart = warm }, cancellationToken).Codes;
                (objective, int worst, double l0) = Measure(current, codes);
                iteration++;
                Alternations++;
                _curve.Add(new TrainingPoint(Alternations, objective, l0));
                stalled = best - objective > options.Tolerance * Math.Abs(best) || iteration == 1 ? 0 : stalled + 1;
                if (objective < best)
                {
                    // Greedy codes and replaced atoms can raise the objective again: the best dictionary is the answer.
                    (bestAtoms, best) = (atoms, objective);
                }

                bool settled = _whole && options.Tolerance > 0 && stalled >= DictionaryLearningOptions.Patience;
                Report(objective, l0, settled ? options.Iterations : iteration, restart);
                if (settled)
                {
                    break;
                }

                atoms = Update(atoms, codes, dictionary, gram, signals, x, iteration, worst, stream, energy);
            }

            return _whole ? (bestAtoms, best, iteration) : (atoms, Score(atoms, cancellationToken), iteration);
        }

        /// <summary>Objective on the first batch of the seed: the same signals for every restart.</summary>
        private double Score(float[] atoms, CancellationToken cancellationToken)
        {
            new BatchFeeder(_data, _owner.Options.BatchSize, _owner.Options.Seed, _context.MemoryBudget).Next(_batch);
            var dictionary = new AtomDictionary(atoms, _data.Dimension);
            SparseCodes codes = _owner.Code(dictionary, SignalView.FromRows(_batch.Signals, _data.Dimension), new EncodeRequest { Context = _context with { Progress = null } }, cancellationToken).Codes;
            return Measure(dictionary, codes).Objective;
        }

        private float[] Start(RandomStream stream, int n, int m)
        {
            var atoms = new float[n * m];
            int rows = _batch.Count;
            int[] chosen = new int[Math.Min(n, rows)];
            stream.SampleWithoutReplacement(rows, chosen);
            for (int i = 0; i < n; i++)
            {
                Span<float> atom = atoms.AsSpan(i * m, m);
                if (_owner.Options.StartFromSignals && i < chosen.Length)
                {
                    _batch.Signals.Slice(chosen[i] * m, m).CopyTo(atom);
                }

                if (!(Signals.SquaredNorm(atom) > 0))
                {
                    stream.FillNormal(atom);
                }

                Normalize(atom);
            }

            return atoms;
        }

        private float[] Update(float[] atoms, SparseCodes codes, DeviceMatrix dictionary, DeviceMatrix gram, DeviceMatrix right, DeviceMatrix x, int iteration, int worst, RandomStream stream, double[] energy)
        {
            int n = _owner.AtomCount, m = _data.Dimension;
            _backend.Write(x, 0, _batch.Signals);
            using DeviceCodes z = DeviceCodesOf(codes);

            // With all signals in every alternation the statistics are exact; batches are averaged with forgetting 1 − 1/t.
            float keep = _whole || iteration == 1 ? 0 : 1 - (1f / iteration);
            using DeviceMatrix fresh = _backend.Allocate(n, n), freshRight = _backend.Allocate(n, m);
            _backend.AddCodesGram(z, fresh);
            _backend.WeightGradient(z, x, freshRight, 1);
            _backend.Map(MapOperation.Add, gram, gram, fresh, keep, 1 - keep);
            _backend.Map(MapOperation.Add, right, right, freshRight, keep, 1 - keep);
            _backend.Write(dictionary, 0, atoms);
            for (int sweep = 0; sweep < _owner.Options.UpdateSweeps; sweep++)
            {
                _backend.UpdateAtoms(dictionary, gram, right, 1e-6f, unitBall: false);
            }

            var updated = new float[n * m];
            _backend.Read(dictionary, 0, updated);
            for (int i = 0; i < n; i++)
            {
                energy[i] *= keep;
            }

            for (int i = 0; i < codes.NonZeroCount; i++)
            {
                energy[codes.Atoms[i]] += (1 - keep) * codes.Values[i] * codes.Values[i];
            }

            ReplaceUnused(updated, energy, worst, stream);
            return updated;
        }

        private void ReplaceUnused(float[] atoms, double[] energy, int worst, RandomStream stream)
        {
            int n = _owner.AtomCount, m = _data.Dimension;
            bool first = true;
            for (int i = 0; i < n; i++)
            {
                if (energy[i] > 1e-12)
                {
                    continue;
                }

                // The worst-represented signal first; further ones at random, so that two unused atoms do not become the same.
                int row = first ? worst : stream.NextInt(_batch.Count);
                first = false;
                Span<float> atom = atoms.AsSpan(i * m, m);
                _batch.Signals.Slice(row * m, m).CopyTo(atom);
                if (!(Signals.SquaredNorm(atom) > 0))
                {
                    stream.FillNormal(atom);
                }

                Normalize(atom);
            }
        }

        private (double Objective, int Worst, double L0) Measure(AtomDictionary dictionary, SparseCodes codes)
        {
            int m = _data.Dimension, rows = codes.RowCount;
            var errors = new double[rows];
            const int BlockRows = 256;
            ParallelBlocks.Run(ParallelBlocks.Count(rows, BlockRows), _context.EffectiveThreads, block =>
            {
                var decoded = new float[m];
                for (int row = block * BlockRows; row < Math.Min(rows, (block + 1) * BlockRows); row++)
                {
                    dictionary.DecodeRow(codes[row], decoded);
                    TensorPrimitives.Subtract(decoded, _batch.Signals.Slice(row * m, m), decoded);
                    errors[row] = Signals.SquaredNorm(decoded);
                }
            });
            double total = 0, l1 = 0;
            int worst = 0;
            for (int row = 0; row < rows; row++)
            {
                total += errors[row];
                worst = errors[row] > errors[worst] ? row : worst;
            }

            foreach (float value in codes.Values)
            {
                l1 += Math.Abs((double)value);
            }

            return (((0.5 * total) + (_owner.Penalty * l1)) / rows, worst, (double)codes.NonZeroCount / rows);
        }

        private DeviceCodes DeviceCodesOf(SparseCodes codes)
        {
            int capacity = 1;
            for (int row = 0; row < codes.RowCount; row++)
            {
                capacity = Math.Max(capacity, codes[row].Count);
            }

            DeviceCodes device = _backend.AllocateCodes(codes.RowCount, codes.AtomCount, capacity);
            var indices = new int[codes.RowCount * capacity];
            var values = new float[codes.RowCount * capacity];
            var counts = new int[codes.RowCount];
            for (int row = 0; row < codes.RowCount; row++)
            {
                SparseRow code = codes[row];
                code.Atoms.CopyTo(indices.AsSpan(row * capacity));
                code.Values.CopyTo(values.AsSpan(row * capacity));
                counts[row] = code.Count;
            }

            _backend.Write(device.Indices, indices);
            _backend.Write(device.Values, 0, values);
            _backend.Write(device.Counts, counts);
            return device;
        }

        private void Report(double objective, double l0, int iteration, int restart)
        {
            TimeSpan elapsed = _context.TimeProvider.GetElapsedTime(_started);
            bool last = iteration == _owner.Options.Iterations && restart + 1 == _owner.Restarts;
            if (_context.Progress is not { } progress || (!last && _reported != TimeSpan.MinValue && elapsed - _reported < _context.ProgressInterval))
            {
                return;
            }

            _reported = elapsed;
            long total = (long)_owner.Options.Iterations * _owner.Restarts;
            long done = ((long)restart * _owner.Options.Iterations) + iteration;
            double rate = Alternations * (double)BatchRows / Math.Max(elapsed.TotalSeconds, 1e-9);
            progress.Report(new TrainingProgress(done, total, objective, l0, double.NaN, double.NaN, rate, elapsed, TimeSpan.FromSeconds(Math.Min(1e9, elapsed.TotalSeconds * (total - done) / done))));
        }

        private static void Normalize(Span<float> atom) => TensorPrimitives.Multiply(atom, (float)(1 / Math.Sqrt(Signals.SquaredNorm(atom))), atom);
    }

    private DictionaryLearningOptions Options => options;

    private int Restarts => options.RestartsFor(atomCount);

    private int AtomCount => atomCount;

    private float Penalty => penalty;

    private DictionaryCoder Code => code;
}

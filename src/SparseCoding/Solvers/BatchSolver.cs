using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Solvers;

/// <summary>
/// Runs a per-signal solver over a batch on a dictionary: blocks of signals are centred, one product gives their correlations, and rows are
/// solved on all threads. A row's code depends on that row alone. Codes that solve least squares or a Lasso on their support are refined there against
/// the signal itself (<see cref="SupportRefinement"/>), so that float32 costs their last digit and no more.
/// </summary>
internal sealed class BatchSolver
{
    private const int RowsPerTask = 16;
    private readonly AtomDictionary _dictionary;
    private readonly Func<GramRows<float>, IRowSolver> _create;
    private readonly string _encoder;
    private readonly string _accuracyMeaning;

    /// <summary>A solver for a dictionary.</summary>
    /// <param name="dictionary">Atoms, offset and scale.</param>
    /// <param name="encoder">Name for messages.</param>
    /// <param name="accuracyMeaning">"squared residual" or "duality gap".</param>
    /// <param name="create">Makes a solver for one thread.</param>
    public BatchSolver(AtomDictionary dictionary, string encoder, string accuracyMeaning, Func<GramRows<float>, IRowSolver> create)
    {
        _dictionary = dictionary;
        _encoder = encoder;
        _accuracyMeaning = accuracyMeaning;
        _create = create;
    }

    /// <summary>Codes with details of every row.</summary>
    public EncodeResult Encode(SignalView signals, EncodeRequest? request, CancellationToken cancellationToken)
    {
        signals.ThrowIfInvalid(nameof(signals), _dictionary.Dimension, "the dictionary", allowEmpty: true);
        SparseCodes? warm = WarmStarts.Check(request, signals.RowCount, _dictionary.AtomCount);
        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + _encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int rows = signals.RowCount, atoms = _dictionary.AtomCount, dimension = _dictionary.Dimension;
        int blockRows = (int)Math.Clamp((1L << 22) / atoms, RowsPerTask, 2048);
        var result = new Rows(rows, atoms);
        GramRows<float> gram = _dictionary.Gram(context.EffectiveThreads, context.MemoryBudget);
        var workers = new ConcurrentBag<Worker>();
        using DeviceMatrix dictionary = backend.Allocate(atoms, dimension);
        backend.Write(dictionary, 0, _dictionary.AtomValues);
        var block = new float[Math.Min(blockRows, rows) * dimension];
        var correlations = new float[Math.Min(blockRows, rows) * atoms];
        var progress = new EncodingProgress(context, rows);
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first);
            Signals.Center(signals, first, count, _dictionary, block);
            using (DeviceMatrix x = backend.Allocate(count, dimension))
            using (DeviceMatrix c = backend.Allocate(count, atoms))
            {
                backend.Write(x, 0, block.AsSpan(0, count * dimension));
                backend.Product(x, false, dictionary, true, c, ProductEpilogue.None);
                backend.Read(c, 0, correlations.AsSpan(0, count * atoms));
            }

            int start = first;
            ParallelBlocks.Run(ParallelBlocks.Count(count, RowsPerTask), (long)count * atoms < 1 << 14 ? 1 : context.EffectiveThreads, task =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!workers.TryTake(out Worker? worker))
                {
                    worker = new Worker(_create(gram), gram, _dictionary);
                }

                int end = Math.Min(count, (task + 1) * RowsPerTask);
                for (int row = task * RowsPerTask; row < end; row++)
                {
                    SparseRow from = warm is null ? default : warm[start + row];
                    worker.Solve(block.AsSpan(row * dimension, dimension), correlations.AsSpan(row * atoms, atoms), from, start + row, result);
                }

                workers.Add(worker);
            });
            progress.Report(first + count);
        }

        SparseCodingDiagnostics.EncodedRows.Add(rows);
        EncodeResult encoded = result.Build(_accuracyMeaning);
        int unfinished = encoded.Count(StopReason.MaxIterations);
        if (unfinished > 0)
        {
            Log.NotConverged(context.LoggerFactory.CreateLogger("SparseCoding.Encoding"), unfinished, rows, _encoder);
        }

        return encoded;
    }

    /// <summary>A solver with what refines its codes; belongs to one thread at a time.</summary>
    private sealed class Worker(IRowSolver solver, GramRows<float> gram, AtomDictionary dictionary)
    {
        private readonly SupportRefinement _refinement = new(dictionary.AtomArray, dictionary.Dimension);

        public void Solve(ReadOnlySpan<float> signal, ReadOnlySpan<float> correlations, SparseRow from, int row, Rows result)
        {
            RowOutcome outcome = solver.Solve(correlations, Signals.SquaredNorm(signal), from.Atoms, from.Values);
            int[] atoms = solver.Support.ToArray();
            float[] values = solver.Coefficients.ToArray();
            if (!double.IsNaN(outcome.Level))
            {
                _refinement.Refine(gram, signal, atoms, values, outcome.Level, outcome.KeepSigns);

                // Least squares report the residual, and ‖x‖² − Σρ² has lost the digits that they share.
                outcome = outcome.Level == 0 && solver is OmpRowSolver ? outcome with { Accuracy = _refinement.SquaredResidual } : outcome;
            }

            result.Set(row, atoms, values, outcome);
        }
    }

    /// <summary>Results of all rows, written by any thread.</summary>
    private sealed class Rows(int count, int atomCount)
    {
        private readonly int[][] _atoms = new int[count][];
        private readonly float[][] _values = new float[count][];
        private readonly int[] _iterations = new int[count];
        private readonly StopReason[] _reasons = new StopReason[count];
        private readonly double[] _accuracies = new double[count];

        public void Set(int row, int[] atoms, float[] values, RowOutcome outcome)
        {
            _atoms[row] = atoms;
            _values[row] = values;
            _iterations[row] = outcome.Iterations;
            _reasons[row] = StopReasons.Of(outcome.Stop);
            _accuracies[row] = outcome.Accuracy;
        }

        public EncodeResult Build(string accuracyMeaning)
        {
            var builder = new SparseCodesBuilder(atomCount, count);
            for (int row = 0; row < count; row++)
            {
                builder.AddUnordered(_atoms[row], _values[row]);
            }

            return new EncodeResult(builder.Build(), _iterations, _reasons, _accuracies, accuracyMeaning);
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Solvers;

/// <summary>A backend's own solver for a problem, or a default made of its primitives; false where there is neither.</summary>
internal delegate bool WholeSolver(Backend backend, BatchProblem problem, BatchSolution solution, CancellationToken cancellationToken);

/// <summary>
/// Runs a solver over a batch on a dictionary: blocks of signals are centred, one product gives their correlations, and the backend's whole solver takes them; where it has none the rows
/// are solved on the host's threads. A row's code depends on that row alone. Codes that solve least squares or a Lasso on their support are refined there against
/// the signal itself (<see cref="SupportRefinement"/>), so that float32 costs their last digit and no more.
/// </summary>
internal sealed class BatchSolver
{
    private const int RowsPerTask = BatchSolution.RowsPerChunk;

    // Correlations of a block stay in the third-level cache until they are read again, with enough rows that the atoms, packed for each product, are worth it.
    private const long BlockEntries = 1L << 20;
    private const int LeastRows = 256;
    private readonly AtomDictionary _dictionary;
    private readonly Func<GramRows<float>, IRowSolver> _create;
    private readonly WholeSolver? _whole;
    private readonly string _encoder;
    private readonly string _accuracyMeaning;

    /// <summary>A solver for a dictionary.</summary>
    /// <param name="dictionary">Atoms, offset and scale.</param>
    /// <param name="encoder">Name for messages.</param>
    /// <param name="accuracyMeaning">"squared residual" or "duality gap".</param>
    /// <param name="create">Makes a solver of single rows for one thread of the host.</param>
    /// <param name="whole">Asks the backend; null where no backend has such a solver.</param>
    public BatchSolver(AtomDictionary dictionary, string encoder, string accuracyMeaning, Func<GramRows<float>, IRowSolver> create, WholeSolver? whole = null)
    {
        _dictionary = dictionary;
        _encoder = encoder;
        _accuracyMeaning = accuracyMeaning;
        _create = create;
        _whole = whole;
    }

    /// <summary>Codes with details of every row.</summary>
    public EncodeResult Encode(SignalView signals, EncodeRequest? request, CancellationToken cancellationToken)
    {
        RunContext context = request?.Context ?? RunContext.Default;
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        return Encode(backend, signals, request, cancellationToken);
    }

    /// <summary>The same on a given backend.</summary>
    public EncodeResult Encode(Backend backend, SignalView signals, EncodeRequest? request, CancellationToken cancellationToken)
    {
        signals.ThrowIfInvalid(nameof(signals), _dictionary.Dimension, "the dictionary", allowEmpty: true);
        SparseCodes? warm = WarmStarts.Check(request, signals.RowCount, _dictionary.AtomCount);
        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + _encoder);
        int rows = signals.RowCount, atoms = _dictionary.AtomCount, dimension = _dictionary.Dimension;
        int blockRows = (int)Math.Clamp(BlockEntries / atoms, LeastRows, 2048);
        var result = new Rows(rows, atoms);
        GramRows<float> gram = _dictionary.Gram(context.EffectiveThreads, context.MemoryBudget);
        using DeviceMatrix dictionary = backend.Allocate(atoms, dimension);
        backend.Write(dictionary, 0, _dictionary.AtomValues);
        var block = new float[Math.Min(blockRows, rows) * dimension];
        BatchSolution? solution = null;
        var progress = new EncodingProgress(context, rows);
        using var buffers = new Buffers(backend, dimension, atoms);
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first);
            signals.CopyRows(first, count, block);
            var norms = new double[count];
            Prepare(block, norms, context.EffectiveThreads);
            (DeviceMatrix x, DeviceMatrix c) = buffers.Get(count);
            backend.Write(x, 0, block.AsSpan(0, count * dimension));
            backend.Product(x, false, dictionary, true, c, ProductEpilogue.None);
            var problem = new BatchProblem { Gram = gram, Dictionary = dictionary, Signals = x, Correlations = c, SquaredNorms = norms, WarmStart = View(warm, first, count) };
            if (solution is null || solution.Outcomes.Length != count)
            {
                solution = new BatchSolution(count);
            }
            else
            {
                solution.Reset();
            }

            cancellationToken.ThrowIfCancellationRequested();
            if (_whole is null || !_whole(backend, problem, solution, cancellationToken))
            {
                HostRows.ReadAndSolve(backend, problem, () => _create(gram), solution, context.EffectiveThreads, cancellationToken);
            }

            Refine(gram, block, solution, count, context.EffectiveThreads, cancellationToken);
            result.Set(first, count, solution);
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

    private static CsrView? View(SparseCodes? warm, int first, int rows)
    {
        if (warm is null)
        {
            return null;
        }

        SparseCodes part = warm.Slice(first, rows);
        return new CsrView(rows, part.AtomCount, part.OffsetArray, part.AtomArray, part.ValueArray);
    }

    /// <summary>Brings copied rows into the units of the solver and sums their squares.</summary>
    private void Prepare(float[] rows, double[] norms, int threads)
    {
        const int TaskRows = 128;
        int dimension = _dictionary.Dimension;
        ParallelBlocks.Run(ParallelBlocks.Count(norms.Length, TaskRows), (long)norms.Length * dimension < 1 << 16 ? 1 : threads, task =>
        {
            int first = task * TaskRows, count = Math.Min(TaskRows, norms.Length - first);
            Signals.Center(rows.AsSpan(first * dimension, count * dimension), _dictionary);
            for (int row = first; row < first + count; row++)
            {
                norms[row] = Signals.SquaredNorm(rows.AsSpan(row * dimension, dimension));
            }
        });
    }

    /// <summary>Refines what asks for it; least squares then report the residual itself, because ‖x‖² − Σρ² has lost the digits that the two share.</summary>
    private void Refine(GramRows<float> gram, float[] signals, BatchSolution solution, int rows, int threads, CancellationToken cancellationToken)
    {
        if (!Array.Exists(solution.Outcomes, o => !double.IsNaN(o.Level)))
        {
            return;
        }

        int dimension = _dictionary.Dimension;
        var workers = new ConcurrentBag<SupportRefinement>();
        ParallelBlocks.Run(ParallelBlocks.Count(rows, RowsPerTask), (long)rows * _dictionary.AtomCount < 1 << 14 ? 1 : threads, task =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!workers.TryTake(out SupportRefinement? refinement))
            {
                refinement = new SupportRefinement(_dictionary.AtomArray, dimension);
            }

            for (int row = task * RowsPerTask; row < Math.Min(rows, (task + 1) * RowsPerTask); row++)
            {
                RowOutcome outcome = solution.Outcomes[row];
                if (double.IsNaN(outcome.Level))
                {
                    continue;
                }

                refinement.Refine(gram, signals.AsSpan(row * dimension, dimension), solution.Atoms(row), solution.Values(row), outcome.Level, outcome.KeepSigns);
                if (outcome.IsSquaredResidual)
                {
                    solution.Outcomes[row] = outcome with { Accuracy = refinement.SquaredResidual };
                }
            }

            workers.Add(refinement);
        });
    }

    /// <summary>Signals and correlations of a block, allocated again only where the number of rows changes, as it does at the end.</summary>
    private sealed class Buffers(Backend backend, int dimension, int atoms) : IDisposable
    {
        private DeviceMatrix? _signals;
        private DeviceMatrix? _correlations;

        public (DeviceMatrix Signals, DeviceMatrix Correlations) Get(int rows)
        {
            if (_signals is null || _signals.Rows != rows)
            {
                Dispose();
                _signals = backend.Allocate(rows, dimension);
                _correlations = backend.Allocate(rows, atoms);
            }

            return (_signals, _correlations!);
        }

        public void Dispose()
        {
            _signals?.Dispose();
            _correlations?.Dispose();
        }
    }

    /// <summary>Results of all blocks.</summary>
    private sealed class Rows(int count, int atomCount)
    {
        private readonly SparseCodesBuilder _codes = new(atomCount, count);
        private readonly int[] _iterations = new int[count];
        private readonly StopReason[] _reasons = new StopReason[count];
        private readonly double[] _accuracies = new double[count];

        public void Set(int first, int rows, BatchSolution solution)
        {
            for (int row = 0; row < rows; row++)
            {
                RowOutcome outcome = solution.Outcomes[row];
                _codes.AddUnordered(solution.Atoms(row), solution.Values(row));
                (_iterations[first + row], _reasons[first + row], _accuracies[first + row]) = (outcome.Iterations, StopReasons.Of(outcome.Stop), outcome.Accuracy);
            }
        }

        public EncodeResult Build(string accuracyMeaning) => new(_codes.Build(), _iterations, _reasons, _accuracies, accuracyMeaning);
    }
}

using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;

namespace SparseCoding.Solvers;

/// <summary>Codes one signal from its correlations with all atoms; returns the number of active atoms.</summary>
/// <param name="correlations">c0 = D u, [atoms]; may be overwritten.</param>
/// <param name="atoms">Receives the active atoms, in any order, [atoms].</param>
/// <param name="values">Receives their values, [atoms].</param>
internal delegate int CorrelationCoder(Span<float> correlations, Span<int> atoms, Span<float> values);

/// <summary>
/// Runs a coder that needs nothing but the correlations over a batch: blocks of signals are centred, one product gives their correlations, no Gram is made.
/// A row's code depends on that row alone; its squared residual is that of the decoded code.
/// </summary>
internal static class CorrelationSolver
{
    private const int RowsPerTask = 16;

    /// <summary>Codes with details of every row.</summary>
    public static EncodeResult Encode(AtomDictionary dictionary, string encoder, CorrelationCoder coder, SignalView signals, EncodeRequest? request, CancellationToken cancellationToken)
    {
        if (request?.WarmStart is not null)
        {
            Throw.NotSupported($"{encoder} takes one pass, so a warm start would be ignored. Leave it out.");
        }

        signals.ThrowIfInvalid(nameof(signals), dictionary.Dimension, "the dictionary", allowEmpty: true);
        cancellationToken.ThrowIfCancellationRequested();
        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int rows = signals.RowCount, atoms = dictionary.AtomCount, dimension = dictionary.Dimension;
        int blockRows = (int)Math.Clamp((1L << 22) / atoms, RowsPerTask, 2048);
        using DeviceMatrix matrix = backend.Allocate(atoms, dimension);
        backend.Write(matrix, 0, dictionary.AtomValues);
        var block = new float[Math.Min(blockRows, rows) * dimension];
        var correlations = new float[Math.Min(blockRows, rows) * atoms];
        var active = new int[rows][];
        var values = new float[rows][];
        var errors = new double[rows];
        var progress = new EncodingProgress(context, rows);
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first), start = first;
            Signals.Center(signals, first, count, dictionary, block);
            using (DeviceMatrix x = backend.Allocate(count, dimension))
            using (DeviceMatrix c = backend.Allocate(count, atoms))
            {
                backend.Write(x, 0, block.AsSpan(0, count * dimension));
                backend.Product(x, false, matrix, true, c, ProductEpilogue.None);
                backend.Read(c, 0, correlations.AsSpan(0, count * atoms));
            }

            ParallelBlocks.Run(ParallelBlocks.Count(count, RowsPerTask), (long)count * atoms < 1 << 14 ? 1 : context.EffectiveThreads, task =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                var found = new int[atoms];
                var given = new float[atoms];
                int end = Math.Min(count, (task + 1) * RowsPerTask);
                for (int row = task * RowsPerTask; row < end; row++)
                {
                    int size = coder(correlations.AsSpan(row * atoms, atoms), found, given);
                    active[start + row] = found[..size];
                    values[start + row] = given[..size];
                    errors[start + row] = SquaredError(dictionary, block.AsSpan(row * dimension, dimension), found.AsSpan(0, size), given);
                }
            });
            progress.Report(first + count);
        }

        SparseCodingDiagnostics.EncodedRows.Add(rows);
        var builder = new SparseCodesBuilder(atoms, rows);
        for (int row = 0; row < rows; row++)
        {
            builder.AddUnordered(active[row], values[row]);
        }

        var reasons = new StopReason[rows];
        var iterations = new int[rows];
        reasons.AsSpan().Fill(StopReason.OnePass);
        iterations.AsSpan().Fill(1);
        return new EncodeResult(builder.Build(), iterations, reasons, errors, "squared residual");
    }

    /// <summary>‖u − zD‖²; the signal is overwritten by the residual.</summary>
    private static double SquaredError(AtomDictionary dictionary, Span<float> signal, ReadOnlySpan<int> atoms, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < atoms.Length; i++)
        {
            System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(dictionary.AtomValues.Slice(atoms[i] * dictionary.Dimension, dictionary.Dimension), -values[i], signal, signal);
        }

        return Signals.SquaredNorm(signal);
    }
}

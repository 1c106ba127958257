using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;

namespace SparseCoding.Encoders;

/// <summary>What the factorisations share: all signals on the device, dense codes, the objective, progress and the record.</summary>
internal sealed class FactorizationSession : IDisposable
{
    private readonly RunContext _context;
    private readonly List<TrainingPoint> _curve = [];
    private readonly DeviceMatrix _residual;
    private readonly DeviceMatrix _scalar;
    private readonly long _started;
    private TimeSpan _reported = TimeSpan.MinValue;

    /// <summary>Reads all signals; Z and D are zero.</summary>
    public FactorizationSession(ActivationSource? data, int atomCount, RunContext? context, string name)
    {
        ArgumentNullException.ThrowIfNull(data);
        if (data.RowCount < 1)
        {
            Throw.Argument("data holds no signals.", nameof(data));
        }

        _context = context ?? RunContext.Default;
        if (_context.Checkpoint is not null)
        {
            Throw.NotSupported($"{name} writes no checkpoints: a factorisation is one short run in memory. Leave RunContext.Checkpoint null.");
        }

        long bytes = 4 * data.RowCount * ((3L * atomCount) + (2L * data.Dimension));
        if (bytes > _context.MemoryBudget || data.RowCount * Math.Max(atomCount, data.Dimension) > Array.MaxLength)
        {
            Throw.Argument($"{name} keeps a dense code for every signal: {data.RowCount} signals with {atomCount} atoms need {bytes >> 20} MiB, more than the memory budget of {_context.MemoryBudget >> 20} MiB. Use fewer signals, raise RunContext.MemoryBudget, or learn with LassoEncoder and NonNegativeAtoms.", nameof(data));
        }

        (AtomCount, Dimension, Rows) = (atomCount, data.Dimension, (int)data.RowCount);
        var batch = new SignalBatch(Rows, Dimension);
        data.Rewind();
        data.Read(batch);
        data.Rewind();
        Signals = batch.Signals.ToArray();
        Backend = _context.Device.CreateBackend(_context.EffectiveThreads);
        X = Backend.Allocate(Rows, Dimension);
        Backend.Write(X, 0, Signals);
        Z = Backend.Allocate(Rows, atomCount);
        D = Backend.Allocate(atomCount, Dimension);
        Gram = Backend.Allocate(atomCount, atomCount);
        Correlations = Backend.Allocate(Rows, atomCount);
        _residual = Backend.Allocate(Rows, Dimension);
        _scalar = Backend.Allocate(1, 1);
        _started = _context.TimeProvider.GetTimestamp();
    }

    public Backend Backend { get; }

    public int AtomCount { get; }

    public int Dimension { get; }

    public int Rows { get; }

    public int Threads => _context.EffectiveThreads;

    /// <summary>The signals on the host, [rows, dimension].</summary>
    public float[] Signals { get; }

    /// <summary>The signals, [rows, dimension].</summary>
    public DeviceMatrix X { get; }

    /// <summary>Codes, [rows, atoms].</summary>
    public DeviceMatrix Z { get; }

    /// <summary>Atoms, [atoms, dimension].</summary>
    public DeviceMatrix D { get; }

    /// <summary>Room for DDᵀ or ZᵀZ, [atoms, atoms].</summary>
    public DeviceMatrix Gram { get; }

    /// <summary>Room for XDᵀ, [rows, atoms].</summary>
    public DeviceMatrix Correlations { get; }

    /// <summary>Objective of the last measure.</summary>
    public double Objective { get; private set; } = double.NaN;

    /// <summary>Mean over signals of ½‖x − zD‖² + λΣz; adds a point to the curve and reports.</summary>
    public double Measure(int iteration, int iterations, float lambda, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Backend.Map(MapOperation.Scale, _residual, X);
        Backend.Product(Z, false, D, false, _residual, new ProductEpilogue { Beta = -1 });
        double Total(ReduceOperation operation, DeviceMatrix matrix)
        {
            Backend.Reduce(operation, ReduceAxis.All, _scalar, matrix, null, 1f / Rows);
            return Backend.ReadLagged(_scalar);
        }

        double l0 = Total(ReduceOperation.CountNonZero, Z);
        Objective = (0.5 * Total(ReduceOperation.SumSquares, _residual)) + (lambda == 0 ? 0 : lambda * Total(ReduceOperation.SumAbsolute, Z));
        if (!double.IsFinite(Objective))
        {
            Throw.InvalidOperation($"The objective is {Objective} at iteration {iteration}: check the scale of the signals.");
        }

        _curve.Add(new TrainingPoint(iteration, Objective, l0));
        TimeSpan elapsed = _context.TimeProvider.GetElapsedTime(_started);
        if (_context.Progress is { } progress && (iteration == iterations || _reported == TimeSpan.MinValue || elapsed - _reported >= _context.ProgressInterval))
        {
            _reported = elapsed;
            progress.Report(new TrainingProgress(iteration, iterations, Objective, l0, double.NaN, double.NaN, (double)iteration * Rows / Math.Max(elapsed.TotalSeconds, 1e-9), elapsed, elapsed * ((double)(iterations - iteration) / iteration)));
        }

        return Objective;
    }

    /// <summary>Squared error of each row of the last measure.</summary>
    public double[] Errors()
    {
        var residual = new float[Rows * Dimension];
        Backend.Read(_residual, 0, residual);
        var errors = new double[Rows];
        for (int row = 0; row < Rows; row++)
        {
            errors[row] = Contracts.Signals.SquaredNorm(residual.AsSpan(row * Dimension, Dimension));
        }

        return errors;
    }

    /// <summary>Atoms as the options start them.</summary>
    public void Start(DictionaryStart start, bool nonNegative, long seed) =>
        Backend.Write(D, 0, AtomStarts.Create(new DictionaryLearningOptions { Start = start, NonNegativeAtoms = nonNegative, Seed = seed }, Signals, AtomCount, Dimension, 0));

    /// <summary>The result: atoms scaled to norm 1 and the codes with them.</summary>
    /// <param name="codes">Codes, [rows, atoms].</param>
    /// <param name="atoms">Atoms, [atoms, dimension].</param>
    /// <param name="lambda">λ.</param>
    /// <param name="flops">Operations of one iteration.</param>
    /// <param name="loss">Objective of what is returned.</param>
    public FactorizationResult Finish(float[] codes, float[] atoms, float lambda, UInt128 flops, double loss)
    {
        var raw = new AtomDictionary(atoms, Dimension);
        var builder = new SparseCodesBuilder(AtomCount, Rows);
        for (int row = 0; row < Rows; row++)
        {
            Span<float> code = codes.AsSpan(row * AtomCount, AtomCount);
            System.Numerics.Tensors.TensorPrimitives.Multiply(code, raw.NormValues, code);
            builder.AddDense(code);
        }

        return new FactorizationResult
        {
            Dictionary = raw.Normalized(),
            Codes = builder.Build(),
            Lambda = lambda,
            Record = new TrainingRecord
            {
                Steps = _curve.Count,
                Rows = (long)_curve.Count * Rows,
                Flops = new FlopCount(flops * (UInt128)_curve.Count, null, true),
                FinalLoss = loss,
                Elapsed = _context.TimeProvider.GetElapsedTime(_started),
                Device = Backend.Name,
                Completed = true,
                Curve = _curve,
            },
        };
    }

    /// <summary>A matrix on the host.</summary>
    public float[] Read(DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        Backend.Read(matrix, 0, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMatrix matrix in (DeviceMatrix[])[X, Z, D, Gram, Correlations, _residual, _scalar])
        {
            matrix.Dispose();
        }

        Backend.Dispose();
    }
}

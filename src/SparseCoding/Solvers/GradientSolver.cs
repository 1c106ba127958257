using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using SparseCoding.Backends;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Solvers;

/// <summary>What gradient inference is asked for.</summary>
internal sealed record GradientSolverOptions
{
    /// <summary>λ of ½‖u − zD‖² + λ‖z‖₁ for each signal.</summary>
    public required float Lambda { get; init; }

    /// <summary>How codes are kept non-negative.</summary>
    public required CodeParametrization Parametrization { get; init; }

    /// <summary>The most steps.</summary>
    public required int Iterations { get; init; }

    /// <summary>Rate of Adam.</summary>
    public required float LearningRate { get; init; }

    /// <summary>Constants of Adam.</summary>
    public required AdamConstants Adam { get; init; }

    /// <summary>Log-code of a cold start; of the exp form. The ReLU form starts at <see cref="ReluStart"/>.</summary>
    public required float Start { get; init; }

    /// <summary>A row stops when its duality gap is at most this · ½‖u‖²; 0 does all steps.</summary>
    public required float GapTolerance { get; init; }
}

/// <summary>Constants of Adam for code inference.</summary>
internal readonly record struct AdamConstants(float Beta1, float Beta2, float Epsilon);

/// <summary>
/// Codes by Adam on a parametrisation that keeps them non-negative: z = exp(s), or z = ReLU(s), with the dictionary fixed (the paper's
/// inference-time optimisation). Rows do not influence each other: each stops by its own duality gap, checked every few steps.
/// </summary>
internal sealed class GradientSolver(AtomDictionary dictionary, GradientSolverOptions options, string encoder)
{
    /// <summary>Steps between two checks of the gaps.</summary>
    public const int CheckEvery = 50;

    private const long BlockElements = 1L << 20;

    /// <summary>Codes with details of every row; non-negative, entries of exactly 0 only where exp underflows or ReLU cuts.</summary>
    public EncodeResult Encode(SignalView signals, EncodeRequest? request, CancellationToken cancellationToken)
    {
        signals.ThrowIfInvalid(nameof(signals), dictionary.Dimension, "the dictionary", allowEmpty: true);
        SparseCodes? warm = WarmStarts.Check(request, signals.RowCount, dictionary.AtomCount);
        if (warm is not null && warm.Values.ContainsAnyInRange(float.MinValue, -float.Epsilon))
        {
            Throw.Argument("WarmStart holds negative values, which gradient inference on non-negative codes cannot start from.", nameof(request));
        }

        RunContext context = request?.Context ?? RunContext.Default;
        using var activity = SparseCodingDiagnostics.Activities.StartActivity("encode " + encoder);
        using Backend backend = context.Device.CreateBackend(context.EffectiveThreads);
        int rows = signals.RowCount, atoms = dictionary.AtomCount;
        var builder = new SparseCodesBuilder(atoms, rows);
        var iterations = new int[rows];
        var reasons = new StopReason[rows];
        var gaps = new double[rows];
        int blockRows = (int)Math.Clamp(BlockElements / atoms, 1, 4096);
        var progress = new EncodingProgress(context, rows);
        for (int first = 0; first < rows; first += blockRows)
        {
            int count = Math.Min(blockRows, rows - first);
            using var block = new Block(this, backend, count);
            cancellationToken.ThrowIfCancellationRequested();
            block.Start(signals, first, warm);
            block.Run(iterations.AsSpan(first, count), reasons.AsSpan(first, count), gaps.AsSpan(first, count), cancellationToken);
            block.AppendTo(builder);
            progress.Report(first + count);
        }

        SparseCodingDiagnostics.EncodedRows.Add(rows);
        var result = new EncodeResult(builder.Build(), iterations, reasons, gaps, "duality gap");
        int unfinished = result.Count(StopReason.MaxIterations);
        if (options.GapTolerance > 0 && unfinished > 0)
        {
            Log.NotConverged(context.LoggerFactory.CreateLogger("SparseCoding.Encoding"), unfinished, rows, encoder);
        }

        return result;
    }

    private sealed class Block : IDisposable
    {
        private readonly GradientSolver _owner;
        private readonly Backend _backend;
        private readonly int _rows;
        private readonly DeviceMatrix _x;
        private readonly DeviceMatrix _atoms;
        private readonly DeviceMatrix _parameters;
        private readonly DeviceMatrix _codes;
        private readonly DeviceMatrix _residual;
        private readonly DeviceMatrix _gradient;
        private readonly DeviceMatrix _first;
        private readonly DeviceMatrix _second;
        private readonly DeviceMatrix _lambda;
        private readonly float[] _solution;
        private readonly bool[] _done;
        private readonly double[] _squaredNorms;
        private float[]? _warm;

        public Block(GradientSolver owner, Backend backend, int rows)
        {
            _owner = owner;
            _backend = backend;
            _rows = rows;
            int n = owner.Dictionary.AtomCount, m = owner.Dictionary.Dimension;
            _x = backend.Allocate(rows, m);
            _residual = backend.Allocate(rows, m);
            _atoms = backend.Allocate(n, m);
            _parameters = backend.Allocate(rows, n);
            _codes = backend.Allocate(rows, n);
            _gradient = backend.Allocate(rows, n);
            _first = backend.Allocate(rows, n);
            _second = backend.Allocate(rows, n);
            _lambda = backend.Allocate(1, n);
            _solution = new float[rows * n];
            _done = new bool[rows];
            _squaredNorms = new double[rows];
        }

        public void Start(SignalView signals, int first, SparseCodes? warm)
        {
            AtomDictionary dictionary = _owner.Dictionary;
            GradientSolverOptions options = _owner.Options;
            int n = dictionary.AtomCount, m = dictionary.Dimension;
            var block = new float[_rows * m];
            Signals.Center(signals, first, _rows, dictionary, block);
            for (int row = 0; row < _rows; row++)
            {
                _squaredNorms[row] = Signals.SquaredNorm(block.AsSpan(row * m, m));
            }

            _backend.Write(_x, 0, block);
            _backend.Write(_atoms, 0, dictionary.AtomValues);
            _backend.Fill(_lambda, options.Lambda);
            var start = new float[n];
            for (int row = 0; row < _rows; row++)
            {
                if (options.Parametrization == CodeParametrization.Exp)
                {
                    Array.Fill(start, options.Start);
                }
                else if (warm is not null)
                {
                    // Just above 0: inactive atoms keep a gradient, and the code that was given is not buried.
                    Array.Fill(start, 1e-3f);
                }
                else
                {
                    ReluStart.Fill(block.AsSpan(row * m, m), dictionary.AtomValues, start);
                }

                if (warm is not null)
                {
                    SparseRow code = warm[first + row];
                    for (int i = 0; i < code.Count; i++)
                    {
                        start[code.Atoms[i]] = options.Parametrization == CodeParametrization.Exp ? MathF.Max(MathF.Log(code.Values[i]), options.Start) : code.Values[i];
                    }
                }

                _backend.Write(_parameters, row, start);
            }

            _warm = warm is null ? null : Dense(warm, first, _rows);
        }

        public void Run(Span<int> iterations, Span<StopReason> reasons, Span<double> gaps, CancellationToken cancellationToken)
        {
            GradientSolverOptions options = _owner.Options;
            int step = 0;
            bool checks = options.GapTolerance > 0;
            int open = checks ? CheckStart(iterations, reasons, gaps, options.Iterations == 0) : _rows;
            while (step < options.Iterations && open > 0)
            {
                if (step % CheckEvery == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                Decode();
                _backend.Product(_residual, false, _atoms, true, _gradient, new ProductEpilogue { Bias = _lambda });
                if (options.Parametrization == CodeParametrization.Exp)
                {
                    _backend.Map(MapOperation.Multiply, _gradient, _gradient, _codes);
                }
                else
                {
                    _backend.Map(MapOperation.ReluGradient, _gradient, _gradient, _parameters);
                }

                step++;
                _backend.Optimize(_parameters, _gradient, _first, _second, new OptimizerStep
                {
                    LearningRate = options.LearningRate,
                    Beta1 = options.Adam.Beta1,
                    Beta2 = options.Adam.Beta2,
                    Epsilon = options.Adam.Epsilon,
                    Number = step,
                });
                if ((checks && step % CheckEvery == 0) || step == options.Iterations)
                {
                    open = Check(step, iterations, reasons, gaps, step == options.Iterations);
                }
            }

            if (options.Iterations == 0 && !checks)
            {
                CheckStart(iterations, reasons, gaps, true);
            }
        }

        public void AppendTo(SparseCodesBuilder builder)
        {
            int n = _owner.Dictionary.AtomCount;
            for (int row = 0; row < _rows; row++)
            {
                builder.AddDense(_solution.AsSpan(row * n, n));
            }
        }

        public void Dispose()
        {
            foreach (DeviceMatrix matrix in (DeviceMatrix[])[_x, _atoms, _parameters, _codes, _residual, _gradient, _first, _second, _lambda])
            {
                matrix.Dispose();
            }
        }

        /// <summary>Z = exp(S) or ReLU(S), R = ZD − U.</summary>
        private void Decode()
        {
            _backend.Map(_owner.Options.Parametrization == CodeParametrization.Exp ? MapOperation.Exp : MapOperation.Relu, _codes, _parameters);
            DecodeResidual();
        }

        private void DecodeResidual()
        {
            _backend.Map(MapOperation.Scale, _residual, _x);
            _backend.Product(_codes, false, _atoms, false, _residual, new ProductEpilogue { Beta = -1 });
        }

        /// <summary>
        /// The check before the first step. A warm start is looked at as it was given, with its true zeros: a code that already meets the
        /// tolerance is the answer. The parametrisation, which cannot start at zero, would take it away from the solution first.
        /// </summary>
        private int CheckStart(Span<int> iterations, Span<StopReason> reasons, Span<double> gaps, bool last)
        {
            if (_warm is null)
            {
                return Check(0, iterations, reasons, gaps, last);
            }

            _backend.Write(_codes, 0, _warm);
            DecodeResidual();
            int open = CheckDecoded(0, iterations, reasons, gaps, last);
            _warm = null;
            return open;
        }

        /// <summary>Takes the codes of rows whose gap is small enough (or of all, at the end) and returns how many rows are still open.</summary>
        private int Check(int step, Span<int> iterations, Span<StopReason> reasons, Span<double> gaps, bool last)
        {
            Decode();
            return CheckDecoded(step, iterations, reasons, gaps, last);
        }

        private int CheckDecoded(int step, Span<int> iterations, Span<StopReason> reasons, Span<double> gaps, bool last)
        {
            int n = _owner.Dictionary.AtomCount, m = _owner.Dictionary.Dimension, open = 0;
            float lambda = _owner.Options.Lambda;
            _backend.Product(_residual, false, _atoms, true, _gradient, ProductEpilogue.None);
            var codes = new float[_rows * n];
            var correlations = new float[_rows * n];
            var residual = new float[_rows * m];
            var signals = new float[_rows * m];
            _backend.Read(_codes, 0, codes);
            _backend.Read(_gradient, 0, correlations);
            _backend.Read(_residual, 0, residual);
            _backend.Read(_x, 0, signals);
            for (int row = 0; row < _rows; row++)
            {
                if (_done[row])
                {
                    continue;
                }

                // The residual here is zD − u, so the largest correlation of u − zD is minus the smallest entry.
                ReadOnlySpan<float> z = codes.AsSpan(row * n, n), r = residual.AsSpan(row * m, m), x = signals.AsSpan(row * m, m);
                double largest = Math.Max(0, -(double)TensorPrimitives.Min(correlations.AsSpan(row * n, n)));
                double l1 = 0, rr = 0, rx = 0;
                foreach (float value in z)
                {
                    l1 += value;
                }

                for (int i = 0; i < m; i++)
                {
                    rr += (double)r[i] * r[i];
                    rx -= (double)r[i] * x[i];
                }

                double theta = largest <= lambda ? 1 : lambda / largest;
                double gap = (0.5 * rr * (1 + (theta * theta))) - (theta * rx) + (lambda * l1);
                bool converged = _owner.Options.GapTolerance > 0 && gap <= _owner.Options.GapTolerance * 0.5 * _squaredNorms[row];
                if (!converged && !last)
                {
                    open++;
                    continue;
                }

                _done[row] = true;
                z.CopyTo(_solution.AsSpan(row * n, n));
                (iterations[row], reasons[row], gaps[row]) = (step, converged ? StopReason.Converged : StopReason.MaxIterations, gap);
            }

            return open;
        }
    }

    private static float[] Dense(SparseCodes codes, int first, int rows)
    {
        int n = codes.AtomCount;
        var dense = new float[rows * n];
        for (int row = 0; row < rows; row++)
        {
            SparseRow code = codes[first + row];
            for (int i = 0; i < code.Count; i++)
            {
                dense[(row * n) + code.Atoms[i]] = code.Values[i];
            }
        }

        return dense;
    }

    private AtomDictionary Dictionary => dictionary;

    private GradientSolverOptions Options => options;
}

using SparseCoding.Backends;
using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>
/// FISTA for the Lasso of many signals at once, composed of the backend's primitives: the default for a device without a FISTA of its own. Two products of [rows, atoms] with the
/// dictionary a step; the momentum of each row restarts when it points uphill, as in <see cref="FistaCore{T}"/>, for which one number a row is read back in each step.
/// </summary>
/// <remarks>
/// Z⁺ = S_{λ/L}(V − ((VD − X)Dᵀ)/L), V⁺ = Z⁺ + β(Z⁺ − Z) with β of each row. Rows stop by their duality gap, looked at every few steps; a row that is done is computed on but not changed.
/// Where a row's objective rose between two looks L was too small: it is raised for all and momentum restarts. Sources: Beck and Teboulle 2009; O'Donoghue and Candès 2015.
/// </remarks>
internal sealed class BatchedFista : IDisposable
{
    /// <summary>Steps between two looks at the gaps.</summary>
    public const int CheckEvery = 10;

    private readonly Backend _backend;
    private readonly BatchProblem _problem;
    private readonly LassoParameters _parameters;
    private readonly DeviceMatrix _residual;
    private readonly DeviceMatrix _gradient;
    private readonly DeviceMatrix _point;
    private readonly DeviceMatrix _change;
    private readonly DeviceMatrix _uphill;
    private readonly DeviceMatrix _weights;
    private readonly float[] _dots;
    private readonly float[] _factors;
    private readonly double[] _momentum;
    private readonly double[] _objectives;
    private readonly bool[] _done;
    private DeviceMatrix _code;
    private DeviceMatrix _next;
    private double _constant;

    private BatchedFista(Backend backend, BatchProblem problem, in LassoParameters parameters, double spectralBound)
    {
        _backend = backend;
        _problem = problem;
        _parameters = parameters;
        _constant = spectralBound;
        int rows = problem.Rows, atoms = problem.Gram.AtomCount;
        _residual = backend.Allocate(rows, problem.Signals.Columns);
        _gradient = backend.Allocate(rows, atoms);
        _point = backend.Allocate(rows, atoms);
        _change = backend.Allocate(rows, atoms);
        _code = backend.Allocate(rows, atoms);
        _next = backend.Allocate(rows, atoms);
        _uphill = backend.Allocate(rows, 1);
        _weights = backend.Allocate(rows, 1);
        _dots = new float[rows];
        _factors = new float[rows];
        _momentum = new double[rows];
        _objectives = new double[rows];
        _done = new bool[rows];
        Array.Fill(_momentum, 1);
        Array.Fill(_objectives, double.PositiveInfinity);
    }

    /// <summary>Solves all rows.</summary>
    /// <param name="backend">The device.</param>
    /// <param name="problem">Signals and dictionary on it.</param>
    /// <param name="parameters">λ, sign and stops; no ridge.</param>
    /// <param name="spectralBound">L, about the largest eigenvalue of the Gram, or above.</param>
    /// <param name="solution">Receives every row.</param>
    /// <param name="cancellationToken">Looked at with the gaps.</param>
    public static void Solve(Backend backend, BatchProblem problem, in LassoParameters parameters, double spectralBound, BatchSolution solution, CancellationToken cancellationToken)
    {
        using var solver = new BatchedFista(backend, problem, parameters, spectralBound);
        solver.Start();
        int open = solver.Check(0, solution);
        for (int step = 1; step <= parameters.MaxIterations && open > 0; step++)
        {
            solver.Step();
            if (step % CheckEvery == 0 || step == parameters.MaxIterations)
            {
                cancellationToken.ThrowIfCancellationRequested();
                open = solver.Check(step, solution);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (DeviceMatrix matrix in (DeviceMatrix[])[_residual, _gradient, _point, _change, _code, _next, _uphill, _weights])
        {
            matrix.Dispose();
        }
    }

    private void Start()
    {
        if (_problem.WarmStart is not null)
        {
            var code = new float[_problem.Gram.AtomCount];
            for (int row = 0; row < _problem.Rows; row++)
            {
                Array.Clear(code);
                ReadOnlySpan<int> atoms = _problem.WarmAtoms(row);
                ReadOnlySpan<float> values = _problem.WarmValues(row);
                for (int i = 0; i < atoms.Length; i++)
                {
                    code[atoms[i]] = _parameters.NonNegative ? Math.Max(0, values[i]) : values[i];
                }

                _backend.Write(_code, row, code);
            }
        }
        else
        {
            _backend.Fill(_code, 0);
        }

        _backend.Map(MapOperation.Scale, _point, _code);
    }

    private void Step()
    {
        Gradient(_point);
        float inverse = (float)(1 / _constant);
        _backend.Map(MapOperation.Add, _next, _point, _gradient, 1, -inverse);
        _backend.Map(_parameters.NonNegative ? MapOperation.NonNegativeSoftThreshold : MapOperation.SoftThreshold, _next, _next, null, (float)(_parameters.Lambda / _constant));

        // (V − Z⁺)·(Z⁺ − Z) above 0: the momentum points uphill.
        _backend.Map(MapOperation.Add, _change, _next, _code, 1, -1);
        _backend.Map(MapOperation.Add, _point, _point, _next, 1, -1);
        _backend.Reduce(ReduceOperation.Dot, ReduceAxis.EachRow, _uphill, _point, _change);
        _backend.Read(_uphill, 0, _dots);
        for (int row = 0; row < _dots.Length; row++)
        {
            double old = _momentum[row];
            bool restart = _dots[row] > 0;
            _momentum[row] = restart ? 1 : (1 + Math.Sqrt(1 + (4 * old * old))) / 2;
            _factors[row] = restart ? 0 : (float)((old - 1) / _momentum[row]);
        }

        _backend.Write(_weights, 0, _factors);
        _backend.Map(MapOperation.Multiply, _point, _change, _weights);
        _backend.Map(MapOperation.Add, _point, _next, _point);
        (_code, _next) = (_next, _code);
    }

    /// <summary>gradient = (AD − X)Dᵀ, and AD − X in the residual.</summary>
    private void Gradient(DeviceMatrix at)
    {
        _backend.Map(MapOperation.Scale, _residual, _problem.Signals);
        _backend.Product(at, false, _problem.Dictionary, false, _residual, new ProductEpilogue { Beta = -1 });
        _backend.Product(_residual, false, _problem.Dictionary, true, _gradient, ProductEpilogue.None);
    }

    /// <summary>Takes the codes of rows whose gap is small enough, or of all at the last step; returns how many rows are still open.</summary>
    private int Check(int step, BatchSolution solution)
    {
        Gradient(_code);
        int rows = _problem.Rows, atoms = _problem.Gram.AtomCount, dimension = _problem.Signals.Columns, open = 0;
        float[] codes = new float[rows * atoms], gradient = new float[rows * atoms], residual = new float[rows * dimension], signals = new float[rows * dimension];
        _backend.Read(_code, 0, codes);
        _backend.Read(_gradient, 0, gradient);
        _backend.Read(_residual, 0, residual);
        _backend.Read(_problem.Signals, 0, signals);
        bool rose = false;
        for (int row = 0; row < rows; row++)
        {
            if (_done[row])
            {
                continue;
            }

            ReadOnlySpan<float> z = codes.AsSpan(row * atoms, atoms), g = gradient.AsSpan(row * atoms, atoms);
            double largest = 0, l1 = 0;
            for (int j = 0; j < z.Length; j++)
            {
                largest = Math.Max(largest, _parameters.NonNegative ? -g[j] : Math.Abs(g[j]));
                l1 += Math.Abs(z[j]);
            }

            // The residual here is ZD − X.
            ReadOnlySpan<float> r = residual.AsSpan(row * dimension, dimension);
            double squared = Reduction.SumSquares(r), along = -Reduction.Dot(r, signals.AsSpan(row * dimension, dimension));
            double lambda = _parameters.Lambda, theta = largest > lambda ? lambda / largest : 1;
            double gap = Math.Max(0, (0.5 * squared * (1 + (theta * theta))) - (theta * along) + (lambda * l1)), objective = (0.5 * squared) + (lambda * l1);
            rose |= objective > _objectives[row] + (1e-5 * _problem.SquaredNorms[row]);
            _objectives[row] = objective;
            bool zero = step == 0 && l1 == 0 && largest <= lambda, converged = gap <= _parameters.GapTolerance * 0.5 * _problem.SquaredNorms[row];
            if (!zero && !converged && step < _parameters.MaxIterations)
            {
                open++;
                continue;
            }

            _done[row] = true;
            SolverStop stop = zero ? (largest > 0 ? SolverStop.Penalty : SolverStop.ZeroCode) : converged ? SolverStop.Converged : SolverStop.MaxIterations;
            Take(solution, row, z, new RowOutcome(stop, step, gap, stop == SolverStop.Converged ? lambda : double.NaN));
        }

        if (rose)
        {
            _constant *= 1.5;
            Array.Fill(_momentum, 1);
            _backend.Map(MapOperation.Scale, _point, _code);
        }

        return open;
    }

    private static void Take(BatchSolution solution, int row, ReadOnlySpan<float> code, RowOutcome outcome)
    {
        var atoms = new List<int>();
        for (int j = 0; j < code.Length; j++)
        {
            if (code[j] != 0)
            {
                atoms.Add(j);
            }
        }

        var values = new float[atoms.Count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = code[atoms[i]];
        }

        solution.Set(row, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(atoms), values, outcome);
    }
}

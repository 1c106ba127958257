using System.Diagnostics;
using System.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Orthogonal matching pursuit and orthogonal least squares for one signal at a time, in Gram form with a growing inverse Cholesky factor.
/// One instance per thread; <see cref="Solve"/> allocates nothing (a recorded path, and the first non-negative run, excepted).
/// </summary>
/// <remarks>
/// Step k takes atom j, projects it on the active ones, w = Uᵀ G_Ij, pivot = G_jj − wᵀw, and moves along the new orthonormal direction by
/// ρ = (c0_j − wᵀ(ρ_1 .. ρ_k−1)) / √pivot: ‖r‖² falls by ρ², z by ρ u, c by ρ G_I u. Cost N k per step for c and 4 k² for the rest.
/// Atoms may have any norm. The small algebra is in double also for float.
/// A selected atom whose pivot is no larger than the rounding of the Gram lies in the span of the active ones; it is passed over and the next best one is taken.
/// Source: Pati, Rezaiifar, Krishnaprasad 1993; Chen, Billings, Luo 1989 (OLS); Rubinstein, Zibulevsky, Elad 2008; Zhu, Chen, Wu 2020.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe partial class OmpCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Rounding of an inner product of unit atoms, in units of the last place; squared distances below it times their amplification are noise.
    private const double PivotUnits = 16;

    private readonly PursuitWorkspace<T> _workspace;
    private readonly InverseCholesky _factor;
    private readonly int[] _support;
    private readonly double[] _code;
    private readonly double[] _step;
    private readonly double[] _coordinates;
    private readonly double[] _norms;
    private readonly T[] _coefficients;
    private double[] _residuals;
    private CodePath? _path;
    private NonNegativeLeastSquares<T>? _nonNegative;
    private int _activeCount;
    private int _iterations;
    private int _dependent;
    private double _error;

    /// <summary>Working memory for dictionaries of <paramref name="atomCount"/> atoms and codes of up to <paramref name="maxActive"/>.</summary>
    public OmpCore(int atomCount, int maxActive)
    {
        Debug.Assert(atomCount > 0 && maxActive > 0, "Both sizes are checked at the public edge.");
        AtomCount = atomCount;
        MaxActive = Math.Min(maxActive, atomCount);
        _workspace = new PursuitWorkspace<T>(atomCount, MaxActive);
        _factor = new InverseCholesky(MaxActive);
        _support = new int[MaxActive];
        _code = new double[MaxActive];
        _step = new double[MaxActive];
        _coordinates = new double[MaxActive];
        _norms = new double[MaxActive];
        _coefficients = new T[MaxActive];
        _residuals = new double[MaxActive + 1];
    }

    /// <summary>Number of atoms of the dictionaries it can solve for.</summary>
    public int AtomCount { get; }

    /// <summary>Most active atoms of a code.</summary>
    public int MaxActive { get; }

    /// <summary>Active atoms of the last run in the order of selection, [active].</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _activeCount);

    /// <summary>Their coefficients, [active].</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _activeCount);

    /// <summary>‖r‖² at the start and after each step, [iterations + 1].</summary>
    public ReadOnlySpan<double> ResidualSquaredNorms => _residuals.AsSpan(0, _iterations + 1);

    /// <summary>
    /// Trace of the inverse of the active atoms' normalised Gram, at least their number: rounding of inner products comes back in the coefficients multiplied by no more than it. Of signed runs.
    /// </summary>
    public double Amplification { get; private set; }

    /// <summary>Number of recorded codes; 0 unless asked for.</summary>
    public int PathLength => _path?.Length ?? 0;

    /// <summary>Active atoms after step <paramref name="step"/> of the last run.</summary>
    public ReadOnlySpan<int> PathSupport(int step) => _path!.Atoms(step);

    /// <summary>Coefficients after step <paramref name="step"/> of the last run, in double also for float.</summary>
    public ReadOnlySpan<double> PathCoefficients(int step) => _path!.Values(step);

    /// <summary>Solves for one signal.</summary>
    /// <param name="gram">Gram of the dictionary, shared by all signals.</param>
    /// <param name="correlations">c0 = D x, [atoms], finite.</param>
    /// <param name="squaredNorm">‖x‖², finite.</param>
    /// <param name="parameters">Budget, error bound, rule and sign.</param>
    /// <param name="initialSupport">Atoms to start with, in this order, distinct; dependent ones are passed over. They count against the budget.</param>
    public OmpOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in OmpParameters parameters, ReadOnlySpan<int> initialSupport = default)
    {
        _activeCount = _iterations = _dependent = 0;
        Amplification = 0;
        _error = Math.Max(squaredNorm, 0);
        _residuals[0] = _error;
        _path?.Clear();
        if (parameters.RecordPath)
        {
            _path ??= new CodePath();
        }

        int budget = Math.Min(parameters.MaxActive, MaxActive);
        SolverStop stop;
        if (!(squaredNorm > 0))
        {
            stop = SolverStop.ZeroCode;
        }
        else if (parameters.IsReached(_error))
        {
            stop = SolverStop.Residual;
        }
        else if (parameters.NonNegative)
        {
            Debug.Assert(parameters.Rule == PursuitRule.Correlation, "Non-negative OLS is refused at the public edge.");
            stop = SolveNonNegative(gram, correlations, squaredNorm, budget, parameters, initialSupport);
        }
        else
        {
            _workspace.Begin(gram, correlations, squaredNorm);
            stop = SolveSigned(gram, correlations, budget, parameters, initialSupport);
        }

        for (int i = 0; i < _activeCount; i++)
        {
            _coefficients[i] = T.CreateTruncating(_code[i]);
        }

        return new OmpOutcome(stop, _activeCount, _iterations, _error, _dependent);
    }

    private SolverStop SolveSigned(
        GramRows<T> gram, ReadOnlySpan<T> correlations, int budget, in OmpParameters parameters, ReadOnlySpan<int> initialSupport)
    {
        bool orthogonal = parameters.Rule == PursuitRule.ErrorReduction;
        _factor.Clear();
        int warm = 0;
        int atom = -1;
        if (orthogonal)
        {
            new Span<T>(_workspace.Spare, _workspace.Length).Fill(T.One);
        }

        if (initialSupport.IsEmpty)
        {
            atom = orthogonal ? SelectOrthogonal(0, 0) : _workspace.Select(nonNegative: false);
        }

        while (true)
        {
            if (warm < initialSupport.Length)
            {
                atom = initialSupport[warm++];
                if (_workspace.Weights[atom] == T.Zero)
                {
                    // A zero atom, or one given twice; the selection that the last of them would have been followed by is still due.
                    atom = orthogonal ? SelectOrthogonal(0, 0) : _workspace.Select(nonNegative: false);
                    continue;
                }
            }
            else if (atom < 0)
            {
                return StopWithoutCandidate(orthogonal);
            }

            if (!TryAppend(gram, correlations, atom, out double rho))
            {
                _dependent++;
                atom = orthogonal ? SelectOrthogonal(0, 0) : _workspace.Select(nonNegative: false);
                continue;
            }

            if (parameters.RecordPath)
            {
                _path!.Add(Support, _code.AsSpan(0, _activeCount));
            }

            if (parameters.IsReached(_error))
            {
                return SolverStop.Residual;
            }

            if (_activeCount >= budget)
            {
                return SolverStop.MaxActive;
            }

            // The column of U that TryAppend left in _step is the new direction in terms of the active atoms.
            Span<double> direction = _step.AsSpan(0, _activeCount);
            if (orthogonal)
            {
                atom = SelectOrthogonal(_activeCount, rho);
            }
            else
            {
                for (int i = 0; i < direction.Length; i++)
                {
                    direction[i] *= rho;
                }

                atom = _workspace.Advance(direction, nonNegative: false);
            }
        }
    }

    /// <summary>Adds an atom to the support and moves to the least-squares code; false where it depends on the active ones. It is not selected again in any case.</summary>
    private bool TryAppend(GramRows<T> gram, ReadOnlySpan<T> correlations, int atom, out double rho)
    {
        int k = _activeCount;
        _workspace.Mask(atom);
        ReadOnlySpan<T> row = _workspace.LoadRow(k, atom);
        Span<double> column = _factor.Input;
        for (int i = 0; i < k; i++)
        {
            column[i] = double.CreateTruncating(row[_support[i]]);
        }

        _factor.Project();
        ReadOnlySpan<double> projection = _factor.Projection;
        ReadOnlySpan<double> combination = _factor.Combination;
        double squared = double.CreateTruncating(gram.Diagonal[atom]);
        double norm = Math.Sqrt(squared);
        double explained = 0, covered = 0, size = squared;
        for (int i = 0; i < k; i++)
        {
            explained += projection[i] * projection[i];
            covered += projection[i] * _coordinates[i];
            double share = combination[i] * _norms[i];
            size += share * share;
        }

        // pivot = ‖d_j − Σ a_i d_i‖² is a sum of Gram entries weighted by products of (1, a): this is what their independent rounding makes of it.
        double noise = PivotUnits * double.CreateTruncating(PursuitWorkspace<T>.Epsilon) * size;
        double pivot = squared - explained;
        if (!(pivot > noise))
        {
            rho = 0;
            return false;
        }

        double inverseRoot = 1 / Math.Sqrt(pivot);
        rho = (double.CreateTruncating(correlations[atom]) - covered) * inverseRoot;
        for (int i = 0; i < k; i++)
        {
            _step[i] = -combination[i] * inverseRoot;
            _code[i] += rho * _step[i];
        }

        // What the new column of U adds to the trace of the inverse of the Gram of unit atoms: size = ‖d_j‖² + Σ (a_i ‖d_i‖)², over the pivot.
        Amplification += size / pivot;
        _step[k] = inverseRoot;
        _code[k] = rho * inverseRoot;
        _coordinates[k] = rho;
        _norms[k] = norm;
        _support[k] = atom;
        _factor.Append(inverseRoot);
        _activeCount = k + 1;
        _error = Math.Max(0, _error - (rho * rho));
        _residuals[++_iterations] = _error;
        return true;
    }

    private int SelectOrthogonal(int rows, double rho)
    {
        T* coefficients = _workspace.Coefficients;
        for (int i = 0; i < rows; i++)
        {
            coefficients[i] = T.CreateTruncating(_step[i]);
        }

        return OrthogonalSelection.Update(
            _workspace.Correlations,
            _workspace.Spare,
            _workspace.Weights,
            _workspace.Rows,
            _workspace.Stride,
            coefficients,
            rows,
            _workspace.Length,
            T.CreateTruncating(rho * _workspace.Scale),
            PursuitWorkspace<T>.NoiseFloor,
            T.CreateTruncating(2 * PivotUnits) * PursuitWorkspace<T>.Epsilon);
    }

    private SolverStop StopWithoutCandidate(bool orthogonal)
    {
        // OLS hides dependent atoms in the selection itself; what still correlates is one of them.
        bool dependent = _dependent > 0 || (orthogonal && _workspace.Select(nonNegative: false) >= 0);
        return dependent ? SolverStop.DependentAtoms : _activeCount == 0 ? SolverStop.ZeroCode : SolverStop.NoImprovement;
    }
}

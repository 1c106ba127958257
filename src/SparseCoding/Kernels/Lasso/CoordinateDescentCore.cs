using System.Diagnostics;
using System.Numerics;
using SparseCoding.Numerics;

namespace SparseCoding.Kernels;

/// <summary>
/// Coordinate descent for the Lasso and the elastic net of one signal, ½‖x − zD‖² + λ‖z‖₁ + ½β‖z‖², in Gram form on a working set W, with the duality gap as its stop.
/// </summary>
/// <remarks>
/// <para>Outer pass: atoms with |g_j| &gt; λ join W (at most max(32, 2|W|) at a time, the largest); G_WW is gathered so that sweeps run in the first-level
/// cache; z_j = S_λ(g_j + G_jj z_j) / (G_jj + β); then one pass g −= Σ_{i∈W} dz_i G_i over all atoms brings the rest up to date. One to four outer passes
/// are usual. Sources: Friedman et al. 2007; the working set is after Massias, Gramfort and Salmon 2018 (celer), without extrapolation.</para>
/// <para>Once all atoms that want to are in W, two sweeps are enough to find most signs; the minimiser for these signs is a small linear system (see <c>NewtonStep</c>), so an outer
/// pass ends at the minimum on W and not near it.</para>
/// <para>Where sweeps are slow (coherent atoms) a subspace step replaces extrapolation: with the signs of the moment the problem is a small linear system on
/// the support; its solution in double is taken as far as no coefficient changes sign. It never raises the objective, and once the signs are right it is exact.</para>
/// <para>Atoms may have any norm; a zero atom never gets a coefficient. One core per thread; nothing is allocated per signal unless W outgrows what was seen.</para>
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed partial class CoordinateDescentCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private static readonly double Epsilon = double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    // Relative squared distance from the span of other atoms below which an atom is dependent on them: rounding of a Gram of this type, with room.
    private static readonly double DependenceTolerance = typeof(T) == typeof(float) ? 1e-5 : 1e-13;

    // A first working set as large as this gathers little that is not needed and saves a pass over all atoms.
    private const int LeastJoining = 32;

    private readonly T[] _gradient;
    private readonly int[] _found;
    private readonly T[] _sizes;
    private readonly bool[] _isWorking;
    private readonly int[] _support;
    private readonly T[] _coefficients;
    private readonly ActiveSetCholesky _factor = new();
    private int[] _working = [];
    private T[] _codes = [];
    private T[] _changes = [];
    private T[] _local = [];
    private T[] _matrix = [];
    private double[] _column = [];
    private double[] _step = [];
    private int[] _places = [];
    private int _count;
    private int _gathered;
    private int _supportCount;

    /// <summary>Working memory for signals over <paramref name="atomCount"/> atoms.</summary>
    public CoordinateDescentCore(int atomCount)
    {
        _gradient = new T[atomCount];
        _found = new int[atomCount];
        _sizes = new T[atomCount];
        _isWorking = new bool[atomCount];
        _support = new int[atomCount];
        _coefficients = new T[atomCount];
        Grow(32);
    }

    /// <summary>Atoms of the last code with a nonzero coefficient, in order of index. Valid until the next call.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _supportCount);

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _supportCount);

    private int Stride => _working.Length;

    /// <summary>Solves one signal; the code is then in <see cref="Support"/> and <see cref="Coefficients"/>.</summary>
    /// <param name="gram">G = D Dᵀ.</param>
    /// <param name="correlations">c0 = D x, [atoms].</param>
    /// <param name="squaredNorm">‖x‖².</param>
    /// <param name="parameters">λ, sign, ridge and stops. A tolerance of 0 means: as exact as <typeparamref name="T"/> allows.</param>
    /// <param name="warmSupport">Atoms of a code to start from, each once; may be (part of) this core's own <see cref="Support"/>.</param>
    /// <param name="warmCoefficients">Their coefficients; negative ones are left out where codes are non-negative.</param>
    /// <returns><see cref="SolverStop.Converged"/> by gap or because rounding allows no more; <see cref="SolverStop.MaxIterations"/>;
    /// <see cref="SolverStop.Penalty"/> with a zero code if λ >= max|c0|; <see cref="SolverStop.ZeroCode"/> if nothing correlates.</returns>
    public LassoOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in LassoParameters parameters,
        ReadOnlySpan<int> warmSupport = default, ReadOnlySpan<T> warmCoefficients = default)
    {
        Debug.Assert(correlations.Length == _gradient.Length && gram.AtomCount == _gradient.Length, "Sizes must be those of the constructor.");
        Debug.Assert(warmSupport.Length == warmCoefficients.Length, "One coefficient per atom.");
        bool nonNegative = parameters.NonNegative;
        double lambda = parameters.Lambda, start = double.CreateTruncating(GramSweep<T>.Largest(correlations, nonNegative));
        Clear();
        if (!(start > 0) || start <= lambda)
        {
            _supportCount = 0;
            return LassoCheck<T>.Outcome(
                correlations, squaredNorm, default, default, correlations, lambda, nonNegative, 0, start > 0 ? SolverStop.Penalty : SolverStop.ZeroCode);
        }

        correlations.CopyTo(_gradient);
        WarmStart(gram, warmSupport, warmCoefficients, parameters);

        // Tolerances of sweeps and of joining, in units of a correlation; tightened until the gap is small enough or rounding is reached.
        double scale = lambda > 0 ? lambda : 1e-3 * start, floor = 4 * Epsilon * start, inner = Math.Max(floor, 1e-2 * scale);
        double target = parameters.GapTolerance * 0.5 * squaredNorm;
        int sweeps = 0;
        SolverStop stop = SolverStop.MaxIterations;
        LassoOutcome outcome;
        while (true)
        {
            int joined = Join(gram, lambda + Math.Max(floor, 0.01 * inner), nonNegative, out bool complete);
            bool finished = joined == 0 && inner <= floor && sweeps > 0;
            sweeps += Sweep(gram, parameters, inner, parameters.MaxIterations - sweeps, complete, out bool solved);
            UpdateGradient(gram, parameters.Ridge);
            Collect();
            outcome = LassoCheck<T>.Outcome(correlations, squaredNorm, Support, Coefficients, _gradient, lambda, nonNegative, sweeps, stop, parameters.Ridge);
            if (outcome.Gap <= target || finished)
            {
                stop = SolverStop.Converged;
                break;
            }

            if (sweeps >= parameters.MaxIterations)
            {
                break;
            }

            if (joined == 0)
            {
                inner = solved ? floor : Math.Max(floor, 0.01 * inner);
            }
        }

        _support.AsSpan(0, _supportCount).Sort(_coefficients.AsSpan(0, _supportCount));
        return outcome with { Stop = stop };
    }

    /// <summary>Forgets the working set of the last signal.</summary>
    private void Clear()
    {
        for (int i = 0; i < _count; i++)
        {
            _isWorking[_working[i]] = false;
        }

        _count = 0;
        _gathered = 0;
    }

    private void WarmStart(GramRows<T> gram, ReadOnlySpan<int> support, ReadOnlySpan<T> coefficients, in LassoParameters parameters)
    {
        T beta = T.CreateTruncating(parameters.Ridge);
        if (support.Length > Stride)
        {
            Grow(support.Length);
        }

        for (int i = 0; i < support.Length; i++)
        {
            if (coefficients[i] == T.Zero || (parameters.NonNegative && coefficients[i] < T.Zero) || !(gram.Diagonal[support[i]] > T.Zero))
            {
                continue;
            }

            _isWorking[support[i]] = true;
            _working[_count] = support[i];
            _codes[_count] = coefficients[i];
            _changes[_count++] = -coefficients[i];
            _gradient[support[i]] -= beta * coefficients[i];
        }

        GramSweep<T>.AddRows(gram, _working.AsSpan(0, _count), _changes.AsSpan(0, _count), _gradient);
    }

    /// <summary>Takes atoms with |g| >= <paramref name="bound"/> into the working set: all, or the largest if they are too many at once.</summary>
    private int Join(GramRows<T> gram, double bound, bool nonNegative, out bool complete)
    {
        int limit = Math.Max(LeastJoining, 2 * _count), found = 0;
        double low = bound, high;
        T largest = T.Zero;
        int all = GramSweep<T>.AtLeast(_gradient, T.CreateTruncating(bound), nonNegative, _found);
        for (int i = 0; i < all; i++)
        {
            int atom = _found[i];
            if (!_isWorking[atom] && gram.Diagonal[atom] > T.Zero)
            {
                T size = T.Abs(_gradient[atom]);
                _sizes[found] = size;
                _found[found++] = atom;
                largest = size > largest ? size : largest;
            }
        }

        high = double.CreateTruncating(largest);

        complete = found <= limit;

        // Halving finds a bound that lets about the right number in; which atoms those are depends on the values only.
        for (int round = 0; found > limit && round < 12; round++)
        {
            double middle = 0.5 * (low + high);
            int above = CountAtLeast(_sizes.AsSpan(0, found), T.CreateTruncating(middle));
            (low, high) = above > limit ? (middle, high) : (low, middle);
            if (above > limit / 2 && above <= limit)
            {
                low = middle;
                break;
            }
        }

        T least = T.CreateTruncating(low);
        int joined = 0;
        for (int i = 0; i < found; i++)
        {
            int atom = _found[i];
            if (found > limit && _sizes[i] < least)
            {
                continue;
            }

            if (_count == Stride)
            {
                Grow(_count + 1);
            }

            _isWorking[atom] = true;
            _working[_count] = atom;
            _codes[_count++] = T.Zero;
            joined++;
        }

        return joined;
    }

    private static int CountAtLeast(ReadOnlySpan<T> values, T bound)
    {
        int count = 0;
        foreach (T value in values)
        {
            count += value >= bound ? 1 : 0;
        }

        return count;
    }

    /// <summary>g −= Σ_{i∈W} dz_i (G_i + β e_i), over the coefficients that the sweeps changed.</summary>
    private void UpdateGradient(GramRows<T> gram, double ridge)
    {
        int changed = 0;
        T beta = T.CreateTruncating(ridge);
        for (int i = 0; i < _count; i++)
        {
            T change = _changes[i];
            if (change != T.Zero)
            {
                _places[changed] = _working[i];
                _changes[changed++] = -change;
                _gradient[_working[i]] -= beta * change;
            }
        }

        GramSweep<T>.AddRows(gram, _places.AsSpan(0, changed), _changes.AsSpan(0, changed), _gradient);
    }

    private void Collect()
    {
        _supportCount = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_codes[i] != T.Zero)
            {
                _support[_supportCount] = _working[i];
                _coefficients[_supportCount++] = _codes[i];
            }
        }
    }

    private void Grow(int count)
    {
        // A multiple of 32, so that rows of the gathered matrix are whole vectors at any width.
        int capacity = (Math.Max(count, 2 * Stride) + 31) / 32 * 32;
        Array.Resize(ref _working, capacity);
        Array.Resize(ref _codes, capacity);
        Array.Resize(ref _changes, capacity);
        Array.Resize(ref _column, capacity);
        Array.Resize(ref _step, capacity);
        Array.Resize(ref _places, capacity);
        Array.Resize(ref _way, capacity);
        Array.Resize(ref _before, capacity);
        Array.Resize(ref _after, capacity);
        Array.Resize(ref _localBefore, capacity);
        _local = new T[capacity];
        _matrix = new T[checked(capacity * capacity)];
        _gathered = 0;
    }
}

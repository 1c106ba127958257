using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>
/// What IHT, HTP, CoSaMP and subspace pursuit of one signal share, in Gram form: a code of at most K atoms, the gradient c = c0 − zG, the hard threshold and the
/// exact squared error. All of them see the atoms scaled to norm 1 (w_j = z_j ‖d_j‖), so a support does not depend on norms; a zero atom is never selected.
/// </summary>
/// <remarks>
/// One core per thread; a run allocates nothing. Codes and the small algebra are double, passes over all atoms are of type <typeparamref name="T"/>.
/// The squared error is ‖x‖² − Σ z_i (2 c0_i − (zG)_i) from Gram entries, exact up to the rounding of its inputs: about 1e-7 ‖x‖² in float.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal abstract class ThresholdingCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _initial;
    private readonly T[] _gradient;
    private readonly T[] _scores;
    private readonly T[] _point;
    private readonly T[] _inverseNorms;
    private readonly T[] _weights;
    private readonly int[] _support;
    private readonly T[] _coefficients;
    private readonly int[] _changedAtoms;
    private readonly double[] _changes;
    private GramRows<T>? _gram;
    private double _squaredNorm;
    private int _supportCount;
    private int _changedCount;

    /// <summary>Working memory for codes of up to <paramref name="maxActive"/> of <paramref name="atomCount"/> atoms, and sets of up to <paramref name="capacity"/> on the way.</summary>
    protected ThresholdingCore(int atomCount, int maxActive, int capacity)
    {
        Debug.Assert(atomCount > 0 && maxActive > 0 && capacity >= Math.Min(maxActive, atomCount), "Sizes are checked at the public edge.");
        AtomCount = atomCount;
        MaxActive = Math.Min(maxActive, atomCount);
        capacity = Math.Min(capacity, atomCount);
        _initial = new T[atomCount];
        _gradient = new T[atomCount];
        _scores = new T[atomCount];
        _point = new T[atomCount];
        _inverseNorms = new T[atomCount];
        _weights = new T[capacity];
        _support = new int[capacity];
        _coefficients = new T[capacity];
        _changedAtoms = new int[2 * MaxActive];
        _changes = new double[2 * MaxActive];
        Atoms = new int[capacity];
        Values = new double[capacity];
        NextAtoms = new int[capacity];
        NextValues = new double[capacity];
    }

    /// <summary>Distance from 1 to the next larger value of <typeparamref name="T"/>.</summary>
    protected static double Epsilon { get; } = double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    /// <summary>Number of atoms of the dictionaries it can solve for.</summary>
    public int AtomCount { get; }

    /// <summary>Most active atoms of a code.</summary>
    public int MaxActive { get; }

    /// <summary>Atoms with a nonzero coefficient, ascending, [active]. Valid until the next call.</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _supportCount);

    /// <summary>Their coefficients, [active].</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _supportCount);

    /// <summary>Atoms of the present code, ascending; the first <see cref="Count"/> count.</summary>
    protected int[] Atoms { get; private set; }

    /// <summary>Their coefficients.</summary>
    protected double[] Values { get; private set; }

    /// <summary>Number of atoms of the present code.</summary>
    protected int Count { get; set; }

    /// <summary>Atoms of the code that is being made, ascending; the first <see cref="NextCount"/> count.</summary>
    protected int[] NextAtoms { get; private set; }

    /// <summary>Their coefficients.</summary>
    protected double[] NextValues { get; private set; }

    /// <summary>Number of atoms of the code that is being made.</summary>
    protected int NextCount { get; set; }

    /// <summary>‖x − zD‖² of the present code.</summary>
    protected double Error { get; set; }

    /// <summary>Gram of the call.</summary>
    protected GramRows<T> Gram => _gram!;

    /// <summary>c0 = D x, [atoms].</summary>
    protected ReadOnlySpan<T> Initial => _initial;

    /// <summary>c_j / ‖d_j‖ of the present code, [atoms], after <see cref="ComputeGradient"/>.</summary>
    protected ReadOnlySpan<T> Scores => _scores;

    /// <summary>Scores and entries up to this size are rounding: 8 units in the last place of ‖x‖.</summary>
    protected double Floor => 8 * Epsilon * Math.Sqrt(_squaredNorm);

    /// <summary>How much the squared error, as a difference of two numbers near ‖x‖², may rise by rounding alone.</summary>
    protected double Slack => 4 * Epsilon * _squaredNorm;

    /// <summary>Solves for one signal; the code is then in <see cref="Support"/> and <see cref="Coefficients"/>.</summary>
    /// <param name="gram">G = D Dᵀ.</param>
    /// <param name="correlations">c0 = D x, [atoms], finite.</param>
    /// <param name="squaredNorm">‖x‖², finite.</param>
    /// <param name="parameters">Budget, sign and stops.</param>
    /// <param name="warmSupport">Warm start: atoms, distinct, at most <see cref="MaxActive"/>.</param>
    /// <param name="warmCoefficients">Their coefficients; negative ones are left out where codes are non-negative.</param>
    public PursuitOutcome Solve(
        GramRows<T> gram, ReadOnlySpan<T> correlations, double squaredNorm, in ThresholdingParameters parameters,
        ReadOnlySpan<int> warmSupport = default, ReadOnlySpan<T> warmCoefficients = default)
    {
        Debug.Assert(gram.AtomCount == AtomCount && correlations.Length == AtomCount, "Sizes must be those of the constructor.");
        Debug.Assert(warmSupport.Length == warmCoefficients.Length && warmSupport.Length <= MaxActive, "One coefficient per atom, within the budget.");
        if (!ReferenceEquals(_gram, gram))
        {
            _gram = gram;
            for (int j = 0; j < AtomCount; j++)
            {
                double norm = Math.Sqrt(double.CreateTruncating(gram.Diagonal[j]));
                _inverseNorms[j] = norm > 0 ? T.CreateTruncating(1 / norm) : T.Zero;
            }
        }

        _squaredNorm = Math.Max(0, squaredNorm);
        _supportCount = Count = NextCount = 0;
        correlations.CopyTo(_initial);
        if (!(squaredNorm > 0))
        {
            return new PursuitOutcome(SolverStop.ZeroCode, 0, 0, 0);
        }

        for (int i = 0; i < warmSupport.Length; i++)
        {
            double value = double.CreateTruncating(warmCoefficients[i]);
            if (value != 0 && !(parameters.NonNegative && value < 0))
            {
                Atoms[Count] = warmSupport[i];
                Values[Count++] = value;
            }
        }

        Atoms.AsSpan(0, Count).Sort(Values.AsSpan(0, Count));
        Error = ErrorOf(Atoms.AsSpan(0, Count), Values);
        TensorPrimitives.Multiply(_initial, _inverseNorms, _scores);
        int iterations = 0;
        SolverStop stop = Count == 0 && SelectScores(1, parameters.NonNegative, NextAtoms) == 0
            ? SolverStop.ZeroCode
            : Run(parameters, Math.Min(parameters.MaxActive, MaxActive), ref iterations);
        Finish();
        return new PursuitOutcome(stop, _supportCount, iterations, Error);
    }

    /// <summary>The algorithm, from the present code (which may be empty) to its end.</summary>
    /// <param name="parameters">Sign and stops.</param>
    /// <param name="budget">K.</param>
    /// <param name="iterations">Counts the iterations whose code was taken.</param>
    protected abstract SolverStop Run(in ThresholdingParameters parameters, int budget, ref int iterations);

    /// <summary>c = c0 − zG and the scores c_j / ‖d_j‖ of the present code, 2 N K operations.</summary>
    protected void ComputeGradient()
    {
        for (int i = 0; i < Count; i++)
        {
            _weights[i] = T.CreateTruncating(Values[i]);
        }

        // Summed from zero and subtracted once: |c0| is large against what is left of it.
        _gradient.AsSpan().Clear();
        GramSweep<T>.AddRows(Gram, Atoms.AsSpan(0, Count), _weights.AsSpan(0, Count), _gradient);
        TensorPrimitives.Subtract(_initial, _gradient, _gradient);
        TensorPrimitives.Multiply(_gradient, _inverseNorms, _scores);
    }

    /// <summary>The atoms with the largest scores above rounding, ascending.</summary>
    protected int SelectScores(int count, bool nonNegative, Span<int> target) =>
        LargestEntries<T>.Select(_scores, count, nonNegative, T.CreateTruncating(Floor), target);

    /// <summary>H_K(w + step · scores) into the next code.</summary>
    protected void Threshold(double step, int budget, bool nonNegative)
    {
        TensorPrimitives.Multiply(_scores, T.CreateTruncating(step), _point);
        for (int i = 0; i < Count; i++)
        {
            int atom = Atoms[i];
            double inverse = double.CreateTruncating(_inverseNorms[atom]);
            _point[atom] = inverse > 0 ? T.CreateTruncating((Values[i] / inverse) + (step * double.CreateTruncating(_scores[atom]))) : T.Zero;
        }

        // What a step makes of rounding is rounding.
        NextCount = LargestEntries<T>.Select(_point, budget, nonNegative, T.CreateTruncating(Floor * Math.Min(1, step)), NextAtoms);
        for (int i = 0; i < NextCount; i++)
        {
            NextValues[i] = double.CreateTruncating(_point[NextAtoms[i]]) * double.CreateTruncating(_inverseNorms[NextAtoms[i]]);
        }
    }

    /// <summary>‖w_i‖ of a coefficient: |z_i| ‖d_i‖, signed.</summary>
    protected double Scaled(int atom, double value)
    {
        double inverse = double.CreateTruncating(_inverseNorms[atom]);
        return inverse > 0 ? value / inverse : 0;
    }

    /// <summary>c_j / ‖d_j‖² for the coefficient units of the gradient step: score_j / ‖d_j‖.</summary>
    protected double ScoreInCodeUnits(int atom) => double.CreateTruncating(_scores[atom]) * double.CreateTruncating(_inverseNorms[atom]);

    /// <summary>Whether the next code has the atoms of the present one.</summary>
    protected bool IsSameSupport() => Atoms.AsSpan(0, Count).SequenceEqual(NextAtoms.AsSpan(0, NextCount));

    /// <summary>Whether the residual is within its bound. Without a bound never: an error of 0 is rounding, at which a code is known to 1e-8 (float: 3e-4) only.</summary>
    protected bool IsSmallEnough(in ThresholdingParameters parameters) => parameters.SquaredErrorBound > 0 && Error <= parameters.SquaredErrorBound;

    /// <summary>Takes out entries that are zero.</summary>
    protected void DropZerosOfNext()
    {
        int kept = 0;
        for (int i = 0; i < NextCount; i++)
        {
            if (NextValues[i] != 0)
            {
                NextAtoms[kept] = NextAtoms[i];
                NextValues[kept++] = NextValues[i];
            }
        }

        NextCount = kept;
    }

    /// <summary>Makes the next code the present one.</summary>
    protected void Accept(double error)
    {
        (Atoms, NextAtoms) = (NextAtoms, Atoms);
        (Values, NextValues) = (NextValues, Values);
        (Count, NextCount) = (NextCount, Count);
        Error = error;
    }

    /// <summary>‖x − zD‖² of a code.</summary>
    protected double ErrorOf(ReadOnlySpan<int> atoms, ReadOnlySpan<double> values)
    {
        double explained = -QuadraticForm(atoms, values);
        for (int i = 0; i < atoms.Length; i++)
        {
            explained += 2 * values[i] * double.CreateTruncating(_initial[atoms[i]]);
        }

        return Math.Max(0, _squaredNorm - explained);
    }

    /// <summary>‖vD‖² = v G vᵀ of a sparse vector.</summary>
    protected double QuadraticForm(ReadOnlySpan<int> atoms, ReadOnlySpan<double> values)
    {
        double sum = 0;
        for (int i = 0; i < atoms.Length; i++)
        {
            ReadOnlySpan<T> row = Gram.Row(atoms[i]);
            double image = 0;
            for (int k = 0; k < atoms.Length; k++)
            {
                image += values[k] * double.CreateTruncating(row[atoms[k]]);
            }

            sum += values[i] * image;
        }

        return sum;
    }

    /// <summary>Of the difference between next and present code: ‖Δw‖² with atoms scaled to norm 1, and ‖ΔzD‖².</summary>
    protected (double Length, double Image) Change()
    {
        int a = 0, b = 0, count = 0;
        double length = 0;
        while (a < Count || b < NextCount)
        {
            int left = a < Count ? Atoms[a] : int.MaxValue, right = b < NextCount ? NextAtoms[b] : int.MaxValue;
            double change = (right <= left ? NextValues[b] : 0) - (left <= right ? Values[a] : 0);
            int atom = Math.Min(left, right);
            a += left == atom ? 1 : 0;
            b += right == atom ? 1 : 0;
            double scaled = Scaled(atom, change);
            length += scaled * scaled;
            _changedAtoms[count] = atom;
            _changes[count++] = change;
        }

        _changedCount = count;
        return (length, QuadraticForm(_changedAtoms.AsSpan(0, count), _changes));
    }

    /// <summary>
    /// By how much the next code changes ‖x − zD‖², as ΔzGΔzᵀ − 2 Δz·c with c the gradient at the present code: the difference of two errors would lose all that is
    /// below 1e-7 ‖x‖² in float, a whole atom of 3e-4. What the rounding of c0 may make of it is the slack, 4 ε ‖x‖ ‖Δw‖.
    /// </summary>
    protected (double Change, double Slack) ErrorChange()
    {
        (double length, double image) = Change();
        double slope = 0;
        for (int k = 0; k < _changedCount; k++)
        {
            ReadOnlySpan<T> row = Gram.Row(_changedAtoms[k]);
            double gradient = double.CreateTruncating(_initial[_changedAtoms[k]]);
            for (int i = 0; i < Count; i++)
            {
                gradient -= Values[i] * double.CreateTruncating(row[Atoms[i]]);
            }

            slope += _changes[k] * gradient;
        }

        return (image - (2 * slope), 4 * Epsilon * Math.Sqrt(_squaredNorm * length));
    }

    /// <summary>Whether the next code has a lower error than the present one, by more than rounding.</summary>
    protected bool LowersError()
    {
        (double change, double slack) = ErrorChange();
        return change < -slack;
    }

    private void Finish()
    {
        for (int i = 0; i < Count; i++)
        {
            T value = T.CreateTruncating(Values[i]);
            if (value != T.Zero)
            {
                _support[_supportCount] = Atoms[i];
                _coefficients[_supportCount++] = value;
            }
        }
    }
}

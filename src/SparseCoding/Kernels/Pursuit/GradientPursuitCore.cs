using System.Diagnostics;
using System.Numerics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>
/// Gradient pursuit (Blumensath, Davies 2008) for one signal at a time, in Gram form: the atom with the largest correlation joins the support, then one step of
/// exact length along the gradient on the support. The non-negative form is inference-time optimisation (ITO) as used for sparse autoencoders: atoms with a positive
/// correlation only, and the code clipped at 0 after each step. One instance per thread; a run allocates nothing.
/// </summary>
/// <remarks>
/// g = c_I, p = g (conjugate: g − (p₀ᵀG g / p₀ᵀG p₀) p₀ with the direction p₀ before; fully conjugate: the same for all directions before, one after the other, which spans
/// the active atoms and so gives their least-squares fit), a = gᵀp / pᵀG_II p, z_I += a p. A clipped step ends the row of conjugate directions. An atom that was clipped to 0 stays in the
/// support and so in the gradient, as in ITO; it is left out of the code only at the end. With clipping the error may rise in a step.
/// g and the step are computed in double from the k x k Gram of the support; c over all atoms is computed afresh in each step, N k.
/// When the support is full the remaining steps go on without adding atoms. Where no atom has a positive correlation, ITO would add one that is clipped at once; here the
/// step is taken without it.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
internal sealed class GradientPursuitCore<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    // Below this length the call into TensorPrimitives costs more than its vectors save.
    private const int ShortRow = 8;

    private readonly PursuitWorkspace<T> _workspace;
    private readonly int[] _places;
    private readonly int[] _support;
    private readonly double[] _gram;
    private readonly double[] _rightSide;
    private readonly double[] _code;
    private readonly double[] _gradient;
    private readonly double[] _direction;
    private readonly double[] _image;
    private readonly T[] _coefficients;
    private double[] _history = [];
    private double[] _historyImages = [];
    private double[] _historyNorms = [];
    private int _historyCount;
    private int _count;
    private int _activeCount;

    /// <summary>Working memory for dictionaries of <paramref name="atomCount"/> atoms and codes of up to <paramref name="maxActive"/>.</summary>
    public GradientPursuitCore(int atomCount, int maxActive)
    {
        Debug.Assert(atomCount > 0 && maxActive > 0, "Both sizes are checked at the public edge.");
        AtomCount = atomCount;
        MaxActive = Math.Min(maxActive, atomCount);
        _workspace = new PursuitWorkspace<T>(atomCount, MaxActive);
        _places = new int[atomCount];
        Array.Fill(_places, -1);
        _support = new int[MaxActive];
        _gram = new double[checked(MaxActive * MaxActive)];
        _rightSide = new double[MaxActive];
        _code = new double[MaxActive];
        _gradient = new double[MaxActive];
        _direction = new double[MaxActive];
        _image = new double[MaxActive];
        _coefficients = new T[MaxActive];
    }

    /// <summary>Number of atoms of the dictionaries it can solve for.</summary>
    public int AtomCount { get; }

    /// <summary>Most active atoms of a code.</summary>
    public int MaxActive { get; }

    /// <summary>Atoms with a nonzero coefficient in the order of selection, [active].</summary>
    public ReadOnlySpan<int> Support => _support.AsSpan(0, _activeCount);

    /// <summary>Their coefficients, [active].</summary>
    public ReadOnlySpan<T> Coefficients => _coefficients.AsSpan(0, _activeCount);

    /// <summary>Solves for one signal.</summary>
    /// <param name="gram">Gram of the dictionary.</param>
    /// <param name="correlations">c0 = D x, [atoms], finite.</param>
    /// <param name="squaredNorm">‖x‖², finite.</param>
    /// <param name="parameters">Limits, sign and kind of direction.</param>
    /// <param name="initialSupport">Warm start: active atoms, distinct, at most <see cref="MaxActive"/>.</param>
    /// <param name="initialCode">Their coefficients (≥ 0 for a non-negative code).</param>
    public PursuitOutcome Solve(
        GramRows<T> gram,
        ReadOnlySpan<T> correlations,
        double squaredNorm,
        in PursuitParameters parameters,
        ReadOnlySpan<int> initialSupport = default,
        ReadOnlySpan<T> initialCode = default)
    {
        Debug.Assert(initialSupport.Length == initialCode.Length && initialSupport.Length <= MaxActive, "One coefficient per initial atom.");
        int budget = Math.Min(parameters.MaxActive, MaxActive);
        int limit = parameters.MaxIterations > 0 ? parameters.MaxIterations : budget;
        bool nonNegative = parameters.NonNegative;
        _count = _activeCount = _historyCount = 0;
        if (parameters.FullyConjugate && _history.Length == 0)
        {
            (_history, _historyImages, _historyNorms) = (new double[_gram.Length], new double[_gram.Length], new double[MaxActive]);
        }

        if (!(squaredNorm > 0))
        {
            return new PursuitOutcome(SolverStop.ZeroCode, 0, 0, 0);
        }

        _workspace.Begin(gram, correlations, squaredNorm);
        for (int i = 0; i < initialSupport.Length; i++)
        {
            Add(initialSupport[i], double.CreateTruncating(initialCode[i]));
        }

        double error = Evaluate(squaredNorm);
        int next = _workspace.Refresh(_code.AsSpan(0, _count), nonNegative);
        double directionNorm = 0;
        int iterations = 0;
        SolverStop stop;
        while (true)
        {
            if (parameters.IsReached(error))
            {
                stop = SolverStop.Residual;
                break;
            }

            if (iterations >= limit)
            {
                stop = _count >= budget ? SolverStop.MaxActive : SolverStop.MaxIterations;
                break;
            }

            if (next >= 0 && _places[next] < 0 && _count < budget)
            {
                Add(next, 0);
                _gradient[_count - 1] = Gradient(_count - 1);
            }

            if (IsStationary(nonNegative) || !Step(parameters, ref directionNorm))
            {
                stop = _count == 0 ? SolverStop.ZeroCode : _count >= budget ? SolverStop.MaxActive : SolverStop.NoImprovement;
                break;
            }

            iterations++;
            error = Evaluate(squaredNorm);
            if (iterations < limit && !parameters.IsReached(error))
            {
                next = _workspace.Refresh(_code.AsSpan(0, _count), nonNegative);
            }
        }

        Finish();
        return new PursuitOutcome(stop, _activeCount, iterations, error);
    }

    /// <summary>One step along the direction; false where that has no length.</summary>
    private bool Step(in PursuitParameters parameters, ref double previousNorm)
    {
        Span<double> direction = _direction.AsSpan(0, _count);
        double mix = 0;
        if (parameters.Conjugate && previousNorm > 0)
        {
            // G p₀ again, now with the rows of the atoms that came since.
            Image();
            mix = -Dot(_image.AsSpan(0, _count), _gradient) / previousNorm;
        }

        for (int i = 0; i < direction.Length; i++)
        {
            direction[i] = _gradient[i] + (mix * direction[i]);
        }

        if (parameters.FullyConjugate)
        {
            Conjugate(direction);
        }

        Image();
        double norm = Dot(_direction.AsSpan(0, _count), _image);
        if (!(norm > 0))
        {
            return false;
        }

        if (parameters.FullyConjugate)
        {
            Remember(norm);
        }

        double length = Dot(_gradient.AsSpan(0, _count), _direction) / norm;
        previousNorm = norm;
        for (int i = 0; i < direction.Length; i++)
        {
            double value = _code[i] + (length * direction[i]);
            if (parameters.NonNegative && value < 0)
            {
                // Clipped: the step was not the one that the next direction would be made conjugate to.
                value = 0;
                previousNorm = 0;
                _historyCount = 0;
            }

            _code[i] = value;
        }

        return true;
    }

    /// <summary>p −= (p_jᵀG p / p_jᵀG p_j) p_j for every direction before, in their order.</summary>
    private void Conjugate(Span<double> direction)
    {
        for (int j = 0; j < _historyCount; j++)
        {
            double share = Dot(_historyImages.AsSpan(j * MaxActive, _count), _direction) / _historyNorms[j];
            TensorPrimitives.MultiplyAdd(_history.AsSpan(j * MaxActive, _count), -share, direction, direction);
        }
    }

    /// <summary>Keeps the direction and its image; as many directions as there is room for span everything, so a further one begins anew.</summary>
    private void Remember(double norm)
    {
        int place = _historyCount == MaxActive ? 0 : _historyCount;
        _direction.AsSpan(0, _count).CopyTo(_history.AsSpan(place * MaxActive));
        _image.AsSpan(0, _count).CopyTo(_historyImages.AsSpan(place * MaxActive));
        _historyNorms[place] = norm;
        _historyCount = place + 1;
    }

    private void Add(int atom, double value)
    {
        int k = _count++;
        ReadOnlySpan<T> row = _workspace.LoadRow(k, atom);
        _support[k] = atom;
        _places[atom] = k;
        _code[k] = value;
        _direction[k] = 0;
        _rightSide[k] = _workspace.InitialCorrelation(atom);
        for (int i = 0; i <= k; i++)
        {
            double inner = double.CreateTruncating(row[_support[i]]);
            _gram[(k * MaxActive) + i] = inner;
            _gram[(i * MaxActive) + k] = inner;
        }

        for (int j = 0; j < _historyCount; j++)
        {
            _history[(j * MaxActive) + k] = 0;
            _historyImages[(j * MaxActive) + k] = Dot(_gram.AsSpan(k * MaxActive, k), _history.AsSpan(j * MaxActive, k));
        }
    }

    /// <summary>g_i = c0_i − (G_II z)_i.</summary>
    private double Gradient(int place)
    {
        return _rightSide[place] - Dot(_gram.AsSpan(place * MaxActive, _count), _code);
    }

    /// <summary>The gradient on the support, and ‖r‖² = ‖x‖² − zᵀ(c0 + g).</summary>
    private double Evaluate(double squaredNorm)
    {
        double explained = 0;
        for (int i = 0; i < _count; i++)
        {
            _gradient[i] = Gradient(i);
            explained += _code[i] * (_rightSide[i] + _gradient[i]);
        }

        return Math.Max(0, squaredNorm - explained);
    }

    /// <summary>G_II p.</summary>
    private void Image()
    {
        for (int i = 0; i < _count; i++)
        {
            _image[i] = Dot(_gram.AsSpan(i * MaxActive, _count), _direction);
        }
    }

    /// <summary>Whether no coefficient of the support wants to move by more than rounding.</summary>
    private bool IsStationary(bool nonNegative)
    {
        double floor = double.CreateTruncating(PursuitWorkspace<T>.NoiseFloor) / _workspace.Scale;
        for (int i = 0; i < _count; i++)
        {
            double size = nonNegative && !(_code[i] > 0) ? _gradient[i] : Math.Abs(_gradient[i]);
            if (size > floor * Math.Sqrt(_gram[(i * MaxActive) + i]))
            {
                return false;
            }
        }

        return true;
    }

    private void Finish()
    {
        for (int i = 0; i < _count; i++)
        {
            _places[_support[i]] = -1;
            if (_code[i] != 0)
            {
                _support[_activeCount] = _support[i];
                _coefficients[_activeCount++] = T.CreateTruncating(_code[i]);
            }
        }
    }

    private static double Dot(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        if (left.Length >= ShortRow)
        {
            return TensorPrimitives.Dot(left, right[..left.Length]);
        }

        double sum = 0;
        for (int i = 0; i < left.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return sum;
    }
}

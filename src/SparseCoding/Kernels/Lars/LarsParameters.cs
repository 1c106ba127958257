namespace SparseCoding.Kernels;

/// <summary>Which path is followed.</summary>
internal enum LarsMethod
{
    /// <summary>The Lasso's: an atom whose coefficient reaches zero leaves.</summary>
    Lasso = 0,

    /// <summary>Plain least-angle regression: atoms only join.</summary>
    Lar,
}

/// <summary>Where a homotopy ends; the first of its bounds that is reached ends it.</summary>
internal readonly record struct LarsParameters
{
    /// <summary>The whole path down to λ = 0.</summary>
    public LarsParameters()
    {
    }

    /// <summary>Lasso or plain LARS.</summary>
    public LarsMethod Method { get; init; }

    /// <summary>z >= 0; Lasso only (plain LARS would give negative coefficients all the same, so the caller refuses the pair).</summary>
    public bool NonNegative { get; init; }

    /// <summary>The λ of ½‖x − zD‖² + λ‖z‖₁ at which to stop, >= 0.</summary>
    public double Lambda { get; init; }

    /// <summary>Stop when ‖x − zD‖² has fallen to this; negative for never.</summary>
    public double SquaredErrorBound { get; init; } = -1;

    /// <summary>Stop when ‖z‖₁ has grown to this; Lasso only.</summary>
    public double L1Budget { get; init; } = double.PositiveInfinity;

    /// <summary>Stop at the breakpoint where one atom more than this would be active.</summary>
    public int MaxActive { get; init; } = int.MaxValue;

    /// <summary>Most segments (joins and drops); 0 for 8 · atoms + 64, which only a path with very many drops exceeds.</summary>
    public int MaxSegments { get; init; }

    /// <summary>Keep every breakpoint (allocates).</summary>
    public bool RecordPath { get; init; }
}

/// <summary>The whole piecewise linear path of one signal. Between two breakpoints each coefficient is linear in <see cref="Lambdas"/>.</summary>
internal sealed class LarsPath
{
    private readonly List<double> _lambdas = [];
    private readonly List<int[]> _active = [];
    private readonly List<double[]> _coefficients = [];

    /// <summary>C at each breakpoint, falling; the first is max|c0|, where the code is zero.</summary>
    public IReadOnlyList<double> Lambdas => _lambdas;

    /// <summary>Atoms with a coefficient at each breakpoint, in the order in which they joined.</summary>
    public IReadOnlyList<int[]> Active => _active;

    /// <summary>Their coefficients, in the same order.</summary>
    public IReadOnlyList<double[]> Coefficients => _coefficients;

    /// <summary>Adds a breakpoint.</summary>
    internal void Add(double lambda, ReadOnlySpan<int> active, ReadOnlySpan<double> coefficients)
    {
        _lambdas.Add(lambda);
        _active.Add(active.ToArray());
        _coefficients.Add(coefficients.ToArray());
    }

    /// <summary>Replaces the last breakpoint's code by the polished one, so that the path ends in the code that is returned.</summary>
    internal void ReplaceLast(ReadOnlySpan<int> active, ReadOnlySpan<double> coefficients)
    {
        _active[^1] = active.ToArray();
        _coefficients[^1] = coefficients.ToArray();
    }
}

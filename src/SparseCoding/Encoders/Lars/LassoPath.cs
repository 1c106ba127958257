namespace SparseCoding;

/// <summary>
/// The whole Lasso path of one signal: breakpoints of λ in descending order with the active atoms and their coefficients there. Between two
/// breakpoints every coefficient is linear in λ.
/// </summary>
public sealed class LassoPath
{
    private readonly double[] _lambdas;
    private readonly int[][] _active;
    private readonly double[][] _coefficients;

    internal LassoPath(double[] lambdas, int[][] active, double[][] coefficients, StopReason stop)
    {
        _lambdas = lambdas;
        _active = active;
        _coefficients = coefficients;
        Stop = stop;
    }

    /// <summary>Number of breakpoints, the zero code at the largest λ included.</summary>
    public int Count => _lambdas.Length;

    /// <summary>λ at each breakpoint, descending, [breakpoints].</summary>
    public ReadOnlySpan<double> Lambdas => _lambdas;

    /// <summary>Why the path ended.</summary>
    public StopReason Stop { get; }

    /// <summary>Active atoms at a breakpoint, [active], in the order in which they joined.</summary>
    /// <param name="breakpoint">Index of the breakpoint.</param>
    public ReadOnlySpan<int> Atoms(int breakpoint) => _active[breakpoint];

    /// <summary>Their coefficients, [active].</summary>
    /// <param name="breakpoint">Index of the breakpoint.</param>
    public ReadOnlySpan<double> Coefficients(int breakpoint) => _coefficients[breakpoint];
}

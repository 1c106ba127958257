using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// The Lasso and the elastic net on any dictionary, argmin ½‖u − zD‖² + λ‖z‖₁ + ½μ‖z‖² with u = (x − offset)/scale, by the alternating direction method of multipliers, until
/// the duality gap or both residuals are small. One factorisation of the smaller of Gram and DᵀD for each ρ serves all signals. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. <see cref="LassoEncoder"/> solves the same problem with less work as a rule. Sources: Boyd, Parikh, Chu, Peleato and Eckstein 2011; relative residuals: Wohlberg 2017.</remarks>
public sealed partial class AdmmEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>ADMM on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Penalty, sign, ρ and stops.</param>
    public AdmmEncoder(IDictionary dictionary, AdmmOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        Options = options;
    }

    /// <summary>Penalty, sign, ρ and stops.</summary>
    public AdmmOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => _dictionary.AtomCount;

    /// <inheritdoc/>
    public int Dimension => _dictionary.Dimension;

    /// <summary>The dictionary.</summary>
    public AtomDictionary Dictionary => _dictionary;

    /// <inheritdoc/>
    public IDecoder Decoder => _dictionary;

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        WarmStarts.CheckSigns(request, Options.NonNegative);
        var parameters = new AdmmParameters
        {
            Lambda = Options.Lambda,
            Ridge = Options.Ridge,
            NonNegative = Options.NonNegative,
            GapTolerance = Options.GapTolerance,
            ResidualTolerance = Options.ResidualTolerance,
            Relaxation = Options.Relaxation,
            RhoExponent = Options.RhoExponent,
            AdaptiveRho = Options.AdaptiveRho,
            MaxIterations = Options.MaxIterations,
        };
        long budget = (request?.Context ?? RunContext.Default).MemoryBudget;
        return new BatchSolver(_dictionary, nameof(AdmmEncoder), "duality gap", gram => new AdmmRowSolver(gram, _dictionary.AdmmFactors(gram, budget), parameters)).Encode(signals, request, cancellationToken);
    }

    /// <summary>A bound: every iteration solves with the factor and looks at all atoms.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.Admm(Dimension, AtomCount, Options.MaxIterations, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"AdmmEncoder(16 atoms, lambda 0.05)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"AdmmEncoder({AtomCount} atoms, lambda {Options.Lambda}{(Options.Ridge > 0 ? $", ridge {Options.Ridge}" : string.Empty)}{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

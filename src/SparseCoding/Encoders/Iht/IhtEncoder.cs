using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Codes of at most K atoms by iterative hard thresholding on any dictionary, argmin ½‖u − zD‖² with ‖z‖₀ ≤ K and u = (x − offset)/scale: gradient steps, each cut to the
/// K largest coefficients. A local minimum as a rule; exact for codes that are sparse enough on atoms that are incoherent enough. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. Atoms are compared as if of norm 1. Ties go to the lower index. Sources: Blumensath and Davies 2009; normalised steps: Blumensath and Davies 2010.</remarks>
public sealed partial class IhtEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>Iterative hard thresholding on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Budget, kind of step, sign and stops.</param>
    /// <exception cref="ArgumentException">More active atoms than the dictionary has.</exception>
    public IhtEncoder(IDictionary dictionary, IhtOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        Throw.MoreActiveThanAtoms(options.MaxActive, _dictionary.AtomCount);
        Options = options;
    }

    /// <summary>Budget, kind of step, sign and stops.</summary>
    public IhtOptions Options { get; }

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
        var parameters = new ThresholdingParameters
        {
            MaxActive = Options.MaxActive,
            MaxIterations = Options.MaxIterations,
            SquaredErrorBound = (double)Options.ResidualTolerance * Options.ResidualTolerance,
            NonNegative = Options.NonNegative,
            Tolerance = Options.Tolerance,
            Normalized = Options.Normalized,
        };
        WarmStarts.CheckBudget(request, Options.MaxActive, Options.NonNegative);
        return new BatchSolver(
            _dictionary,
            nameof(IhtEncoder),
            "squared residual",
            gram => new ThresholdingRowSolver(
                new IhtCore<float>(AtomCount, Options.MaxActive),
                gram,
                Options.Normalized ? parameters : parameters with { SpectralBound = _dictionary.NormalizedSpectralBound(cancellationToken) })).Encode(signals, request, cancellationToken);
    }

    /// <summary>A bound: every iteration tries every shorter step.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.Thresholding(Dimension, AtomCount, Options.MaxActive, 0, IhtCore<float>.MaxShorter, Options.MaxIterations, Options.NonNegative, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"IhtEncoder(16 atoms, at most 3 active)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"IhtEncoder({AtomCount} atoms, at most {Options.MaxActive} active{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

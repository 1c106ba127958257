using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Codes by the locally competitive algorithm on any dictionary, neurons that inhibit each other by the Gram: with soft thresholds the Lasso ½‖u − zD‖² + λ‖z‖₁ with
/// u = (x − offset)/scale, with hard ones a local minimum of ½‖u − zD‖² + ½λ²‖z‖₀ for atoms scaled to norm 1. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. Euler steps of the stable length 1/L. Source: Rozell, Johnson, Baraniuk and Olshausen 2008.</remarks>
public sealed partial class LcaEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>The locally competitive algorithm on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Threshold, sign and stops.</param>
    public LcaEncoder(IDictionary dictionary, LcaOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        Options = options;
    }

    /// <summary>Threshold, sign and stops.</summary>
    public LcaOptions Options { get; }

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
        var parameters = new LcaParameters
        {
            Lambda = Options.Lambda,
            Hard = Options.Threshold == LcaThreshold.Hard,
            NonNegative = Options.NonNegative,
            Tolerance = Options.Tolerance,
            MaxIterations = Options.MaxIterations,
        };
        return new BatchSolver(
            _dictionary,
            nameof(LcaEncoder),
            parameters.Hard ? "squared residual" : "duality gap",
            gram => new LcaRowSolver(gram, _dictionary.NormalizedSpectralBound(cancellationToken), parameters)).Encode(signals, request, cancellationToken);
    }

    /// <summary>A bound: every step touches all atoms.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.Fista(Dimension, AtomCount, Options.MaxIterations, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"LcaEncoder(16 atoms, lambda 0.05)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LcaEncoder({AtomCount} atoms, lambda {Options.Lambda}{(Options.Threshold == LcaThreshold.Hard ? ", hard" : string.Empty)}{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

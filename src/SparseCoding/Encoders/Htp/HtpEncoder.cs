using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Codes of at most K atoms by hard thresholding pursuit on any dictionary: the K largest of z plus a gradient step, least squares on them, until the support stays; of
/// u = (x − offset)/scale. A few iterations as a rule, and never a cycle: a support is taken only if it lowers the error. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. Atoms are compared as if of norm 1. Ties go to the lower index. Source: Foucart 2011; the halved step where a full one does not lower the error is this library's.</remarks>
public sealed partial class HtpEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>Hard thresholding pursuit on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Budget, step, sign and stops.</param>
    /// <exception cref="ArgumentException">More active atoms than the dictionary has, or than 46,340, whose least squares take one array of their Gram.</exception>
    public HtpEncoder(IDictionary dictionary, HtpOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        Throw.MoreActiveThanAtoms(options.MaxActive, _dictionary.AtomCount);
        Throw.MoreActiveThan(options.MaxActive, SupportLeastSquares<float>.MaximumCapacity);
        Options = options;
    }

    /// <summary>Budget, step, sign and stops.</summary>
    public HtpOptions Options { get; }

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
            Step = Options.Step,
        };
        WarmStarts.CheckBudget(request, Options.MaxActive, Options.NonNegative);
        return new BatchSolver(_dictionary, nameof(HtpEncoder), "squared residual", gram => new ThresholdingRowSolver(new HtpCore<float>(AtomCount, Options.MaxActive), gram, parameters)).Encode(signals, request, cancellationToken);
    }

    /// <summary>A bound: every iteration tries every halving of its step.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.Thresholding(Dimension, AtomCount, Options.MaxActive, Options.MaxActive, HtpCore<float>.MaxHalvings, Options.MaxIterations, Options.NonNegative, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"HtpEncoder(16 atoms, at most 3 active)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"HtpEncoder({AtomCount} atoms, at most {Options.MaxActive} active{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

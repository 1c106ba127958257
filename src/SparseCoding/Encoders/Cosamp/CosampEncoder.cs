using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Codes of at most K atoms by CoSaMP on any dictionary: 2K atoms with the largest correlations join, least squares on the union, the K largest stay;
/// of u = (x − offset)/scale. Ends when the error does not fall, so it cannot go round in a cycle. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. Atoms are compared as if of norm 1. Ties go to the lower index. 3K should be well below the dimension: a union as large as that fits any signal. Source: Needell and Tropp 2009. Where pruned coefficients do not lower the error, they are solved for again on their support, which the paper leaves out.</remarks>
public sealed partial class CosampEncoder : IEncoder
{
    private readonly AtomDictionary _dictionary;

    /// <summary>CoSaMP on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Budget, sign and stops.</param>
    /// <exception cref="ArgumentException">More active atoms than the dictionary has, or than 46,340, whose least squares take one array of their Gram.</exception>
    public CosampEncoder(IDictionary dictionary, CosampOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _dictionary = Signals.InMemory(dictionary, nameof(dictionary));
        Throw.MoreActiveThanAtoms(options.MaxActive, _dictionary.AtomCount);
        Throw.MoreActiveThan(options.MaxActive, SupportLeastSquares<float>.MaximumCapacity);
        Options = options;
    }

    /// <summary>Budget, sign and stops.</summary>
    public CosampOptions Options { get; }

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
            MaxCandidates = Dimension,
        };
        WarmStarts.CheckBudget(request, Options.MaxActive, Options.NonNegative);
        return new BatchSolver(_dictionary, nameof(CosampEncoder), "squared residual", gram => new ThresholdingRowSolver(new MergedPursuitCore<float>(AtomCount, Options.MaxActive, subspace: false, Dimension), gram, parameters)).Encode(signals, request, cancellationToken);
    }

    /// <summary>A bound: all iterations with full unions.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.Thresholding(Dimension, AtomCount, Options.MaxActive, 3L * Options.MaxActive, 0, Options.MaxIterations, Options.NonNegative, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"CosampEncoder(16 atoms, at most 3 active)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"CosampEncoder({AtomCount} atoms, at most {Options.MaxActive} active{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

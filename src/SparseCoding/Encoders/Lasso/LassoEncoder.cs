using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// The Lasso and the elastic net on any dictionary, argmin ½‖u − zD‖² + λ‖z‖₁ + ½μ‖z‖² with u = (x − offset)/scale, by coordinate descent on a working set that grows by
/// the violators, until the duality gap is small. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. Sources: Friedman, Hastie and Tibshirani 2010; Massias, Gramfort and Salmon 2018; elastic net: Zou and Hastie 2005.</remarks>
public sealed partial class LassoEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>The Lasso on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Penalty, sign and stops.</param>
    public LassoEncoder(IDictionary dictionary, LassoOptions options)
        : this(options, null, Signals.InMemory(dictionary, nameof(dictionary)), null)
    {
    }

    /// <summary>A recipe that learns its dictionary by Fit.</summary>
    /// <param name="options">The coder's options; AtomCount is needed.</param>
    /// <param name="learning">How the dictionary is learned; null takes the defaults.</param>
    public LassoEncoder(LassoOptions options, DictionaryLearningOptions? learning = null)
        : this(options, learning ?? new DictionaryLearningOptions(), null, null)
    {
    }

    private LassoEncoder(LassoOptions options, DictionaryLearningOptions? learning, AtomDictionary? dictionary, TrainingRecord? record)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        LearningOptions = learning;
        _dictionary = dictionary;
        Training = record;
        if (dictionary is not null && options.AtomCount is { } asked && asked != dictionary.AtomCount)
        {
            Throw.Argument($"options ask for {asked} atoms, but the dictionary has {dictionary.AtomCount}.", nameof(options));
        }
    }

    /// <summary>Penalty, sign and stops.</summary>
    public LassoOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => FittedDictionary.AtomCount(_dictionary, Options.AtomCount, nameof(LassoEncoder));

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The dictionary that was given or learned.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public AtomDictionary Dictionary => FittedDictionary.Require(_dictionary, nameof(LassoEncoder));

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        WarmStarts.CheckSigns(request, Options.NonNegative);
        var parameters = new LassoParameters { Lambda = Options.Lambda, Ridge = Options.Ridge, NonNegative = Options.NonNegative, GapTolerance = Options.GapTolerance, MaxIterations = Options.MaxIterations };
        return new BatchSolver(
            Dictionary,
            nameof(LassoEncoder),
            "duality gap",
            gram => new LassoRowSolver(gram, parameters),
            (backend, problem, solution, token) => parameters.Ridge == 0 && backend.SolveCoordinateDescent(problem, parameters, solution, token)).Encode(signals, request, cancellationToken);
    }

    /// <summary>A bound: every sweep touches all atoms.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.CoordinateDescent(Dimension, AtomCount, Options.MaxIterations, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"LassoEncoder(16 atoms, lambda 0.05)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LassoEncoder({_dictionary?.AtomCount ?? Options.AtomCount} atoms, lambda {Options.Lambda}{(Options.Ridge > 0 ? $", ridge {Options.Ridge}" : string.Empty)}{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

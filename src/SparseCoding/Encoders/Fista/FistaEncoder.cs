using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// The Lasso and the elastic net on any dictionary, argmin ½‖u − zD‖² + λ‖z‖₁ + ½μ‖z‖² with u = (x − offset)/scale, by FISTA with a restart of the momentum for each signal
/// on its own, until the duality gap is small. Starts cold or from any encoder's codes.
/// </summary>
/// <remarks>Immutable and thread-safe. Sources: Beck and Teboulle 2009; O'Donoghue and Candès 2015 (restart); elastic net: Zou and Hastie 2005.</remarks>
public sealed partial class FistaEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>FISTA on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Penalty, sign and stops.</param>
    public FistaEncoder(IDictionary dictionary, FistaOptions options)
        : this(options, null, Signals.InMemory(dictionary, nameof(dictionary)), null)
    {
    }

    /// <summary>A recipe that learns its dictionary by Fit.</summary>
    /// <param name="options">The coder's options; AtomCount is needed.</param>
    /// <param name="learning">How the dictionary is learned; null takes the defaults.</param>
    public FistaEncoder(FistaOptions options, DictionaryLearningOptions? learning = null)
        : this(options, learning ?? new DictionaryLearningOptions(), null, null)
    {
    }

    private FistaEncoder(FistaOptions options, DictionaryLearningOptions? learning, AtomDictionary? dictionary, TrainingRecord? record)
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
    public FistaOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => FittedDictionary.AtomCount(_dictionary, Options.AtomCount, nameof(FistaEncoder));

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The dictionary that was given or learned.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public AtomDictionary Dictionary => FittedDictionary.Require(_dictionary, nameof(FistaEncoder));

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
        return Solver(Dictionary, parameters, cancellationToken).Encode(signals, request, cancellationToken);
    }

    /// <summary>The backend's FISTA, or the one in matrix form; with a ridge, which neither has, that of single rows.</summary>
    internal static BatchSolver Solver(AtomDictionary dictionary, LassoParameters parameters, CancellationToken cancellationToken = default) => new(
        dictionary,
        nameof(FistaEncoder),
        "duality gap",
        gram => new FistaRowSolver(gram, dictionary.SpectralBound(cancellationToken), parameters),
        (backend, problem, solution, token) =>
        {
            if (parameters.Ridge > 0)
            {
                return false;
            }

            double bound = dictionary.SpectralBound(token);
            if (!backend.SolveFista(problem, parameters, bound, solution, token))
            {
                BatchedFista.Solve(backend, problem, parameters, bound, solution, token);
            }

            return true;
        });

    /// <summary>A bound: every step touches all atoms.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples) =>
        SolverCost.Fista(Dimension, AtomCount, Options.MaxIterations, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"FistaEncoder(16 atoms, lambda 0.05)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"FistaEncoder({_dictionary?.AtomCount ?? Options.AtomCount} atoms, lambda {Options.Lambda}{(Options.Ridge > 0 ? $", ridge {Options.Ridge}" : string.Empty)}{(Options.NonNegative ? ", non-negative" : string.Empty)})");
}

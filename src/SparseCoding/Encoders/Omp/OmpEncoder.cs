using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Orthogonal matching pursuit on any dictionary: atom after atom is added, and the coefficients of all active atoms are the least-squares fit.
/// Solves for (x − offset)/scale and respects the norms of the atoms. Batch form with one shared Gram and a growing inverse Cholesky factor
/// (Rubinstein, Zibulevsky and Elad 2008; Zhu, Chen and Wu 2020). Fit learns a dictionary by alternation with it.
/// </summary>
/// <remarks>Immutable and thread-safe. Cost for each signal: 2MN + NK² + O(NK). A warm start gives the first active atoms.</remarks>
public sealed partial class OmpEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>OMP on a dictionary that is known.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Budget, stop and sign.</param>
    /// <exception cref="ArgumentException">More active atoms than the dictionary has, or options that contradict each other.</exception>
    public OmpEncoder(IDictionary dictionary, OmpOptions options)
        : this(options, null, Signals.InMemory(dictionary, nameof(dictionary)), null)
    {
    }

    /// <summary>A recipe that learns its dictionary by Fit.</summary>
    /// <param name="options">Budget, stop and sign; AtomCount is needed.</param>
    /// <param name="learning">How the dictionary is learned; null takes the defaults.</param>
    public OmpEncoder(OmpOptions options, DictionaryLearningOptions? learning = null)
        : this(options, learning ?? new DictionaryLearningOptions(), null, null)
    {
    }

    private OmpEncoder(OmpOptions options, DictionaryLearningOptions? learning, AtomDictionary? dictionary, TrainingRecord? record)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        LearningOptions = learning;
        _dictionary = dictionary;
        Training = record;
        int? atoms = dictionary?.AtomCount ?? options.AtomCount;
        if (dictionary is not null && options.AtomCount is { } asked && asked != dictionary.AtomCount)
        {
            Throw.Argument($"options ask for {asked} atoms, but the dictionary has {dictionary.AtomCount}.", nameof(options));
        }

        if (options.MaxActive > atoms)
        {
            Throw.Argument($"MaxActive is {options.MaxActive}, but there are only {atoms} atoms.", nameof(options));
        }

        if (options.NonNegative && options.Selection == PursuitSelection.ErrorReduction)
        {
            Throw.NotSupported("Selection = ErrorReduction (OLS) has no non-negative form here; use Correlation with NonNegative, or signed codes.");
        }
    }

    /// <summary>Budget, stop and sign.</summary>
    public OmpOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => FittedDictionary.AtomCount(_dictionary, Options.AtomCount, nameof(OmpEncoder));

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The dictionary that was given or learned.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public AtomDictionary Dictionary => FittedDictionary.Require(_dictionary, nameof(OmpEncoder));

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    private int Budget => Options.MaxActive ?? Math.Clamp(Dimension / 10, 1, AtomCount);

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        var parameters = new OmpParameters
        {
            MaxActive = Budget,
            SquaredErrorBound = (double)Options.ResidualTolerance * Options.ResidualTolerance,
            NonNegative = Options.NonNegative,
            Rule = Options.Selection == PursuitSelection.ErrorReduction ? PursuitRule.ErrorReduction : PursuitRule.Correlation,
        };
        WarmStarts.CheckBudget(request, Budget, Options.NonNegative);
        return new BatchSolver(Dictionary, nameof(OmpEncoder), "squared residual", gram => new OmpRowSolver(gram, parameters), (backend, problem, solution, token) => backend.SolveOmp(problem, parameters, solution, token)).Encode(signals, request, cancellationToken);
    }

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples) => SolverCost.Omp(Dimension, AtomCount, Budget, Throw.AtLeast(samples, 0, nameof(samples)), Options.NonNegative);

    /// <summary>"OmpEncoder(16 atoms, at most 3 active)".</summary>
    public override string ToString() => $"OmpEncoder({_dictionary?.AtomCount ?? Options.AtomCount} atoms, at most {Options.MaxActive?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "a tenth of the dimension"} active)";
}

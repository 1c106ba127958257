using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// Inference-time optimisation: codes of each signal are optimised on a dictionary that is known, such as that of a trained SAE, whose
/// encoder is put aside. Starts cold or from the codes of any encoder (<see cref="EncodeRequest.WarmStart"/>), and really from them.
/// </summary>
/// <remarks>Immutable and thread-safe. Source: O'Neill and Klindt 2024, equation 6; the pursuits as in Nanda et al. 2024.</remarks>
public sealed partial class ItoEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>Inference on a dictionary.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Method, penalty or budget, and stops.</param>
    /// <exception cref="ArgumentException">An option that the method does not have, or more active atoms than the dictionary has.</exception>
    public ItoEncoder(IDictionary dictionary, ItoOptions options)
        : this(options, null, Signals.InMemory(dictionary, nameof(dictionary)), null)
    {
    }

    /// <summary>A recipe that learns its dictionary by Fit.</summary>
    /// <param name="options">The coder's options; AtomCount is needed.</param>
    /// <param name="learning">How the dictionary is learned; null takes the defaults.</param>
    public ItoEncoder(ItoOptions options, DictionaryLearningOptions? learning = null)
        : this(options, learning ?? new DictionaryLearningOptions(), null, null)
    {
    }

    private ItoEncoder(ItoOptions options, DictionaryLearningOptions? learning, AtomDictionary? dictionary, TrainingRecord? record)
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

        if ((dictionary?.AtomCount ?? options.AtomCount) is { } atoms)
        {
            options.Validate(atoms);
        }
    }

    /// <summary>Method, penalty or budget, and stops.</summary>
    public ItoOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => FittedDictionary.AtomCount(_dictionary, Options.AtomCount, nameof(ItoEncoder));

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The dictionary that was given or learned.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public AtomDictionary Dictionary => FittedDictionary.Require(_dictionary, nameof(ItoEncoder));

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    private int Iterations => IterationsOf(Options);

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        if (Options.Method == ItoMethod.Gradient)
        {
            return Gradient().Encode(signals, request, cancellationToken);
        }

        var parameters = new PursuitParameters
        {
            MaxActive = Options.MaxActive!.Value,
            MaxIterations = Iterations,
            SquaredErrorBound = (double)Options.ResidualTolerance * Options.ResidualTolerance,
            NonNegative = Options.NonNegative,
            Conjugate = Options.Direction == PursuitDirection.NearlyConjugate,
            FullyConjugate = Options.Direction == PursuitDirection.Conjugate,
        };
        if (request?.WarmStart is { } warm)
        {
            CheckPursuitStart(warm, parameters);
        }

        bool gradient = Options.Method == ItoMethod.GradientPursuit;
        return new BatchSolver(
            Dictionary,
            nameof(ItoEncoder),
            "squared residual",
            gram => gradient ? new GradientPursuitRowSolver(gram, parameters) : new MatchingPursuitRowSolver(gram, parameters)).Encode(signals, request, cancellationToken);
    }

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples) => Cost(Options, Dimension, AtomCount, Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"ItoEncoder(Gradient, 16 atoms)".</summary>
    public override string ToString() => $"ItoEncoder({Options.Method}, {_dictionary?.AtomCount ?? Options.AtomCount} atoms)";

    private static int IterationsOf(ItoOptions options) => options.Iterations ?? (options.Method == ItoMethod.Gradient ? 2000 : options.MaxActive!.Value);

    private static FlopCount Cost(ItoOptions options, int dimension, int atoms, long samples) => options.Method == ItoMethod.Gradient
        ? GradientCodesCost.Inference(dimension, atoms, IterationsOf(options), options.GapTolerance > 0 ? GradientSolver.CheckEvery : 0, samples)
        : SolverCost.Pursuit(dimension, atoms, options.MaxActive!.Value, IterationsOf(options), samples);

    private GradientSolver Gradient() => new(
        Dictionary,
        new GradientSolverOptions
        {
            Lambda = Options.Lambda ?? ItoOptions.DefaultLambda,
            Parametrization = Options.Parametrization,
            Iterations = Iterations,
            LearningRate = Options.LearningRate,
            Adam = new AdamConstants(Options.Adam.Beta1, Options.Adam.Beta2, Options.Adam.Epsilon),
            Start = Options.InitialLogCode,
            GapTolerance = Options.GapTolerance,
        },
        nameof(ItoEncoder));

    private static void CheckPursuitStart(SparseCodes warm, PursuitParameters parameters)
    {
        for (int row = 0; row < warm.RowCount; row++)
        {
            if (warm[row].Count > parameters.MaxActive)
            {
                Throw.Argument($"WarmStart has {warm[row].Count} active atoms at row {row}, more than MaxActive = {parameters.MaxActive}; keep the largest with SparseCodes.Above, or raise MaxActive.", "request");
            }

            if (parameters.NonNegative && warm[row].Values.ContainsAnyInRange(float.MinValue, -float.Epsilon))
            {
                Throw.Argument($"WarmStart has a negative value at row {row}, but NonNegative is set.", "request");
            }
        }
    }
}

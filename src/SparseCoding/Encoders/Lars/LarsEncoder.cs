using SparseCoding.Backends;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;
using SparseCoding.Kernels;
using SparseCoding.Solvers;

namespace SparseCoding;

/// <summary>
/// The Lasso and the elastic net by their whole homotopy (LARS, LARS-EN) on any dictionary: argmin ½‖u − zD‖² + λ‖z‖₁ + ½μ‖z‖² with u = (x − offset)/scale, followed from the largest
/// λ at which the code is zero down to the wanted one, signed or non-negative. Ends with an optimality check, so that float32 is safe.
/// Fit learns a dictionary by alternation with it.
/// </summary>
/// <remarks>Immutable and thread-safe. Sources: Osborne, Presnell and Turlach 2000; Efron, Hastie, Johnstone and Tibshirani 2004; Zou and Hastie 2005. The path starts at zero, so a warm start is refused.</remarks>
public sealed partial class LarsEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>The homotopy on a dictionary that is known.</summary>
    /// <param name="dictionary">The dictionary.</param>
    /// <param name="options">Penalty, other stops and sign.</param>
    /// <exception cref="ArgumentException">More active atoms than the dictionary has, or options that contradict each other.</exception>
    public LarsEncoder(IDictionary dictionary, LarsOptions options)
        : this(options, null, Signals.InMemory(dictionary, nameof(dictionary)), null)
    {
    }

    /// <summary>A recipe that learns its dictionary by Fit.</summary>
    /// <param name="options">Penalty, other stops and sign; AtomCount is needed.</param>
    /// <param name="learning">How the dictionary is learned; null takes the defaults.</param>
    public LarsEncoder(LarsOptions options, DictionaryLearningOptions? learning = null)
        : this(options, learning ?? new DictionaryLearningOptions(), null, null)
    {
    }

    private LarsEncoder(LarsOptions options, DictionaryLearningOptions? learning, AtomDictionary? dictionary, TrainingRecord? record)
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

        if (options.WithoutDrops && (options.NonNegative || options.Ridge > 0 || options.L1Budget is not null))
        {
            Throw.NotSupported($"WithoutDrops with {(options.NonNegative ? "NonNegative" : options.Ridge > 0 ? "Ridge" : "L1Budget")}: plain least-angle regression lets coefficients cross zero, so it has no non-negative form, no second penalty and no l1 budget. Leave WithoutDrops false for the Lasso's path.");
        }

        if (options.Ridge > 0 && options.ResidualTolerance is not null)
        {
            Throw.NotSupported("ResidualTolerance with Ridge: along an elastic-net path the homotopy knows ‖u − zD‖² + Ridge·‖z‖², not the error alone. Stop by Lambda, L1Budget or MaxActive.");
        }
    }

    /// <summary>Penalty, other stops and sign.</summary>
    public LarsOptions Options { get; }

    /// <inheritdoc/>
    public int AtomCount => FittedDictionary.AtomCount(_dictionary, Options.AtomCount, nameof(LarsEncoder));

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The dictionary that was given or learned.</summary>
    /// <exception cref="InvalidOperationException">There is none yet.</exception>
    public AtomDictionary Dictionary => FittedDictionary.Require(_dictionary, nameof(LarsEncoder));

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        if (request?.WarmStart is not null)
        {
            Throw.NotSupported("LarsEncoder follows the path from the zero code, so a warm start would be ignored. Use LassoEncoder, which solves the same problem from any code.");
        }

        LarsParameters parameters = Parameters(false);

        // Plain LARS has coefficients against the sign of their correlation, which refining to the Lasso's conditions would spoil.
        bool refines = Options.Ridge == 0 && !Options.WithoutDrops;
        var ridged = new SharedRidge(Options.Ridge, (request?.Context ?? RunContext.Default).MemoryBudget);
        return new BatchSolver(
            Dictionary,
            nameof(LarsEncoder),
            "duality gap",
            gram => new LarsRowSolver(ridged.Add(gram), parameters, refine: refines),
            (backend, problem, solution, token) => refines && backend.SolveLars(problem, parameters, solution, token)).Encode(signals, request, cancellationToken);
    }

    /// <summary>The whole path of one signal, from the zero code to the stop.</summary>
    /// <param name="signals">One signal, [1, dimension], finite.</param>
    /// <exception cref="ArgumentException">More than one signal, or of another dimension, or not finite.</exception>
    public LassoPath EncodePath(SignalView signals)
    {
        AtomDictionary dictionary = Dictionary;
        signals.ThrowIfInvalid(nameof(signals), dictionary.Dimension, "the dictionary");
        if (signals.RowCount != 1)
        {
            Throw.Argument($"signals has {signals.RowCount} rows; the path is that of one signal.", nameof(signals));
        }

        // In double: a path is read for its breakpoints, and it is one signal.
        var signal = new float[dictionary.Dimension];
        Signals.Center(signals, 0, 1, dictionary, signal);
        double[] atoms = Array.ConvertAll(dictionary.AtomValues.ToArray(), v => (double)v), x = Array.ConvertAll(signal, v => (double)v);
        if ((long)AtomCount * AtomCount > Array.MaxLength)
        {
            Throw.NotSupported($"EncodePath works in float64 on the whole Gram matrix, which {AtomCount} atoms exceed; use Encode, or a dictionary of at most 46,340 atoms.");
        }

        var gram = new double[AtomCount * AtomCount];
        Gemm.SymmetricProduct(AtomCount, dictionary.Dimension, atoms, dictionary.Dimension, gram, AtomCount, 1);
        for (int i = 0; i < AtomCount; i++)
        {
            gram[(i * AtomCount) + i] += Options.Ridge;
        }

        var correlations = new double[AtomCount];
        Gemm.Multiply(false, true, 1, AtomCount, dictionary.Dimension, 1.0, x, dictionary.Dimension, atoms, dictionary.Dimension, 0.0, correlations, AtomCount, 1);
        var core = new LarsCore<double>(AtomCount);
        LassoOutcome outcome = core.Solve(new DenseGram<double>(gram, AtomCount), correlations, Signals.SquaredNorm(signal), Parameters(true));
        LarsPath path = core.Path!;
        return new LassoPath([.. path.Lambdas], [.. path.Active], [.. path.Coefficients], StopReasons.Of(outcome.Stop));
    }

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples) => SolverCost.Lars(Dimension, AtomCount, Math.Min(Dimension, AtomCount), Segments(AtomCount), Throw.AtLeast(samples, 0, nameof(samples)));

    /// <summary>"LarsEncoder(16 atoms, lambda 0.05)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"LarsEncoder({_dictionary?.AtomCount ?? Options.AtomCount} atoms, lambda {Options.Lambda}{(Options.Ridge > 0 ? $", ridge {Options.Ridge}" : string.Empty)}{(Options.NonNegative ? ", non-negative" : string.Empty)}{(Options.WithoutDrops ? ", without drops" : string.Empty)})");

    private long Segments(int atoms) => Options.MaxSegments ?? ((8L * atoms) + 64);

    private LarsParameters Parameters(bool recordPath) => new()
    {
        Method = Options.WithoutDrops ? LarsMethod.Lar : LarsMethod.Lasso,
        Lambda = Options.Lambda,
        NonNegative = Options.NonNegative,
        SquaredErrorBound = Options.ResidualTolerance is { } tolerance ? (double)tolerance * tolerance : -1,
        L1Budget = Options.L1Budget ?? double.PositiveInfinity,
        MaxActive = Options.MaxActive ?? int.MaxValue,
        MaxSegments = Options.MaxSegments ?? 0,
        RecordPath = recordPath,
    };
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// How a dictionary is learned by alternation: code the signals, then move the atoms by <see cref="Update"/>, all of unit norm; replace atoms that do no work.
/// The objective is the mean over signals of ½‖x − zD‖² + λ‖z‖₁. Several restarts are told apart by it alone.
/// </summary>
public sealed record DictionaryLearningOptions
{
    /// <summary>The most alternations of one restart, at least 1.</summary>
    /// <value>Default: 200.</value>
    public int Iterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 200;

    /// <summary>How the atoms move after each coding.</summary>
    /// <value>Default: <see cref="DictionaryUpdate.BlockCoordinate"/>.</value>
    public DictionaryUpdate Update
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Update must not be null.");
    } = DictionaryUpdate.BlockCoordinate;

    /// <summary>
    /// A restart ends after 10 alternations in a row of which none lowered its best objective by more than this share; 0 does all iterations. Greedy codes
    /// and replaced atoms raise the objective now and then, so that a single alternation says little. It works where every alternation takes all signals.
    /// </summary>
    /// <value>Default: 1e-5.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-5f;

    /// <summary>
    /// Runs from different starts; the one with the lowest training objective is kept. At least 1. Null takes 10 for at most 64 atoms, where one run often
    /// ends in a local minimum and costs about a second, and 1 for more. The time and the FLOPs of learning grow with it.
    /// </summary>
    /// <value>Default: null.</value>
    public int? Restarts
    {
        get;
        init => field = value is { } given ? Throw.AtLeast(given, 1) : null;
    }

    /// <summary>Signals of one alternation: when there are more, each alternation takes the next shuffled batch and the sums over batches are carried on with <see cref="Forgetting"/>; 0 always takes all.</summary>
    /// <value>Default: 16384.</value>
    public int BatchSize
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 16_384;

    /// <summary>
    /// Exponent ρ of the online form: before batch t is added the sums of the earlier ones are multiplied by (1 − 1/t)^ρ (Mairal et al. 2010, section 3.4.1). 0 keeps
    /// everything; larger values forget the codes of the first, poor dictionaries sooner. Without effect where every alternation takes all signals.
    /// </summary>
    /// <value>Default: 0.</value>
    public float Forgetting
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>Where the atoms begin.</summary>
    /// <value>Default: <see cref="DictionaryStart.Signals"/>.</value>
    public DictionaryStart Start
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Start must be Signals, Random or Svd.");
    }

    /// <summary>Whether atoms must not have negative entries; refused by <see cref="DictionaryUpdate.Mod"/>.</summary>
    /// <value>Default: false.</value>
    public bool NonNegativeAtoms { get; init; }

    /// <summary>Signals in a row that an atom may be unused before it is replaced; where every alternation takes all signals, being used by none of them is enough. At least 1.</summary>
    /// <value>Default: 10 000.</value>
    public long UnusedAfter
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 10_000;

    /// <summary>Share of the signals that must use an atom, below 1; one that fewer use is replaced. 0 replaces unused atoms only.</summary>
    /// <value>Default: 0.</value>
    public float MinUsage
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.999999);
    }

    /// <summary>Largest |cosine| between two atoms; of a pair above it the one whose codes have less energy is replaced. 1 keeps duplicates, and they are not looked for where the Gram matrix of the atoms exceeds the memory budget.</summary>
    /// <value>Default: 0.999.</value>
    public float MaxCoherence
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 1);
    } = 0.999f;

    /// <summary>Seed of the starts, the shuffling and replaced atoms.</summary>
    /// <value>Default: 0.</value>
    public long Seed { get; init; }

    /// <summary>The runs for a dictionary of that size.</summary>
    internal int RestartsFor(int atomCount) => Restarts ?? (atomCount <= SmallDictionary ? SmallRestarts : 1);

    /// <summary>Alternations without progress that end a restart.</summary>
    internal const int Patience = 10;

    private const int SmallDictionary = 64;
    private const int SmallRestarts = 10;
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// How a dictionary is learned by alternation: code all signals, then sweep block coordinate descent over the atoms (Mairal et al. 2010),
/// all atoms of unit norm. Several restarts are told apart by the training objective alone.
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

    /// <summary>Sweeps over the atoms after each coding, at least 1.</summary>
    /// <value>Default: 5.</value>
    public int UpdateSweeps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 5;

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

    /// <summary>Signals of one alternation: when there are more, each alternation takes the next shuffled batch and the statistics are averaged online with forgetting; 0 always takes all.</summary>
    /// <value>Default: 16384.</value>
    public int BatchSize
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    } = 16_384;

    /// <summary>Whether atoms start as random signals (unit norm); otherwise as random normal directions.</summary>
    /// <value>Default: true.</value>
    public bool StartFromSignals { get; init; } = true;

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

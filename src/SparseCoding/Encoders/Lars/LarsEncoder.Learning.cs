using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <content>Learning a dictionary by alternation.</content>
public sealed partial class LarsEncoder
{
    /// <summary>How a dictionary is learned; null when one was given.</summary>
    public DictionaryLearningOptions? LearningOptions { get; }

    /// <summary>What learning the dictionary did; null when it was given.</summary>
    public TrainingRecord? Training { get; }

    /// <summary>Learns a dictionary of unit-norm atoms by alternating the Lasso with dictionary updates. Returns the trained encoder; this one stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current alternation.</param>
    /// <exception cref="NotSupportedException">An update that does not go with this coder or with batches.</exception>
    public LarsEncoder Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default) =>
        DictionaryFit.Fit(Learning(), data, context, Learned, cancellationToken);

    /// <summary>A session that learns from pushed batches or a source; a fitted encoder goes on from its own atoms.</summary>
    /// <param name="dimension">Dimension of the signals.</param>
    /// <param name="start">Dictionary to begin with, [atoms, dimension], without offset and scale; null for the options' start. There is one run from it, whatever Restarts says.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public DictionaryTrainer<LarsEncoder> CreateTrainer(int dimension, IDictionary? start = null, RunContext? context = null) =>
        DictionaryFit.Create(Learning(), dimension, start ?? _dictionary, context, Learned);

    /// <summary>Goes on from a checkpoint of such a session: running over the same source gives the same bits as never having stopped.</summary>
    /// <param name="path">A file that the trainer wrote.</param>
    /// <param name="context">Device, threads and the rest; the device and SIMD tier must be those of the checkpoint.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    public static DictionaryTrainer<LarsEncoder> ResumeTrainer(string path, RunContext? context = null) =>
        DictionaryFit.Resume<LarsEncoder>(path, LearningKind, file =>
        {
            var recipe = new LarsEncoder(EncoderJson.Read(file.Text("options"), EncoderJson.Default.LarsOptions, path), EncoderJson.Read(file.Text("learning"), EncoderJson.Default.DictionaryLearningOptions, path));
            return (recipe.Learning(), recipe.Learned);
        }, context);

    private const string LearningKind = Kind + ".learning";

    private LarsEncoder Learned(AtomDictionary dictionary, TrainingRecord record) => new(Options, LearningOptions, dictionary, record);

    private LearningTask Learning()
    {
        (int atoms, DictionaryLearningOptions learning) = DictionaryFit.Require(nameof(LarsEncoder), Options.AtomCount, LearningOptions);
        if (Options.Ridge > 0)
        {
            Throw.NotSupported("Learning a dictionary with Ridge: the learner's objective has no second penalty. Set Ridge on an encoder of the learned dictionary.");
        }

        if (Options.WithoutDrops)
        {
            Throw.NotSupported("Learning a dictionary WithoutDrops: codes of plain least-angle regression minimise no objective that the atoms could lower too. Leave it false; set it on an encoder of the learned dictionary.");
        }

        if (Options is { Lambda: 0, MaxActive: null, ResidualTolerance: null, L1Budget: null })
        {
            Throw.Argument("Learning a dictionary needs a stop: with Lambda = 0 and no other one every dictionary of full rank fits the signals exactly. Set Lambda, MaxActive, ResidualTolerance or L1Budget.", nameof(Options));
        }

        return new LearningTask
        {
            Encoder = nameof(LarsEncoder),
            AtomCount = atoms,
            Penalty = Options.Lambda,
            NonNegativeCodes = Options.NonNegative,
            WarmStarts = false,
            Code = (dictionary, signals, request, token) => new LarsEncoder(dictionary, Options).Encode(signals, request, token),
            CodingFlops = (dimension, samples) => SolverCost.Lars(dimension, atoms, Math.Min(dimension, atoms), Segments(atoms), samples),
            Options = learning,
            Kind = LearningKind,
            CoderOptions = EncoderJson.Write(Options, EncoderJson.Default.LarsOptions),
            LearningOptions = EncoderJson.Write(learning, EncoderJson.Default.DictionaryLearningOptions),
        };
    }
}

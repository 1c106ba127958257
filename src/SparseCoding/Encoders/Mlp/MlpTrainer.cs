using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>The session that trains a multi-layer encoder: see <see cref="Trainer{TEncoder}"/>.</summary>
public sealed class MlpTrainer : NetworkTrainer<MlpEncoder>
{
    private const string Kind = "mlp.trainer";
    private readonly MlpOptions _options;

    internal MlpTrainer(MlpOptions options, TrainingOptions training, NetworkSpec spec, RunContext context, SparseCodes? targets = null)
        : base(spec, training, context, targets, backend => new Network(backend, spec, training)) => _options = options;

    /// <summary>The encoder as it stands.</summary>
    public override MlpEncoder Snapshot() => new(_options, Options, ((Network)Network).Snapshot(), Record);

    /// <inheritdoc/>
    public override void SaveCheckpoint(string path) =>
        WriteCheckpoint(path, Kind, EncoderJson.Write(_options, EncoderJson.Default.MlpOptions), EncoderJson.Write(Options, EncoderJson.Default.TrainingOptions));

    /// <summary>Goes on from a checkpoint: running over the same source gives the same bits as never having stopped.</summary>
    /// <param name="path">A file that <see cref="SaveCheckpoint"/> wrote.</param>
    /// <param name="context">Device, threads and the rest; the device and SIMD tier must be those of the checkpoint.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    /// <exception cref="InvalidOperationException">Written on another device or SIMD tier.</exception>
    public static MlpTrainer Resume(string path, RunContext? context = null) => Resume(path, context, null);

    /// <summary>The same for a run on known codes, which are not part of a checkpoint.</summary>
    internal static MlpTrainer Resume(string path, RunContext? context, SparseCodes? targets)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, Kind);
        MlpOptions options = EncoderJson.Read(file.Text("options"), EncoderJson.Default.MlpOptions, path);
        TrainingOptions training = EncoderJson.Read(file.Text("training"), EncoderJson.Default.TrainingOptions, path);
        context ??= RunContext.Default;
        NetworkSpec spec = CheckpointSpec.Read(file, options.AtomCount, options.Hidden, options.Selection, options.Bias) with { FreeNorm = !options.UnitNorm };
        var trainer = new MlpTrainer(options, training, spec, context, targets);
        try
        {
            trainer.ReadCheckpoint(file);
        }
        catch
        {
            trainer.Dispose();
            throw;
        }

        trainer.NoteResumed(path);
        return trainer;
    }

    /// <inheritdoc/>
    internal override bool IsSameRun(Trainer fresh) => fresh is MlpTrainer other && _options == other._options && IsSameNetworkRun(other);

    /// <summary>Whether this session is the given run.</summary>
    internal bool Continues(MlpOptions options, TrainingOptions training, IDictionary? known, bool onCodes) => _options == options && Continues(training, known, onCodes);
}

using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>The session that trains a sparse autoencoder: see <see cref="Trainer{TEncoder}"/>.</summary>
public sealed class SaeTrainer : NetworkTrainer<SaeEncoder>
{
    private const string Kind = "sae.trainer";
    private readonly SaeOptions _options;

    internal SaeTrainer(SaeOptions options, TrainingOptions training, NetworkSpec spec, RunContext context, SparseCodes? targets = null, SaeState? start = null)
        : base(spec, training, context, targets, backend => new SaeNetwork(backend, spec, options, training, start)) => _options = options;

    private protected override bool IsWeightSteered => _options.Penalty?.Controller is not null;

    /// <summary>The encoder as it stands.</summary>
    public override SaeEncoder Snapshot() => new(_options, Options, ((SaeNetwork)Network).Snapshot(), Record);

    /// <inheritdoc/>
    public override void SaveCheckpoint(string path) =>
        WriteCheckpoint(path, Kind, EncoderJson.Write(_options, EncoderJson.Default.SaeOptions), EncoderJson.Write(Options, EncoderJson.Default.TrainingOptions));

    /// <summary>Goes on from a checkpoint: running over the same source gives the same bits as never having stopped.</summary>
    /// <param name="path">A file that <see cref="SaveCheckpoint"/> wrote.</param>
    /// <param name="context">Device, threads and the rest; the device and SIMD tier must be those of the checkpoint.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    /// <exception cref="InvalidOperationException">Written on another device or SIMD tier.</exception>
    public static SaeTrainer Resume(string path, RunContext? context = null) => Resume(path, context, null);

    /// <summary>The same for a run on known codes, which are not part of a checkpoint.</summary>
    internal static SaeTrainer Resume(string path, RunContext? context, SparseCodes? targets)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, Kind);
        SaeOptions options = EncoderJson.Read(file.Text("options"), EncoderJson.Default.SaeOptions, path);
        TrainingOptions training = EncoderJson.Read(file.Text("training"), EncoderJson.Default.TrainingOptions, path);
        context ??= RunContext.Default;
        InvalidOptions.AsData(path, () =>
        {
            options.Validate(training);
            return options;
        });
        NetworkSpec spec = CheckpointSpec.Read(file, options.AtomCount, [], options.Selection, options.Bias, options.Decoder.AtomWidth(file.Count("dimension"), options.AtomCount)) with
        {
            TargetDimension = (options.Decoder as TranscoderDecoderOptions)?.OutputDimension,
        };
        (options.Decoder as CrosscoderDecoderOptions)?.RequireSum(spec.Dimension, nameof(path));
        var trainer = new SaeTrainer(options, training, spec, context, targets);
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
    internal override bool IsSameRun(Trainer fresh) => fresh is SaeTrainer other && _options == other._options && IsSameNetworkRun(other);

    /// <summary>Whether this session is the given run.</summary>
    internal bool Continues(SaeOptions options, TrainingOptions training, IDictionary? known, bool onCodes) => _options == options && Continues(training, known, onCodes);
}

using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>The session that trains an unrolled encoder: see <see cref="Trainer{TEncoder}"/>.</summary>
public sealed class ListaTrainer : NetworkTrainer<ListaEncoder>
{
    private const string Kind = "lista.trainer";
    private readonly ListaOptions _options;

    internal ListaTrainer(ListaOptions options, TrainingOptions training, NetworkSpec spec, RunContext context, SparseCodes? targets = null, UnrolledState? start = null)
        : base(spec, training, context, targets, backend => new UnrolledNetwork(backend, spec, ListaEncoder.SpecOf(options), training, start)) => _options = options;

    /// <summary>The encoder as it stands.</summary>
    public override ListaEncoder Snapshot() => new(_options, Options, ((UnrolledNetwork)Network).Snapshot(), Record);

    /// <inheritdoc/>
    public override void SaveCheckpoint(string path) =>
        WriteCheckpoint(path, Kind, EncoderJson.Write(_options, EncoderJson.Default.ListaOptions), EncoderJson.Write(Options, EncoderJson.Default.TrainingOptions));

    /// <summary>Goes on from a checkpoint: running over the same source gives the same bits as never having stopped.</summary>
    /// <param name="path">A file that <see cref="SaveCheckpoint"/> wrote.</param>
    /// <param name="context">Device, threads and the rest; the device and SIMD tier must be those of the checkpoint.</param>
    /// <exception cref="InvalidDataException">Not such a file, or damaged.</exception>
    /// <exception cref="InvalidOperationException">Written on another device or SIMD tier.</exception>
    public static ListaTrainer Resume(string path, RunContext? context = null) => Resume(path, context, null);

    /// <summary>The same for a run on known codes, which are not part of a checkpoint.</summary>
    internal static ListaTrainer Resume(string path, RunContext? context, SparseCodes? targets)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, Kind);
        ListaOptions options = EncoderJson.Read(file.Text("options"), EncoderJson.Default.ListaOptions, path);
        TrainingOptions training = EncoderJson.Read(file.Text("training"), EncoderJson.Default.TrainingOptions, path);
        context ??= RunContext.Default;
        NetworkSpec spec = CheckpointSpec.Read(file, options.AtomCount, [], ListaEncoder.SelectionOf(options), options.Bias);
        UnrolledFile.Require(file, ListaEncoder.SpecOf(options), options.AtomCount, spec.Dimension, isCheckpoint: true);
        ListaTrainer trainer = InvalidOptions.AsData(path, () => new ListaTrainer(options, training, spec, context, targets));
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
    internal override bool IsSameRun(Trainer fresh) => fresh is ListaTrainer other && _options == other._options && IsSameNetworkRun(other);

    /// <summary>Whether this session is the given run.</summary>
    internal bool Continues(ListaOptions options, TrainingOptions training, IDictionary? known, bool onCodes) => _options == options && Continues(training, known, onCodes);
}

using System.Diagnostics.CodeAnalysis;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>
/// A multi-layer encoder: h = ReLU(W₁(u − b) + b₁) through any number of hidden layers, z = select(Wh + b), û = zD + b with atoms of unit norm (<see cref="MlpOptions.UnitNorm"/>)
/// and u = x/scale. More expressive than an SAE for the same dictionary; the theorem on the amortisation gap does not cover it.
/// Training minimises the mean over signals of ½‖u − û‖² + λ‖z‖₁ with Adam.
/// </summary>
/// <remarks>Immutable and thread-safe. Source: O'Neill and Klindt 2024.</remarks>
public sealed partial class MlpEncoder : ITrainedEncoder
{
    private readonly NetworkState? _state;

    /// <summary>A recipe: options of the encoder and of its training. No work is done here.</summary>
    /// <param name="options">What the encoder is.</param>
    /// <param name="training">How it is trained; null takes the defaults.</param>
    public MlpEncoder(MlpOptions options, TrainingOptions? training = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Selection.Validate(options.AtomCount);
        Options = options;
        TrainingOptions = training ?? new TrainingOptions();
    }

    internal MlpEncoder(MlpOptions options, TrainingOptions? training, NetworkState state, TrainingRecord? record)
    {
        Options = options;
        TrainingOptions = training;
        _state = state;
        Training = record;
    }

    /// <summary>What the encoder is.</summary>
    public MlpOptions Options { get; }

    /// <summary>How it is trained; null for one that was loaded from a foreign file.</summary>
    public TrainingOptions? TrainingOptions { get; }

    /// <summary>What its training did; null before Fit and for a foreign file.</summary>
    public TrainingRecord? Training { get; }

    /// <summary>Whether it can encode.</summary>
    public bool IsFitted => _state is not null;

    /// <inheritdoc/>
    public int AtomCount => Options.AtomCount;

    /// <inheritdoc/>
    public int Dimension => State.Dimension;

    /// <summary>Its dictionary: x̂ = offset + scale · zD.</summary>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public AtomDictionary Dictionary => State.Dictionary;

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    internal NetworkState State => _state ?? Unfitted();

    /// <summary>Learns encoder and dictionary from signals. Returns the trained encoder; this one stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <exception cref="ArgumentException">The data are empty, hold NaN or infinity, or do not fit the options.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; use a <see cref="MlpTrainer"/> to keep what was learned.</exception>
    public MlpEncoder Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        context ??= RunContext.Default;
        using MlpTrainer trainer = CheckpointSpec.ResumeOrStart<MlpTrainer, MlpEncoder>(context, p => MlpTrainer.Resume(p, context), t => t.Continues(Options, RequireTraining(), null, false), () => NewTrainer(source, context, null));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>Learns the encoder for a dictionary that is known and stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    public MlpEncoder Fit(ActivationSource data, IDictionary dictionary, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        ArgumentNullException.ThrowIfNull(dictionary);
        context ??= RunContext.Default;
        using MlpTrainer trainer = CheckpointSpec.ResumeOrStart<MlpTrainer, MlpEncoder>(context, p => MlpTrainer.Resume(p, context), t => t.Continues(Options, RequireTraining(), dictionary, false), () => CreateTrainer(source, dictionary, context));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>
    /// Learns the encoder from known codes, column by column (index-aligned), by <see cref="TrainingOptions.CodeLoss"/>. The dictionary is
    /// then the least-squares fit of the signals from the encoder's own codes.
    /// </summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="codes">Their codes, [samples, atoms], not negative.</param>
    /// <param name="context">Device, threads, progress, logging; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    public MlpEncoder Fit(ActivationSource data, SparseCodes codes, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        ArgumentNullException.ThrowIfNull(codes);
        context ??= RunContext.Default;
        using MlpTrainer trainer = CheckpointSpec.ResumeOrStart<MlpTrainer, MlpEncoder>(context, p => MlpTrainer.Resume(p, context, codes), t => t.Continues(Options, RequireTraining(), null, true), () => CreateTrainer(source, codes, context));
        trainer.Run(source, cancellationToken);
        MlpEncoder trained = trainer.Snapshot();
        return new MlpEncoder(Options, TrainingOptions, NetworkFit.WithLeastSquaresDictionary(trained.State, source, context, cancellationToken), trained.Training);
    }

    /// <summary>The same encoder, weights included, with other training options: for fine-tuning by <see cref="CreateTrainer(ActivationSource, RunContext?)"/>. Fit starts anew all the same.</summary>
    /// <param name="training">How it is trained from here on.</param>
    public MlpEncoder WithTraining(TrainingOptions training)
    {
        ArgumentNullException.ThrowIfNull(training);
        return _state is null ? new MlpEncoder(Options, training) : new MlpEncoder(Options, training, _state, Training);
    }

    /// <summary>A session for pushed batches, partial fits and fine-tuning: a fitted encoder goes on from its weights, a recipe starts anew.</summary>
    /// <param name="data">Signals that show the dimension, and for a recipe the mean and scale, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public MlpTrainer CreateTrainer(ActivationSource data, RunContext? context = null)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        return NewTrainer(source, context ?? RunContext.Default, _state);
    }

    /// <summary>The session behind <see cref="Fit(ActivationSource, IDictionary, RunContext?, CancellationToken)"/>: the dictionary is known and stays as it is.</summary>
    /// <param name="data">Signals that show the dimension, [samples, dimension].</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public MlpTrainer CreateTrainer(ActivationSource data, IDictionary dictionary, RunContext? context = null)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        NetworkFit.RefuseNormalization(Options.Normalization, "a dictionary that is known", "dictionary");
        NetworkFit.RefuseDataPoints(RequireTraining(), "here it is known");
        NetworkSpec spec = NetworkFit.OnDictionary(source, dictionary, AtomCount, Options.Hidden, Options.Selection, Options.Bias);
        return new MlpTrainer(Options, RequireTraining(), spec, context ?? RunContext.Default);
    }

    /// <summary>
    /// The session behind <see cref="Fit(ActivationSource, SparseCodes, RunContext?, CancellationToken)"/>: the codes are known. Run it over the same signals. Its snapshots
    /// encode; their dictionary is where it started, because only Fit ends with the least-squares fit of one.
    /// </summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="codes">Their codes, [samples, atoms], not negative.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public MlpTrainer CreateTrainer(ActivationSource data, SparseCodes codes, RunContext? context = null)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        NetworkFit.RefuseNormalization(Options.Normalization, "known codes", "codes");
        NetworkFit.RefuseDataPoints(RequireTraining(), "here the codes are known, and it is fitted to them afterwards");
        NetworkSpec spec = NetworkFit.OnCodes(source, codes, AtomCount, Options.Hidden, Options.Selection, Options.Bias);
        return new MlpTrainer(Options, RequireTraining(), spec, context ?? RunContext.Default, codes);
    }

    private MlpTrainer NewTrainer(ActivationSource source, RunContext context, NetworkState? start)
    {
        NetworkFit.RefuseDataPoints(RequireTraining(), "a multi-layer encoder has no rows that could be signals");
        NetworkSpec spec = NetworkFit.Learning(source, AtomCount, Options.Hidden, Options.Selection, Options.Bias, Options.Normalization, RequireTraining(), context) with { FreeNorm = !Options.UnitNorm };
        if (start is not null)
        {
            NetworkFit.RefuseForeignStart(start, Options.Bias, Options.UnitNorm);
            spec = spec with { Start = start, InputScale = start.InputScale, InitialOffset = null };
        }

        return new MlpTrainer(Options, RequireTraining(), spec, context);
    }

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        NetworkInference.Encode(State, signals, request, nameof(MlpEncoder), cancellationToken);

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        OnePassResult.Of(Encode(signals, request, cancellationToken), signals, Dictionary, request?.Context, null, 1, cancellationToken);

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples)
    {
        Throw.AtLeast(samples, 0, nameof(samples));
        NetworkState state = State;
        return NetworkCost.Inference([state.Dimension, .. Options.Hidden, AtomCount], samples, state.CostSettings);
    }

    /// <summary>"MlpEncoder(16 atoms, hidden [32], fitted)".</summary>
    public override string ToString() => $"MlpEncoder({AtomCount} atoms, hidden {Options.Hidden}, {(IsFitted ? "fitted" : "not fitted")})";

    private TrainingOptions RequireTraining()
    {
        if (TrainingOptions is null)
        {
            Throw.InvalidOperation("This encoder has no training options; make one with new MlpEncoder(options, training), or fine-tune with training options of your own.");
        }

        return TrainingOptions;
    }

    [DoesNotReturn]
    private static NetworkState Unfitted() =>
        throw new InvalidOperationException("This MlpEncoder is not fitted. Fit returns the trained encoder and leaves the recipe as it was: write 'var trained = encoder.Fit(data)'.");
}

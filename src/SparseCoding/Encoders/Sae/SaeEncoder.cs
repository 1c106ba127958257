using System.Diagnostics.CodeAnalysis;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>
/// A sparse autoencoder: z = select(W(u − b) + b_e), û = zD + b with atoms of unit norm and u = x/scale. One pass encodes; by the theorem on
/// the amortisation gap no such pass is optimal, so put an iterative encoder on its <see cref="Dictionary"/> where codes must be exact.
/// Selection, penalty, remedies against dead latents and decoder are parts that combine (<see cref="SaeOptions"/>). Training minimises the mean over
/// signals of ½‖u − û‖² + penalty, by default λ‖z‖₁, with Adam.
/// </summary>
/// <remarks>Immutable and thread-safe. Sources: Ng 2011; Bricken et al. 2023; Gao et al. 2024 (TopK); O'Neill and Klindt 2024.</remarks>
public sealed partial class SaeEncoder : ITrainedEncoder, IAffineReluEncoder
{
    private readonly SaeState? _state;

    /// <summary>A recipe: options of the encoder and of its training. No work is done here.</summary>
    /// <param name="options">What the encoder is.</param>
    /// <param name="training">How it is trained; null takes the defaults.</param>
    public SaeEncoder(SaeOptions options, TrainingOptions? training = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(training);
        Options = options;
        TrainingOptions = training ?? new TrainingOptions();
    }

    internal SaeEncoder(SaeOptions options, TrainingOptions? training, SaeState state, TrainingRecord? record)
    {
        Options = options;
        TrainingOptions = training;
        _state = state;
        Training = record;
    }

    /// <summary>What the encoder is.</summary>
    public SaeOptions Options { get; }

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
    /// <exception cref="NotSupportedException">There is none: a transcoder, a polynomial decoder, or rows that are normalised by their own figures. The message says what to use instead.</exception>
    public AtomDictionary Dictionary => State.Dictionary;

    /// <inheritdoc/>
    public IDecoder Decoder => State.Decoder;

    internal SaeState State => _state ?? Unfitted();

    /// <summary>Learns encoder and dictionary from signals. Returns the trained encoder; this one stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <exception cref="ArgumentException">The data are empty, hold NaN or infinity, or do not fit the options.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; use a <see cref="SaeTrainer"/> to keep what was learned.</exception>
    public SaeEncoder Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        context ??= RunContext.Default;
        using SaeTrainer trainer = CheckpointSpec.ResumeOrStart<SaeTrainer, SaeEncoder>(context, p => SaeTrainer.Resume(p, context), t => t.Continues(Options, RequireTraining(), null, false), () => NewTrainer(source, context, null));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>Learns the encoder for a dictionary that is known and stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    public SaeEncoder Fit(ActivationSource data, IDictionary dictionary, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        ArgumentNullException.ThrowIfNull(dictionary);
        context ??= RunContext.Default;
        SaeSpec.RequireForDictionary(Options, RequireTraining());
        using SaeTrainer trainer = CheckpointSpec.ResumeOrStart<SaeTrainer, SaeEncoder>(context, p => SaeTrainer.Resume(p, context), t => t.Continues(Options, RequireTraining(), dictionary, false), () => CreateTrainer(source, dictionary, context));
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
    public SaeEncoder Fit(ActivationSource data, SparseCodes codes, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        ArgumentNullException.ThrowIfNull(codes);
        context ??= RunContext.Default;
        SaeSpec.RequireForCodes(Options, RequireTraining());
        using SaeTrainer trainer = CheckpointSpec.ResumeOrStart<SaeTrainer, SaeEncoder>(context, p => SaeTrainer.Resume(p, context, codes), t => t.Continues(Options, RequireTraining(), null, true), () => CreateTrainer(source, codes, context));
        trainer.Run(source, cancellationToken);
        SaeEncoder trained = trainer.Snapshot();
        SaeState state = trained.State;
        AtomDictionary dictionary = LeastSquaresDictionary.Fit(
            source,
            AtomCount,
            (signals, token) => SaeInference.Encode(Options, state, signals, new EncodeRequest { Context = context }, "training", token),
            context,
            cancellationToken);
        return new SaeEncoder(Options, TrainingOptions, state with { Decoder = dictionary, InputOffset = null, InputScale = 1 }, trained.Training);
    }

    /// <summary>The same encoder, weights included, with other training options: for fine-tuning by <see cref="CreateTrainer(ActivationSource, RunContext?)"/>. Fit starts anew all the same.</summary>
    /// <param name="training">How it is trained from here on.</param>
    public SaeEncoder WithTraining(TrainingOptions training)
    {
        ArgumentNullException.ThrowIfNull(training);
        Options.Validate(training);
        return _state is null ? new SaeEncoder(Options, training) : new SaeEncoder(Options, training, _state, Training);
    }

    /// <summary>A session for pushed batches, partial fits and fine-tuning: a fitted encoder goes on from its weights, a recipe starts anew.</summary>
    /// <param name="data">Signals that show the dimension, and for a recipe the mean and scale, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public SaeTrainer CreateTrainer(ActivationSource data, RunContext? context = null)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        return NewTrainer(source, context ?? RunContext.Default, _state);
    }

    /// <summary>The session behind <see cref="Fit(ActivationSource, IDictionary, RunContext?, CancellationToken)"/>: the dictionary is known and stays as it is.</summary>
    /// <param name="data">Signals that show the dimension, [samples, dimension].</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public SaeTrainer CreateTrainer(ActivationSource data, IDictionary dictionary, RunContext? context = null)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        SaeSpec.RequireForDictionary(Options, RequireTraining());
        SaeSpec.RequireNoTargets(source);
        NetworkSpec spec = NetworkFit.OnDictionary(source, dictionary, AtomCount, [], Options.Selection, Options.Bias);
        return new SaeTrainer(Options, RequireTraining(), spec, context ?? RunContext.Default);
    }

    /// <summary>
    /// The session behind <see cref="Fit(ActivationSource, SparseCodes, RunContext?, CancellationToken)"/>: the codes are known. Run it over the same signals. Its snapshots
    /// encode; their dictionary is where it started, because only Fit ends with the least-squares fit of one.
    /// </summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="codes">Their codes, [samples, atoms], not negative.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public SaeTrainer CreateTrainer(ActivationSource data, SparseCodes codes, RunContext? context = null)
    {
        RequireTraining();
        ActivationSource source = NetworkFit.Check(data);
        SaeSpec.RequireForCodes(Options, RequireTraining());
        SaeSpec.RequireNoTargets(source);
        NetworkSpec spec = NetworkFit.OnCodes(source, codes, AtomCount, [], Options.Selection, Options.Bias);
        return new SaeTrainer(Options, RequireTraining(), spec, context ?? RunContext.Default, codes);
    }

    private SaeTrainer NewTrainer(ActivationSource source, RunContext context, SaeState? start)
    {
        NetworkSpec spec = SaeSpec.Learning(source, Options, RequireTraining(), context);
        if (start is not null)
        {
            SaeSpec.RequireStart(Options);
            NetworkFit.RefuseForeignStart(start.AsNetwork(), Options.Bias, Options.Decoder is LinearDecoderOptions { UnitNorm: true });
            spec = spec with { InputScale = start.InputScale, InitialOffset = null, DataPoints = null };
        }

        return new SaeTrainer(Options, RequireTraining(), spec, context, null, start);
    }

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        SaeInference.Encode(Options, State, signals, request, nameof(SaeEncoder), cancellationToken);

    /// <summary>Encodes with the gradient of a downstream loss at each signal, as <see cref="GradientTopKSelection"/> was trained.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    /// <param name="gradients">The gradients, [samples, dimension], in the units of the signals.</param>
    /// <param name="request">Device and threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="NotSupportedException">The selection does not look at gradients.</exception>
    public SparseCodes EncodeWithGradients(SignalView signals, SignalView gradients, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        if (Options.Selection is not GradientTopKSelection)
        {
            Throw.NotSupported($"{Options.Selection} does not look at gradients: use Encode.");
        }

        gradients.ThrowIfInvalid(nameof(gradients), State.Dimension, "the encoder", allowEmpty: true);
        if (gradients.RowCount != signals.RowCount)
        {
            Throw.Argument($"gradients has {gradients.RowCount} rows, but signals has {signals.RowCount}: one for each is needed.", nameof(gradients));
        }

        return SaeInference.Encode(Options, State, signals, request, nameof(SaeEncoder), cancellationToken, gradients);
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">A transcoder: its residual needs the targets, which encoding does not have.</exception>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default)
    {
        IDecoder decoder = State.Decoder;
        if (decoder is TranscoderDecoder)
        {
            Throw.NotSupported("EncodeDetailed of a transcoder: the residual is that of its targets, which encoding does not have. Use Encode, and Evaluation.Evaluate with signals.WithTargets(targets) for errors.");
        }

        SparseCodes codes = Encode(signals, request, cancellationToken);
        return decoder is AtomDictionary dictionary
            ? OnePassResult.Of(codes, signals, dictionary, request?.Context, Options.Selection.EncodingRemark, 1, cancellationToken)
            : OnePassResult.Of(codes, signals, decoder, Options.Selection.EncodingRemark, cancellationToken);
    }

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples)
    {
        Throw.AtLeast(samples, 0, nameof(samples));
        SaeState state = State;
        FlopCount plain = NetworkCost.Inference([state.Dimension, AtomCount], samples, state.CostSettings);
        UInt128 byRow = RowNormalizer.Operations(state.Normalization, samples, state.Dimension);
        return new FlopCount(plain.Value + byRow + Options.Selection.ExtraEncodingOperations(samples, AtomCount, state.Dimension), plain.AsPublished, plain.IsBound || Options.Selection.IsEncodingBound);
    }

    bool IAffineReluEncoder.TryGetAffineRelu(out float[] weights, out float[] bias, out float[] biasMagnitude)
    {
        if (State.Decoder is not AtomDictionary)
        {
            // Of another form: rows have their own scale, or the codes are not those of the signal itself.
            (weights, bias, biasMagnitude) = ([], [], []);
            return false;
        }

        NetworkState network = State.AsNetwork();
        (weights, bias) = network.FoldInput();
        biasMagnitude = network.BiasMagnitude(weights);
        return Options.Selection is ReluSelection;
    }

    /// <summary>"SaeEncoder(16 atoms, relu, fitted)".</summary>
    public override string ToString() => $"SaeEncoder({AtomCount} atoms, {Options.Selection}, {(IsFitted ? "fitted" : "not fitted")})";

    private TrainingOptions RequireTraining()
    {
        if (TrainingOptions is null)
        {
            Throw.InvalidOperation("This encoder was loaded from a foreign file and has no training options; give it some: encoder.WithTraining(options).");
        }

        return TrainingOptions;
    }

    [DoesNotReturn]
    private static SaeState Unfitted() =>
        throw new InvalidOperationException("This SaeEncoder is not fitted. Fit returns the trained encoder and leaves the recipe as it was: write 'var trained = encoder.Fit(data)'.");
}

using System.Diagnostics.CodeAnalysis;
using SparseCoding.Cost;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Encoders;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>
/// An unrolled encoder: T layers, each one iteration of ISTA whose weights, thresholds or steps are learned, from z = 0 and with u = (x − offset)/scale. Untrained
/// (Steps = 0) it is T iterations of ISTA, but for analytic weights. LISTA, LISTA-CP, support selection and ALISTA are options.
/// </summary>
/// <remarks>
/// Immutable and thread-safe. Cost for each signal and layer: 4MN (coupled, analytic) or 2MN + 2N² (free). Training minimises the mean over signals of
/// ½‖u − zD‖² + λ‖z‖₁, or the loss on known codes, by the options' optimiser. Sources: Gregor and LeCun 2010; Chen, Liu, Wang and Yin 2018; Liu, Chen, Wang and Yin 2019.
/// </remarks>
public sealed partial class ListaEncoder : ITrainedEncoder
{
    private readonly UnrolledState? _state;

    /// <summary>A recipe: options of the encoder and of its training. No work is done here.</summary>
    /// <param name="options">What the encoder is.</param>
    /// <param name="training">How it is trained; null takes the defaults. CodeLoss.SquaredError is what the papers minimise where codes are known. Its initialisation is ISTA either way: Tied and Independent mean the same, starts at signals are refused.</param>
    /// <exception cref="ArgumentException">Options that contradict each other.</exception>
    public ListaEncoder(ListaOptions options, TrainingOptions? training = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        training ??= new TrainingOptions();
        if (training.Lambda is { } lambda && lambda != options.Lambda)
        {
            Throw.Argument($"TrainingOptions.Lambda is {lambda}, but ListaOptions.Lambda is {options.Lambda}; set the penalty in ListaOptions only.", nameof(training));
        }

        Options = options;
        TrainingOptions = training;
    }

    internal ListaEncoder(ListaOptions options, TrainingOptions training, UnrolledState state, TrainingRecord? record)
    {
        Options = options;
        TrainingOptions = training;
        _state = state;
        Training = record;
    }

    /// <summary>What the encoder is.</summary>
    public ListaOptions Options { get; }

    /// <summary>How it is trained.</summary>
    public TrainingOptions TrainingOptions { get; }

    /// <summary>What its training did; null before Fit.</summary>
    public TrainingRecord? Training { get; }

    /// <summary>Whether it can encode.</summary>
    public bool IsFitted => _state is not null;

    /// <inheritdoc/>
    public int AtomCount => Options.AtomCount;

    /// <inheritdoc/>
    public int Dimension => State.Dictionary.Dimension;

    /// <summary>Its dictionary: x̂ = offset + scale · zD. The layers use its atoms as well.</summary>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public AtomDictionary Dictionary => State.Dictionary;

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    internal UnrolledState State => _state ?? Unfitted();

    /// <summary>Learns encoder and dictionary from signals. Returns the trained encoder; this one stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    /// <exception cref="ArgumentException">The data are empty, hold NaN or infinity, or do not fit the options.</exception>
    /// <exception cref="NotSupportedException">Analytic weights, which are computed from a dictionary that is known.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; use a <see cref="ListaTrainer"/> to keep what was learned.</exception>
    public ListaEncoder Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ActivationSource source = NetworkFit.Check(data);
        context ??= RunContext.Default;
        using ListaTrainer trainer = CheckpointSpec.ResumeOrStart<ListaTrainer, ListaEncoder>(context, p => ListaTrainer.Resume(p, context), t => t.Continues(Options, TrainingOptions, null, false), () => NewTrainer(source, context, null));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>Learns the encoder for a dictionary that is known and stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    public ListaEncoder Fit(ActivationSource data, IDictionary dictionary, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ActivationSource source = NetworkFit.Check(data);
        context ??= RunContext.Default;
        NetworkSpec spec = OnDictionary(source, dictionary);
        using ListaTrainer trainer = CheckpointSpec.ResumeOrStart<ListaTrainer, ListaEncoder>(context, p => ListaTrainer.Resume(p, context), t => t.Continues(Options, TrainingOptions, dictionary, false), () => new ListaTrainer(Options, TrainingOptions, spec, context));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>
    /// Learns the encoder from known codes, column by column (index-aligned), by <see cref="TrainingOptions.CodeLoss"/>. Its dictionary is the least-squares fit of
    /// the signals from those codes, is computed first and stays as it is.
    /// </summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="codes">Their codes, [samples, atoms].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    public ListaEncoder Fit(ActivationSource data, SparseCodes codes, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ActivationSource source = NetworkFit.Check(data);
        context ??= RunContext.Default;
        NetworkFit.RefuseNormalization(Options.Normalization, "known codes", "codes");
        NetworkFit.RefuseDataPoints(TrainingOptions, "here the codes are known, and it is fitted to them");
        NetworkFit.OnCodes(source, codes, AtomCount, [], SelectionOf(Options), Options.Bias);
        int row = 0;
        AtomDictionary dictionary = LeastSquaresDictionary.Fit(
            source,
            AtomCount,
            (signals, _) =>
            {
                SparseCodes block = codes.Slice(row, signals.RowCount);
                row += signals.RowCount;
                return block;
            },
            context,
            cancellationToken);
        NetworkSpec spec = OnDictionary(source, dictionary);
        using ListaTrainer trainer = CheckpointSpec.ResumeOrStart<ListaTrainer, ListaEncoder>(context, p => ListaTrainer.Resume(p, context, codes), t => t.Continues(Options, TrainingOptions, dictionary, true), () => new ListaTrainer(Options, TrainingOptions, spec, context, codes));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>The same encoder, weights included, with other training options: for fine-tuning by CreateTrainer. Fit starts anew all the same.</summary>
    /// <param name="training">How it is trained from here on.</param>
    public ListaEncoder WithTraining(TrainingOptions training)
    {
        ArgumentNullException.ThrowIfNull(training);
        var recipe = new ListaEncoder(Options, training);
        return _state is null ? recipe : new ListaEncoder(Options, training, _state, Training);
    }

    /// <summary>The encoder of its first layers: what the code is after that many of them.</summary>
    /// <param name="count">Number of layers, 1 to LayerCount.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public ListaEncoder FirstLayers(int count)
    {
        UnrolledState state = State;
        Throw.InRange(count, 1, Options.LayerCount, nameof(count));
        ListaOptions options = Options with { LayerCount = count };
        return new ListaEncoder(options, TrainingOptions, new UnrolledState { Spec = SpecOf(options), Layers = [.. state.Layers.Take(count)], Dictionary = state.Dictionary }, Training);
    }

    /// <summary>
    /// A session for pushed batches, partial fits and fine-tuning: a fitted encoder goes on from its weights, all layers together, and learns its dictionary as well; a
    /// recipe starts anew.
    /// </summary>
    /// <param name="data">Signals that show the dimension, and for a recipe the mean and scale, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public ListaTrainer CreateTrainer(ActivationSource data, RunContext? context = null) =>
        NewTrainer(NetworkFit.Check(data), context ?? RunContext.Default, _state);

    /// <summary>
    /// The same on a dictionary that is known and stays as it is; with batches that carry their codes it learns from those. A fitted encoder goes on from its weights,
    /// all layers together, if the dictionary is its own; a recipe starts anew.
    /// </summary>
    /// <param name="data">Signals that show the dimension, [samples, dimension].</param>
    /// <param name="dictionary">The dictionary; of as many atoms as the options say.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public ListaTrainer CreateTrainer(ActivationSource data, IDictionary dictionary, RunContext? context = null)
    {
        NetworkSpec spec = OnDictionary(NetworkFit.Check(data), dictionary);
        if (_state is not null)
        {
            AtomDictionary given = Signals.InMemory(dictionary, nameof(dictionary)), own = _state.Dictionary;
            if (given.Scale != own.Scale || !given.AtomValues.SequenceEqual(own.AtomValues) || !given.OffsetValues.SequenceEqual(own.OffsetValues))
            {
                Throw.NotSupported("This encoder was trained on another dictionary, which is part of its layers: pass its own Dictionary, or start from a recipe.");
            }
        }

        return new ListaTrainer(Options, TrainingOptions, spec, context ?? RunContext.Default, null, _state);
    }

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        UnrolledInference.Encode(State, signals, request, nameof(ListaEncoder), cancellationToken);

    /// <summary>The codes with details: as many iterations as layers for every signal, one pass, and the squared residual in the units of (x − offset)/scale.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    /// <param name="request">Device and threads; a warm start is refused.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        OnePassResult.Of(Encode(signals, request, cancellationToken), signals, Dictionary, request?.Context, null, Options.LayerCount, cancellationToken);

    /// <summary>Exact: for each layer its products and shrinkage.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    public FlopCount EncodingFlops(long samples)
    {
        Throw.AtLeast(samples, 0, nameof(samples));
        return UnrolledCost.Inference(State.CostSettings, samples);
    }

    /// <summary>"ListaEncoder(16 atoms, 16 layers, Coupled, fitted)".</summary>
    public override string ToString() => $"ListaEncoder({AtomCount} atoms, {Options.LayerCount} layers, {Options.Weights}, {(IsFitted ? "fitted" : "not fitted")})";

    /// <summary>What the layers and their training look at.</summary>
    internal static UnrolledSpec SpecOf(ListaOptions options) => new()
    {
        LayerCount = options.LayerCount,
        Weights = options.Weights,
        Tied = options.Tied,
        ThresholdPerAtom = options.ThresholdPerAtom,
        SupportShare = options.SupportShare,
        MaxSupportShare = options.MaxSupportShare,
        NonNegative = options.NonNegative,
        Lambda = options.Lambda,
        LayerwiseShare = options.LayerwiseShare,
    };

    /// <summary>The selection that stands for the signs of the codes where the specification of a network asks for one.</summary>
    internal static Selection SelectionOf(ListaOptions options) => options.NonNegative ? Selection.Relu : Selection.SignedSoft(options.Lambda);

    private NetworkSpec OnDictionary(ActivationSource source, IDictionary dictionary)
    {
        NetworkFit.RefuseNormalization(Options.Normalization, "a dictionary that is known", "dictionary");
        NetworkFit.RefuseDataPoints(TrainingOptions, "here it is known");
        return NetworkFit.OnDictionary(source, dictionary, AtomCount, [], SelectionOf(Options), Options.Bias);
    }

    private ListaTrainer NewTrainer(ActivationSource source, RunContext context, UnrolledState? start)
    {
        if (Options.Weights == ListaWeights.Analytic)
        {
            Throw.NotSupported("Weights = Analytic are computed from a dictionary that is known: use Fit(data, dictionary), Fit(data, codes) or CreateTrainer(data, dictionary), or another of ListaWeights.");
        }

        NetworkFit.RefuseDataPoints(TrainingOptions, "an unrolled encoder begins as ISTA on random atoms");
        NetworkSpec spec = NetworkFit.Learning(source, AtomCount, [], SelectionOf(Options), Options.Bias, Options.Normalization, TrainingOptions, context);
        if (start is not null)
        {
            if (start.Dictionary.HasOffset != Options.Bias || start.Dictionary.NormValues.ContainsAnyExceptInRange(1 - 1e-3f, 1 + 1e-3f))
            {
                Throw.NotSupported("This encoder cannot learn its dictionary further: training keeps atoms at norm 1 and the offset that the options ask for, and its dictionary has others. Pass its own Dictionary to CreateTrainer to train the layers alone.");
            }

            spec = spec with { InputScale = start.Dictionary.Scale, InitialOffset = null };
        }

        return new ListaTrainer(Options, TrainingOptions, spec, context, null, start);
    }

    [DoesNotReturn]
    private static UnrolledState Unfitted() =>
        throw new InvalidOperationException("This ListaEncoder is not fitted. Fit returns the trained encoder and leaves the recipe as it was: write 'var trained = encoder.Fit(data)'.");
}

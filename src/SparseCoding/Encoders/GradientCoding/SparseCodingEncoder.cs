using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>
/// Sparse coding by gradients: min over codes and atoms of unit norm (<see cref="SparseCodingOptions.UnitNorm"/>) of the mean over signals of ½‖x − b − zD‖² + λ‖z‖₁, z = exp(s) or ReLU(s),
/// by one Adam over all codes and atoms. Codes of new signals are optimised with the dictionary fixed, like <see cref="ItoEncoder"/>.
/// </summary>
/// <remarks>Immutable and thread-safe. Sources: Olshausen and Field 1996; O'Neill and Klindt 2024. An iterative encoder: Fit has one form.</remarks>
public sealed partial class SparseCodingEncoder : ITrainedEncoder
{
    private readonly AtomDictionary? _dictionary;

    /// <summary>A recipe. No work is done here.</summary>
    /// <param name="options">Atoms, penalty, parametrisation and inference.</param>
    /// <param name="training">How it is trained; null takes <see cref="DefaultTraining"/>. Every step takes all signals, so BatchSize has no meaning and must be 0. Both
    /// initialisations draw the same atoms, and there is no encoder to tie; CodeLoss belongs to known codes and must be left at its default.</param>
    public SparseCodingEncoder(SparseCodingOptions options, TrainingOptions? training = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        training ??= DefaultTraining;
        if (training.Lambda is { } lambda && lambda != options.Lambda)
        {
            Throw.Argument($"TrainingOptions.Lambda is {lambda}, but SparseCodingOptions.Lambda is {options.Lambda}; set the penalty in SparseCodingOptions only.", nameof(training));
        }

        if (training.BatchSize != 0)
        {
            Throw.NotSupported($"BatchSize = {training.BatchSize}: joint sparse coding has a free code for every signal, so each step takes all of them. Set BatchSize = 0.");
        }

        if (training.CodeLoss != CodeLoss.Cosine)
        {
            Throw.NotSupported($"CodeLoss = {training.CodeLoss}: joint sparse coding is not trained on known codes, so it would be ignored. Leave it at its default.");
        }

        Options = options;
        TrainingOptions = training;
    }

    internal SparseCodingEncoder(SparseCodingOptions options, TrainingOptions training, AtomDictionary dictionary, TrainingRecord? record)
    {
        Options = options;
        TrainingOptions = training;
        _dictionary = dictionary;
        Training = record;
    }

    /// <summary>
    /// How it is trained unless told otherwise: 10,000 steps of all signals, Adam at 0.02 with β 0.9 and 0.99, warmed up over 100 steps and decaying
    /// linearly to 0 over the last fifth. Free codes need a larger rate than the weights of a network: at a network's 1e-3 they have gone a fraction of
    /// their way after 10,000 steps. Write <c>SparseCodingEncoder.DefaultTraining with { Seed = 1 }</c> to change a part.
    /// </summary>
    public static TrainingOptions DefaultTraining { get; } = new()
    {
        BatchSize = 0,
        LearningRate = new Schedule { Value = 0.02f, WarmupSteps = 100, DecayShare = 0.2 },
        Optimizer = new AdamOptions { Beta2 = 0.99f },
    };

    /// <summary>Atoms, penalty, parametrisation and inference.</summary>
    public SparseCodingOptions Options { get; }

    /// <summary>How it is trained.</summary>
    public TrainingOptions TrainingOptions { get; }

    /// <summary>What its training did; null before Fit.</summary>
    public TrainingRecord? Training { get; }

    /// <inheritdoc/>
    public int AtomCount => Options.AtomCount;

    /// <inheritdoc/>
    public int Dimension => Dictionary.Dimension;

    /// <summary>The learned dictionary.</summary>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public AtomDictionary Dictionary => FittedDictionary.Require(_dictionary, nameof(SparseCodingEncoder));

    /// <inheritdoc/>
    public IDecoder Decoder => Dictionary;

    /// <summary>Learns codes and dictionary together. Returns the trained encoder; this one stays as it is.</summary>
    /// <param name="data">Signals, [samples, dimension]; all of them are in memory during training.</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    /// <param name="cancellationToken">Stops after the current step.</param>
    public SparseCodingEncoder Fit(ActivationSource data, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ActivationSource source = NetworkFit.Check(data);
        context ??= RunContext.Default;
        using SparseCodingTrainer trainer = CheckpointSpec.ResumeOrStart<SparseCodingTrainer, SparseCodingEncoder>(
            context,
            p => SparseCodingTrainer.Resume(p, context),
            t => t.Options == TrainingOptions && t.Snapshot().Options == Options,
            () => CreateTrainer(source, context));
        trainer.Run(source, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>A session that learns from all given signals in every step.</summary>
    /// <param name="data">Signals, [samples, dimension].</param>
    /// <param name="context">Device, threads, progress, logging, checkpoints; null for defaults.</param>
    public SparseCodingTrainer CreateTrainer(ActivationSource data, RunContext? context = null)
    {
        ActivationSource source = NetworkFit.Check(data);
        if (source.RowCount < 1)
        {
            Throw.Argument("data holds no signals.", nameof(data));
        }

        return new SparseCodingTrainer(Options, TrainingOptions, source.Dimension, source.RowCount, Options.Bias ? SourceStatistics.Estimate(source).Mean : null, context ?? RunContext.Default);
    }

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        EncodeDetailed(signals, request, cancellationToken).Codes;

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) =>
        Inference.EncodeDetailed(signals, request, cancellationToken);

    /// <inheritdoc/>
    public FlopCount EncodingFlops(long samples) => Inference.EncodingFlops(samples);

    /// <summary>"SparseCodingEncoder(16 atoms, lambda 0.0025)".</summary>
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"SparseCodingEncoder({AtomCount} atoms, lambda {Options.Lambda})");

    private ItoEncoder Inference => new(Dictionary, Options.Inference with { Lambda = Options.Lambda, Parametrization = Options.Parametrization });
}

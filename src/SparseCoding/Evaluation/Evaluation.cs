using SparseCoding.Diagnostics;
using SparseCoding.Evaluations;

namespace SparseCoding;

/// <summary>
/// Measures encoders: every pair of encoder and dictionary is scored the same way. Signals stream in blocks; codes are kept only where true
/// codes are given, since a correlation needs them all. Figures other than times do not depend on threads or block size.
/// </summary>
public static class Evaluation
{
    /// <summary>Measures an encoder on a world whose codes and dictionary are known.</summary>
    /// <param name="encoder">A fitted encoder.</param>
    /// <param name="test">Signals that it was not fitted on, with the truth.</param>
    /// <param name="options">What is measured; null for defaults.</param>
    /// <param name="context">Device, threads and clock of the encoding; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="ArgumentException">The encoder works on signals of another dimension.</exception>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    public static EncoderReport Evaluate(IEncoder encoder, SyntheticData test, EvaluationOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        return Evaluate(encoder, ActivationSource.FromView(test.Signals), test.Codes, test.Dictionary, options, context, cancellationToken);
    }

    /// <summary>Measures an encoder on signals, with as much of the truth as is known.</summary>
    /// <param name="encoder">A fitted encoder.</param>
    /// <param name="signals">Signals, [samples, dimension]; read from the start, its position is put back.</param>
    /// <param name="truth">True codes of all signals, [samples, sources]; null when unknown.</param>
    /// <param name="dictionary">True dictionary, [sources, dimension]; null when unknown.</param>
    /// <param name="options">What is measured; null for defaults.</param>
    /// <param name="context">Device, threads and clock of the encoding; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="ArgumentException">The encoder works on signals of another dimension, the truth has another shape, or there are no signals.</exception>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="NotSupportedException">The decoder is a transcoder's and the signals have no targets (see <see cref="ActivationSource.WithTargets"/>, against which errors are measured where there are any).</exception>
    public static EncoderReport Evaluate(
        IEncoder encoder,
        ActivationSource signals,
        SparseCodes? truth = null,
        IDictionary? dictionary = null,
        EvaluationOptions? options = null,
        RunContext? context = null,
        CancellationToken cancellationToken = default)
    {
        Check(encoder, signals, truth, dictionary);
        return new EvaluationRun(encoder, signals, truth, dictionary, options ?? new EvaluationOptions(), context ?? RunContext.Default).Measure(encoder.ToString() ?? encoder.GetType().Name, cancellationToken);
    }

    /// <summary>
    /// Measures codes that exist already, from any program or from an encoding with a warm start, as if an encoder had given them. Time and FLOPs of the encoding are 0.
    /// </summary>
    /// <param name="codes">Codes of all signals, [samples, atoms].</param>
    /// <param name="decoder">What decodes them.</param>
    /// <param name="signals">Signals, [samples, dimension]; read from the start, its position is put back.</param>
    /// <param name="truth">True codes of all signals, [samples, sources]; null when unknown.</param>
    /// <param name="dictionary">True dictionary, [sources, dimension]; null when unknown.</param>
    /// <param name="options">What is measured; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    /// <exception cref="ArgumentException">The codes are not those of the signals or of the decoder's atoms, the truth has another shape, or there are no signals.</exception>
    public static EncoderReport EvaluateCodes(
        SparseCodes codes,
        IDecoder decoder,
        ActivationSource signals,
        SparseCodes? truth = null,
        IDictionary? dictionary = null,
        EvaluationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(decoder);
        if (decoder is IDictionary atoms && atoms.AtomCount != codes.AtomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but the decoder has {atoms.AtomCount} atoms.", nameof(codes));
        }

        var encoder = new GivenCodes(codes, decoder);
        options ??= new EvaluationOptions();
        Check(encoder, signals, truth, dictionary);
        if (codes.RowCount != signals.RowCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but there are {signals.RowCount} signals.", nameof(codes));
        }

        if (options.CountStopReasons)
        {
            Throw.NotSupported("CountStopReasons with given codes: nothing is solved here, so there is no reason to count. Leave it at false.");
        }

        return new EvaluationRun(encoder, signals, truth, dictionary, options, RunContext.Default).Measure(encoder.ToString(), cancellationToken);
    }

    /// <summary>Measures several encoders on a world whose codes and dictionary are known.</summary>
    /// <param name="encoders">Fitted encoders with their names, at least one.</param>
    /// <param name="test">Signals that they were not fitted on, with the truth.</param>
    /// <param name="options">What is measured; null for defaults.</param>
    /// <param name="context">Device, threads and clock of the encoding; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public static ComparisonReport Compare(IReadOnlyList<(string Name, IEncoder Encoder)> encoders, SyntheticData test, EvaluationOptions? options = null, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(test);
        return Compare(encoders, ActivationSource.FromView(test.Signals), test.Codes, test.Dictionary, options, context, cancellationToken);
    }

    /// <summary>Measures several encoders on signals, with as much of the truth as is known. All are checked before the first is run.</summary>
    /// <param name="encoders">Fitted encoders with their names, at least one.</param>
    /// <param name="signals">Signals, [samples, dimension].</param>
    /// <param name="truth">True codes of all signals, [samples, sources]; null when unknown.</param>
    /// <param name="dictionary">True dictionary, [sources, dimension]; null when unknown.</param>
    /// <param name="options">What is measured; null for defaults.</param>
    /// <param name="context">Device, threads and clock of the encoding; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks.</param>
    public static ComparisonReport Compare(
        IReadOnlyList<(string Name, IEncoder Encoder)> encoders,
        ActivationSource signals,
        SparseCodes? truth = null,
        IDictionary? dictionary = null,
        EvaluationOptions? options = null,
        RunContext? context = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(encoders);
        if (encoders.Count == 0)
        {
            Throw.Argument("encoders is empty; a comparison needs at least one.", nameof(encoders));
        }

        foreach ((string name, IEncoder encoder) in encoders)
        {
            ArgumentException.ThrowIfNullOrEmpty(name, nameof(encoders));
            Check(encoder, signals, truth, dictionary);
        }

        return new ComparisonReport([.. encoders.Select(entry =>
            new EvaluationRun(entry.Encoder, signals, truth, dictionary, options ?? new EvaluationOptions(), context ?? RunContext.Default).Measure(entry.Name, cancellationToken))]);
    }

    private static void Check(IEncoder encoder, ActivationSource signals, SparseCodes? truth, IDictionary? dictionary)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(signals);
        if (signals.RowCount == 0)
        {
            Throw.Argument("signals is empty.", nameof(signals));
        }

        if (signals.Dimension != encoder.Dimension)
        {
            Throw.Argument($"signals has shape [{signals.RowCount}, {signals.Dimension}], but the encoder works on signals of dimension {encoder.Dimension}.", nameof(signals));
        }

        int output = encoder.Decoder.OutputDimension;
        if (signals.TargetDimension == 0 && (output != encoder.Dimension || encoder.Decoder is TranscoderDecoder))
        {
            Throw.NotSupported($"The decoder gives signals of dimension {output} for signals of dimension {encoder.Dimension}; the errors of a transcoder need its targets. Pass signals.WithTargets(targets).");
        }

        if (signals.TargetDimension > 0 && signals.TargetDimension != output)
        {
            Throw.Argument($"signals come with targets of dimension {signals.TargetDimension}, but the decoder gives dimension {output}.", nameof(signals));
        }

        if (truth is not null && truth.RowCount != signals.RowCount)
        {
            Throw.Argument($"truth has shape [{truth.RowCount}, {truth.AtomCount}], but there are {signals.RowCount} signals.", nameof(truth));
        }

        if (dictionary is not null && dictionary.OutputDimension != signals.Dimension)
        {
            Throw.Argument($"dictionary has shape [{dictionary.AtomCount}, {dictionary.OutputDimension}], but signals have dimension {signals.Dimension}.", nameof(dictionary));
        }

        if (dictionary is not null && truth is not null && dictionary.AtomCount != truth.AtomCount)
        {
            Throw.Argument($"dictionary has {dictionary.AtomCount} atoms, but truth has {truth.AtomCount} columns.", nameof(dictionary));
        }
    }
}

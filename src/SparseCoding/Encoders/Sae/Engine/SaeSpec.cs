using Microsoft.Extensions.Logging;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>From options and data to what a network is to be: dimensions, units, where the bias starts, points of the data.</summary>
internal static class SaeSpec
{
    /// <summary>Whether signals have a mean and divisor for each coordinate.</summary>
    public static bool HasInputRows(SaeOptions options) =>
        options.Normalization == InputNormalization.Standardize || options is { Normalization: InputNormalization.MeanNorm, Decoder: CrosscoderDecoderOptions };

    /// <summary>Whether a transcoder's targets have them.</summary>
    public static bool HasTargetRows(SaeOptions options) => options is { Normalization: not InputNormalization.None, Decoder: TranscoderDecoderOptions };

    /// <summary>The network that learns its decoder from the data. Warns where the signals lie far from 0 and nothing subtracts their mean.</summary>
    public static NetworkSpec Learning(ActivationSource data, SaeOptions options, TrainingOptions training, RunContext context)
    {
        options.Selection.Validate(options.AtomCount);
        options.Decoder.ValidateData(data, options);
        InputNormalization mode = options.Normalization;
        if (mode == InputNormalization.LayerNorm && data.Dimension < 2)
        {
            Throw.Argument("Normalization = LayerNorm needs signals of dimension 2 or more; one number has no deviation.", nameof(data));
        }

        int? target = (options.Decoder as TranscoderDecoderOptions)?.OutputDimension;
        IReadOnlyList<int>? views = (options.Decoder as CrosscoderDecoderOptions)?.ViewDimensions;
        SourceStatistics input = SourceStatistics.Estimate(data, false, RowNormalizer.IsByRow(mode) ? row => RowNormalizer.Apply(mode, row.Span) : null, views);
        bool centred = mode == InputNormalization.Standardize || target is not null || (options.Bias && training.OffsetStart != OffsetStart.Zero);
        if (!centred && input.MeanToDeviation > 1)
        {
            Log.UncentredInput(context.LoggerFactory.CreateLogger("SparseCoding.Training"), input.MeanToDeviation);
        }

        UnitRows? inputRows = !HasInputRows(options) ? null
            : mode == InputNormalization.Standardize ? Standardized(input)
            : new UnitRows(new float[data.Dimension], [.. views!.SelectMany((width, view) => Enumerable.Repeat(Factor(input.MeanNorms[view], width), width))]);
        float scale = mode switch
        {
            InputNormalization.Constant => 1 / options.NormalizationFactor!.Value,
            InputNormalization.MeanNorm when inputRows is null => Factor(input.MeanNorm, data.Dimension),
            _ => 1,
        };
        SourceStatistics? output = input;
        UnitRows? targetRows = null;
        if (target is { } outputs)
        {
            output = options.Bias || HasTargetRows(options) ? SourceStatistics.Estimate(data, targets: true) : null;
            targetRows = mode switch
            {
                InputNormalization.Standardize => Standardized(output!),
                InputNormalization.MeanNorm => Constant(Factor(output!.MeanNorm, outputs), outputs),
                InputNormalization.Constant => Constant(scale, outputs),
                _ => null,
            };
        }

        UnitRows? reconstructed = target is null ? inputRows : targetRows;
        float outputScale = target is null ? scale : 1;
        float[]? start = !options.Bias ? null : training.OffsetStart switch
        {
            OffsetStart.Mean => output!.Mean,
            OffsetStart.GeometricMedian => SourcePoints.GeometricMedian(data, output!.Mean),
            _ => null,
        };
        float[]? offset = !options.Bias ? null
            : start is null ? new float[target ?? data.Dimension]
            : [.. start.Select((mean, i) => (reconstructed is null ? mean : (mean - reconstructed.Mean[i]) / reconstructed.Deviation[i]) / outputScale)];
        bool fromPoints = training.Initialization is Initialization.DataPoints or Initialization.ScaledDataPoints;
        return new NetworkSpec
        {
            Dimension = data.Dimension,
            TargetDimension = target,
            AtomCount = options.AtomCount,
            Hidden = [],
            Selection = options.Selection,
            EncoderBias = options.Bias,
            DecoderBias = options.Bias,
            InputScale = scale,
            InputRows = inputRows,
            TargetRows = targetRows,
            InitialOffset = offset,
            Points = options.Decoder is ArchetypalDecoderOptions archetypal ? Points(data, archetypal.PointCount(options.AtomCount), mode, inputRows, scale, offset, training.Seed) : null,
            DataPoints = fromPoints ? SourcePoints.Draw(data, options.AtomCount, start, scale, training.Seed) : null,
        };
    }

    /// <summary>Refuses targets where signals are reconstructed.</summary>
    public static void RequireNoTargets(ActivationSource data)
    {
        if (data.TargetDimension > 0)
        {
            Throw.Argument($"data has targets of dimension {data.TargetDimension}, which only a transcoder uses; pass the signals alone, or set SaeOptions.Decoder to a TranscoderDecoderOptions.", nameof(data));
        }
    }

    /// <summary>Refuses, before any work, what has no meaning where the dictionary is known.</summary>
    public static void RequireForDictionary(SaeOptions options, TrainingOptions training)
    {
        const string Known = "a dictionary that is known";
        NetworkFit.RefuseNormalization(options.Normalization, Known, "dictionary");
        RequireLinear(options, Known, "dictionary", options.Decoder is MatryoshkaDecoderOptions);
        NetworkFit.RefuseDataPoints(training, "here the dictionary is known");
        if (options.Selection.IsTied)
        {
            Throw.NotSupported($"{options.Selection} codes with the atoms themselves: with a known dictionary there is nothing to learn. Put an OmpEncoder on the dictionary.");
        }

        if (options.Remedies.OfType<ResamplingRemedy>().Any())
        {
            Throw.NotSupported("Resampling sets atoms to signals, but this dictionary is known and stays as it is: leave ResamplingRemedy out.");
        }

        if (options.Remedies.OfType<BiasAdaptationRemedy>().Any(remedy => remedy.TieEncoder))
        {
            Throw.NotSupported("BiasAdaptation.TieEncoder keeps encoder rows on the directions of unit atoms that learn with them, but this dictionary is known and stays as it is: leave TieEncoder out.");
        }
    }

    /// <summary>Refuses, before any work, what has no meaning where the codes are known.</summary>
    public static void RequireForCodes(SaeOptions options, TrainingOptions training)
    {
        const string Known = "known codes";
        NetworkFit.RefuseNormalization(options.Normalization, Known, "codes");
        RequireLinear(options, Known, "codes", false);
        NetworkFit.RefuseDataPoints(training, "with known codes the dictionary is fitted to them afterwards");
        RequireTeachable(options);
    }

    /// <summary>Refuses parts that have a loss of another kind than that on known codes.</summary>
    public static void RequireTeachable(SaeOptions options)
    {
        if (options.Penalty is not null || options.Remedies.Count > 0)
        {
            object part = options.Penalty is { } penalty ? penalty : options.Remedies[0];
            Throw.NotSupported($"{part} on known codes: the codes say which latents fire, so there is neither penalty nor remedy. Leave SaeOptions.Penalty and Remedies out.");
        }

        if (!options.Selection.LearnsFromCodes)
        {
            Throw.NotSupported($"{options.Selection} cannot learn from known codes alone: its training decodes. Use Selection.Relu or a TopK for that form of Fit.");
        }
    }

    /// <summary>Refuses what needs a plain linear decoder: a known dictionary, known codes.</summary>
    private static void RequireLinear(SaeOptions options, string known, string parameter, bool isOtherwiseTaken)
    {
        if (options.Decoder is not LinearDecoderOptions { FoldNorm: false } && !isOtherwiseTaken)
        {
            Throw.NotSupported($"Decoder = {options.Decoder} with {known}: the decoder is given (or fitted) by '{parameter}' as x̂ = offset + scale · zD, so there is nothing for it to learn. Leave Decoder at SaeDecoderOptions.Linear.");
        }
    }

    /// <summary>Refuses to go on from a trained encoder whose file does not hold all that its training needs.</summary>
    public static void RequireStart(SaeOptions options)
    {
        bool folds = options.Normalization is InputNormalization.Standardize || HasInputRows(options) || RowNormalizer.IsByRow(options.Normalization);
        if (folds || options.Decoder is not (LinearDecoderOptions { FoldNorm: false } or CrosscoderDecoderOptions or MatryoshkaDecoderOptions))
        {
            Throw.NotSupported($"Going on from a trained encoder with Normalization = {options.Normalization} and Decoder = {options.Decoder} is not supported: what was folded into its weights cannot be taken apart. Use a checkpoint (SaeTrainer.SaveCheckpoint), which holds the whole session.");
        }
    }

    private static float Factor(double meanNorm, int dimension)
    {
        float factor = (float)(meanNorm / Math.Sqrt(dimension));
        return factor > 0 ? factor : 1;
    }

    private static UnitRows Standardized(SourceStatistics statistics) => new(statistics.Mean, [.. statistics.Deviation.Select(deviation => deviation > 0 ? deviation : 1)]);

    private static UnitRows Constant(float factor, int dimension) => new(new float[dimension], [.. Enumerable.Repeat(factor, dimension)]);

    /// <summary>Different rows of the first <see cref="SourceStatistics.MaximumRows"/>, drawn by the seed, in the network's units and around the bias.</summary>
    private static float[] Points(ActivationSource data, int count, InputNormalization mode, UnitRows? rows, float scale, float[]? offset, long seed)
    {
        int dimension = data.Dimension, available = (int)Math.Min(data.RowCount, SourceStatistics.MaximumRows);
        if (count > available)
        {
            Throw.Argument($"An archetypal decoder of {count} points needs as many signals; the data have {data.RowCount} (of which at most {SourceStatistics.MaximumRows} are looked at). Set ArchetypalDecoderOptions.Points.", nameof(data));
        }

        long[] order = [.. Enumerable.Range(0, available).Select(i => (long)i)];
        new RandomStream(seed, "archetypal.points").Shuffle<long>(order);
        long[] chosen = [.. order.Take(count).Order()];
        var batch = new SignalBatch(count, dimension);
        data.Gather(chosen, batch);
        data.Rewind();
        float[] points = batch.Signals.ToArray();
        for (int point = 0; point < count; point++)
        {
            Span<float> row = points.AsSpan(point * dimension, dimension);
            if (RowNormalizer.IsByRow(mode))
            {
                RowNormalizer.Apply(mode, row);
            }

            for (int i = 0; i < dimension; i++)
            {
                float value = rows is null ? row[i] : (row[i] - rows.Mean[i]) / rows.Deviation[i];
                row[i] = (value / scale) - (offset is null ? 0 : offset[i]);
            }
        }

        return points;
    }
}

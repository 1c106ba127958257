using Microsoft.Extensions.Logging;
using SparseCoding.Data;
using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>What the Fit forms of SAE and MLP share: checks before any work, and what the network is to be.</summary>
internal static class NetworkFit
{
    /// <summary>The data, checked for null.</summary>
    public static ActivationSource Check(ActivationSource? data) => data ?? throw new ArgumentNullException(nameof(data));

    /// <summary>The network that learns its dictionary from the data. Warns where the signals lie far from 0 and nothing subtracts their mean.</summary>
    public static NetworkSpec Learning(ActivationSource data, int atomCount, IReadOnlyList<int> hidden, Selection selection, bool bias, InputNormalization normalization, TrainingOptions training, RunContext context)
    {
        selection.Validate(atomCount);
        RefuseOutsideSae(selection, hidden);
        if (normalization is not (InputNormalization.None or InputNormalization.MeanNorm))
        {
            Throw.NotSupported($"Normalization = {normalization} with a multi-layer encoder: it has None and MeanNorm. Normalise the signals yourself, or use a SaeEncoder.");
        }

        if (data.TargetDimension > 0)
        {
            Throw.Argument($"data has targets of dimension {data.TargetDimension}, which a multi-layer encoder does not predict; pass the signals alone.", nameof(data));
        }

        SourceStatistics statistics = SourceStatistics.Estimate(data);
        float scale = normalization == InputNormalization.MeanNorm ? (float)(statistics.MeanNorm / Math.Sqrt(data.Dimension)) : 1;
        scale = scale > 0 ? scale : 1;
        if ((!bias || training.OffsetStart == OffsetStart.Zero) && statistics.MeanToDeviation > 1)
        {
            Log.UncentredInput(context.LoggerFactory.CreateLogger("SparseCoding.Training"), statistics.MeanToDeviation);
        }

        float[]? start = !bias ? null : training.OffsetStart switch
        {
            OffsetStart.Mean => statistics.Mean,
            OffsetStart.GeometricMedian => SourcePoints.GeometricMedian(data, statistics.Mean),
            _ => new float[data.Dimension],
        };
        return new NetworkSpec
        {
            Dimension = data.Dimension,
            AtomCount = atomCount,
            Hidden = hidden,
            Selection = selection,
            EncoderBias = bias,
            DecoderBias = bias,
            InputScale = scale,
            InitialOffset = start is null ? null : [.. start.Select(m => m / scale)],
            DataPoints = training.Initialization is Initialization.DataPoints or Initialization.ScaledDataPoints ? SourcePoints.Draw(data, atomCount, start, scale, training.Seed) : null,
        };
    }

    /// <summary>Refuses atoms that start from signals where the atoms are not learned.</summary>
    public static void RefuseDataPoints(TrainingOptions training, string where)
    {
        if (training.Initialization is Initialization.DataPoints or Initialization.ScaledDataPoints)
        {
            Throw.NotSupported($"Initialization = {training.Initialization} sets atoms and encoder from signals, which a sparse autoencoder that learns its dictionary does; {where}. Use Initialization.Tied or Independent.");
        }
    }

    /// <summary>Refuses a normalisation where the units of the signals are given already: those of a known dictionary or of known codes.</summary>
    public static void RefuseNormalization(InputNormalization normalization, string known, string parameter)
    {
        if (normalization != InputNormalization.None)
        {
            Throw.NotSupported($"Normalization = {normalization} with {known}: its scale is part of what is given by '{parameter}', so none is estimated. Leave Normalization at None, and scale the signals or the dictionary (AtomDictionary's scale) yourself.");
        }
    }

    /// <summary>The network whose dictionary is given and stays as it is: offset and scale are the dictionary's.</summary>
    public static NetworkSpec OnDictionary(ActivationSource data, IDictionary dictionary, int atomCount, IReadOnlyList<int> hidden, Selection selection, bool bias)
    {
        ArgumentNullException.ThrowIfNull(dictionary);
        selection.Validate(atomCount);
        RefuseOutsideSae(selection, hidden);
        if (dictionary.AtomCount != atomCount)
        {
            Throw.Argument($"dictionary has {dictionary.AtomCount} atoms, but the options ask for {atomCount}.", nameof(dictionary));
        }

        if (dictionary.OutputDimension != data.Dimension)
        {
            Throw.Argument($"dictionary gives signals of dimension {dictionary.OutputDimension}, but the data have dimension {data.Dimension}.", nameof(dictionary));
        }

        var offset = new float[data.Dimension];
        dictionary.CopyOffset(offset);
        bool shifted = offset.AsSpan().ContainsAnyExcept(0f);
        return new NetworkSpec
        {
            Dimension = data.Dimension,
            AtomCount = atomCount,
            Hidden = hidden,
            Selection = selection,
            EncoderBias = bias,
            DecoderBias = shifted,
            InputScale = dictionary.Scale,
            InitialOffset = shifted ? [.. offset.Select(o => o / dictionary.Scale)] : null,
            KnownDictionary = dictionary,
        };
    }

    /// <summary>The network that learns known codes; its decoder comes afterwards.</summary>
    public static NetworkSpec OnCodes(ActivationSource data, SparseCodes codes, int atomCount, IReadOnlyList<int> hidden, Selection selection, bool bias)
    {
        ArgumentNullException.ThrowIfNull(codes);
        selection.Validate(atomCount);
        RefuseOutsideSae(selection, hidden);
        if (codes.RowCount != data.RowCount || codes.AtomCount != atomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but [{data.RowCount}, {atomCount}] is needed: one code for each signal and one column for each atom.", nameof(codes));
        }

        if ((long)atomCount * atomCount > Array.MaxLength)
        {
            // Said before the training, because the dictionary comes after it.
            Throw.NotSupported($"{atomCount} atoms on known codes: the dictionary of least squares needs an [atoms, atoms] matrix, which is limited to 46,340 atoms. Fit on the signals or on a dictionary instead.");
        }

        if (!selection.IsSigned && codes.Values.ContainsAnyInRange(float.MinValue, -float.Epsilon))
        {
            Throw.Argument("codes holds negative values, which a ReLU cannot give; split their signs into two atoms first.", nameof(codes));
        }

        return new NetworkSpec
        {
            Dimension = data.Dimension,
            AtomCount = atomCount,
            Hidden = hidden,
            Selection = selection,
            EncoderBias = bias,
            DecoderBias = false,
        };
    }

    /// <summary>The trained state with the decoder that fits its own codes best in least squares over the training data.</summary>
    public static NetworkState WithLeastSquaresDictionary(NetworkState state, ActivationSource data, RunContext context, CancellationToken cancellationToken)
    {
        AtomDictionary dictionary = LeastSquaresDictionary.Fit(
            data,
            state.AtomCount,
            (signals, token) => NetworkInference.Encode(state, signals, new EncodeRequest { Context = context }, "training", token),
            context,
            cancellationToken);
        return new NetworkState { Layers = state.Layers, Selection = state.Selection, Dictionary = dictionary };
    }

    /// <summary>Refuses to go on from a state that the trainer could not hold without changing its function.</summary>
    public static void RefuseForeignStart(NetworkState start, bool bias, bool unitNorm = true)
    {
        bool sameOffset = (start.InputOffset ?? []).AsSpan().SequenceEqual(start.Dictionary.OffsetValues);
        if (!sameOffset || start.Dictionary.Scale != start.InputScale || start.Dictionary.HasOffset != bias || start.Layers.Any(l => l.Bias is not null != bias))
        {
            Throw.NotSupported("This encoder cannot be trained further as it is: its encoder does not subtract its decoder's offset, or its biases differ from its options (a foreign file, or a fit on a dictionary of its own). Train a new one, or put an iterative encoder on its Dictionary.");
        }

        foreach (float norm in start.Dictionary.NormValues)
        {
            if (unitNorm && Math.Abs(norm - 1) > 1e-3f && norm != 0)
            {
                Throw.NotSupported($"This encoder cannot be trained further as it is: it has an atom of norm {norm}, and training keeps atoms at norm 1. Train a new one.");
            }
        }
    }

    private static void RefuseOutsideSae(Selection selection, IReadOnlyList<int> hidden)
    {
        if (hidden.Count > 0 && selection is not (ReluSelection or TopKSelection))
        {
            Throw.NotSupported($"A multi-layer encoder has no {selection}: use Selection.Relu or Selection.TopK, or a SaeEncoder.");
        }
    }
}

using SparseCoding.Diagnostics;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>What a sparse autoencoder is, apart from how it is trained.</summary>
public sealed record SaeOptions
{
    /// <summary>Number of atoms (latents), at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Which pre-activations become entries of the code.</summary>
    /// <value>Default: <see cref="Selection.Relu"/>.</value>
    public Selection Selection
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Selection must not be null.");
    } = Selection.Relu;

    /// <summary>
    /// What the loss adds for sparsity. Null takes the selection's own, weighted with <see cref="TrainingOptions.Lambda"/>: λ‖z‖₁, for a JumpReLU λ
    /// times the number of active atoms. A penalty given here has its own weight, and Lambda must then be left out.
    /// </summary>
    /// <value>Default: null.</value>
    public SparsityPenalty? Penalty { get; init; }

    /// <summary>What is done about dead latents, each kind at most once; empty does nothing. How the weights start matters as much: <see cref="TrainingOptions.Initialization"/>.</summary>
    /// <value>Default: empty.</value>
    public ValueList<DeadLatentRemedy> Remedies
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Remedies must not be null; leave it empty.");
    } = [];

    /// <summary>How codes become signals.</summary>
    /// <value>Default: <see cref="SaeDecoderOptions.Linear"/>.</value>
    public SaeDecoderOptions Decoder
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Decoder must not be null.");
    } = SaeDecoderOptions.Linear;

    /// <summary>Whether encoder and decoder have biases; the decoder's is also subtracted from the signal before encoding and starts at the data's mean.</summary>
    /// <value>Default: true.</value>
    public bool Bias { get; init; } = true;

    /// <summary>How signals are scaled first.</summary>
    /// <value>Default: <see cref="InputNormalization.None"/>.</value>
    public InputNormalization Normalization
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>The factor of <see cref="InputNormalization.Constant"/>, u = x · factor; positive and finite, and null with any other mode.</summary>
    /// <value>Default: null.</value>
    public float? NormalizationFactor
    {
        get;
        init => field = value is { } factor ? Throw.Positive(factor, nameof(NormalizationFactor)) : null;
    }

    /// <summary>Checks the parts against each other; ArgumentException names what does not fit.</summary>
    internal void Validate(TrainingOptions? training)
    {
        Selection.Validate(AtomCount);
        Penalty?.Validate(Selection, AtomCount);
        if (Selection.NeedsBias && !Bias)
        {
            Throw.Argument($"{Selection} needs the encoder's bias: leave SaeOptions.Bias on, or use Selection.Relu.", nameof(Bias));
        }

        if (Selection.NeedsLinearDecoder && Decoder is not (LinearDecoderOptions or MatryoshkaDecoderOptions))
        {
            Throw.Argument($"{Selection} needs a linear decoder; the options have {Decoder}.", nameof(Decoder));
        }

        if (Selection.IsTied && Decoder is LinearDecoderOptions { UnitNorm: false } or MatryoshkaDecoderOptions { UnitNorm: false })
        {
            Throw.Argument($"{Selection} takes its atoms at norm 1; the options have {Decoder}. Leave its UnitNorm on.", nameof(Decoder));
        }

        if (Selection.IsTied && Remedies.Count > 0)
        {
            Throw.Argument($"{Selection} codes with the atoms and has no encoder weights of its own, which {Remedies[0]} would move: leave SaeOptions.Remedies empty.", nameof(Remedies));
        }

        Decoder.Validate(this);
        bool isPlain = Decoder is LinearDecoderOptions or MatryoshkaDecoderOptions && Normalization is (InputNormalization.None or InputNormalization.MeanNorm or InputNormalization.Constant);
        if (!isPlain && Selection is not (ReluSelection or TopKSelection or AbsTopKSelection or BatchTopKSelection or JumpReluSelection))
        {
            Throw.NotSupported($"{Selection} with Decoder = {Decoder} and Normalization = {Normalization}: it has not been checked where atoms and signals have other units or spaces than the encoder's. Use a plain selection (ReLU, JumpReLU, TopK, AbsTopK, BatchTopK), or the linear decoder with None, MeanNorm or Constant.");
        }

        if (NormalizationFactor is null == (Normalization == InputNormalization.Constant))
        {
            Throw.Argument($"NormalizationFactor is {NormalizationFactor?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"} with Normalization = {Normalization}: InputNormalization.Constant needs it, and no other mode uses it.", nameof(NormalizationFactor));
        }

        foreach (DeadLatentRemedy remedy in Remedies)
        {
            remedy.Validate(this);
            if (Remedies.Count(other => other.GetType() == remedy.GetType()) > 1)
            {
                Throw.Argument($"Remedies has more than one {remedy.GetType().Name}; each kind can be there once.", nameof(Remedies));
            }
        }

        if (training is not null)
        {
            ValidateStart(training);
        }

        if (training is { AtomRateFactor: not 1 } && Decoder is (ArchetypalDecoderOptions or PolynomialDecoderOptions))
        {
            Throw.NotSupported($"AtomRateFactor = {training.AtomRateFactor.ToString(System.Globalization.CultureInfo.InvariantCulture)} with {Decoder}: its atoms are made from other parameters. Leave the factor at 1, or use a linear, Matryoshka, transcoder or crosscoder decoder.");
        }

        if (Penalty is not null && training?.Lambda is { } lambda)
        {
            Throw.Argument($"SaeOptions.Penalty is {Penalty}, which has its own Weight; TrainingOptions.Lambda is {lambda} and would be ignored. Leave one of them out.", nameof(Penalty));
        }
    }

    /// <summary>Refuses starts that are taken from signals where atoms are something else, or where the network works in units of another kind than the signals.</summary>
    private void ValidateStart(TrainingOptions training)
    {
        bool fromPoints = training.Initialization is Initialization.DataPoints or Initialization.ScaledDataPoints;
        if (fromPoints && Decoder is not LinearDecoderOptions)
        {
            Throw.Argument($"Initialization = {training.Initialization} sets atoms to signals, which needs a linear decoder; the options have {Decoder}.", nameof(TrainingOptions.Initialization));
        }

        bool hasOwnUnits = SaeSpec.HasInputRows(this) || RowNormalizer.IsByRow(Normalization);
        if (fromPoints && hasOwnUnits)
        {
            Throw.NotSupported($"Initialization = {training.Initialization} with Normalization = {Normalization} and Decoder = {Decoder}: atoms start from the signals as they are, which are not in the network's units there. Use Initialization.Tied.");
        }

        if (training.OffsetStart == OffsetStart.GeometricMedian && (hasOwnUnits || Decoder is TranscoderDecoderOptions))
        {
            Throw.NotSupported($"OffsetStart = GeometricMedian with Normalization = {Normalization} and Decoder = {Decoder}: it is taken over the signals as they are, which are not in the network's units there. Use OffsetStart.Mean.");
        }
    }
}

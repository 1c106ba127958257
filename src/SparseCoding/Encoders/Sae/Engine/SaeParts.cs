using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>From options to the parts that do the work: the one place that a new part is named in.</summary>
internal static class SaeParts
{
    /// <summary>Weight of the default penalty where the options leave it open: 0 for a selection that fixes the number of active atoms.</summary>
    public static float DefaultLambda(Selection selection) => selection.NeedsPenalty ? 0.0025f : 0;

    /// <summary>The selection.</summary>
    public static SelectionPart Selection(SaeModel model) => model.Options.Selection switch
    {
        ReluSelection => new ReluPart(model),
        TopKSelection or AbsTopKSelection => new RowTopKPart(model),
        JumpReluSelection => new JumpReluPart(model),
        BatchTopKSelection => new BatchTopKPart(model),
        GroupMaxSelection => new RowTopKPart(model),
        FeatureChoiceSelection choice => new FeatureChoicePart(model, choice),
        SoftThresholdSelection soft => new SignedThresholdPart(model, soft.Threshold, soft: true),
        HardThresholdSelection hard => new SignedThresholdPart(model, hard.Threshold, soft: false),
        ProLuSelection prolu => new ProLuPart(model, prolu),
        GatedSelection => new GatedPart(model),
        GradientTopKSelection gradient => new GradientTopKPart(model, gradient),
        TopAfaSelection afa => new TopAfaPart(model, afa),
        MatchingPursuitSelection pursuit => new MatchingPursuitPart(model, pursuit),
        OrthogonalPursuitSelection pursuit => new OrthogonalPursuitPart(model, pursuit),
        VariationalTopKSelection variational => new VariationalTopKPart(model, variational),
        var other => throw new NotSupportedException($"A sparse autoencoder has no selection {other}."),
    };

    /// <summary>The penalty; null where there is none.</summary>
    public static PenaltyPart? Penalty(SaeModel model)
    {
        float lambda = model.Training!.Lambda ?? DefaultLambda(model.Options.Selection);
        PenaltyPart part = model.Options.Penalty switch
        {
            null => model.Options.Selection is JumpReluSelection ? new L0Part(model, lambda) : new L1Part(model, lambda),
            L1Penalty { TimesDecoderNorm: true } l1 when !model.Decoder.HasUnitNorm => new ScaledL1Part(model, l1),
            L1Penalty l1 => new L1Part(model, l1.Weight, l1.Controller),
            L0Penalty l0 => new L0Part(model, l0.Weight, l0.Controller),
            SquaredL0Penalty l0 => new SquaredL0Part(model, l0),
            LpPenalty lp => new LpPart(model, lp),
            LogPenalty log => new LogPart(model, log),
            TanhPenalty tanh => new TanhPart(model, tanh),
            var other => throw new NotSupportedException($"A sparse autoencoder has no penalty {other}."),
        };
        return part.IsActive ? part : null;
    }

    /// <summary>The remedies, in the order of the options; bias adaptation is the last, since where it ties the encoder it projects the gradients of all the others.</summary>
    public static RemedyPart[] Remedies(SaeModel model) => [.. model.Options.Remedies.Select<DeadLatentRemedy, RemedyPart>(remedy => remedy switch
    {
        AuxKRemedy auxK => new AuxKPart(model, auxK),
        AuxZipfRemedy auxZipf => new AuxKPart(model, auxZipf),
        ResamplingRemedy resampling => new ResamplingPart(model, resampling),
        GhostGradientRemedy ghost => new GhostGradientPart(model, ghost),
        PreActivationRemedy preActivation => new PreActivationPart(model, preActivation),
        BiasAdaptationRemedy adaptation => new BiasAdaptationPart(model, adaptation),
        var other => throw new NotSupportedException($"A sparse autoencoder has no remedy {other}."),
    }).OrderBy(part => part is BiasAdaptationPart)];

    /// <summary>The decoder.</summary>
    public static DecoderPart Decoder(SaeModel model, NetworkSpec spec) => model.Options.Decoder switch
    {
        LinearDecoderOptions linear => new LinearDecoderPart(model, linear.UnitNorm, spec),
        TranscoderDecoderOptions transcoder => new TranscoderPart(model, transcoder, spec),
        CrosscoderDecoderOptions crosscoder => new CrosscoderPart(model, crosscoder, spec),
        ArchetypalDecoderOptions archetypal => new ArchetypalPart(model, archetypal, spec),
        PolynomialDecoderOptions polynomial => new PolynomialPart(model, polynomial, spec),
        MatryoshkaDecoderOptions matryoshka => new MatryoshkaDecoderPart(model, matryoshka, spec),
        var other => throw new NotSupportedException($"A sparse autoencoder has no decoder {other}."),
    };
}

namespace SparseCoding.Tests;

/// <content>Every remedy with every selection that it takes.</content>
public sealed partial record SaeForm
{
    private static readonly DeadLatentRemedy[] s_remedies =
    [
        new AuxKRemedy { K = 2, Weight = 0.5f, DeadAfter = 1, Normalize = false },
        new AuxZipfRemedy { K = 2, Weight = 0.5f, DeadAfter = 2, Threshold = 0.5 },
        new ResamplingRemedy { Every = 2, DeadAfter = 1, UntilShare = 1 },
        new GhostGradientRemedy { Weight = 0.5f, DeadAfter = 1 },
        new PreActivationRemedy { Weight = 0.5f, DeadAfter = 1 },
        new BiasAdaptationRemedy { Groups = 2, BufferSteps = 2, HighestRate = 0.5, LowestRate = 0.1, IncreaseRate = 0.1f, DecreaseRate = 0.1f },
    ];

    /// <summary>Whether the documentation says that the remedy works with the selection.</summary>
    public static bool Takes(Selection selection, DeadLatentRemedy remedy) => remedy switch
    {
        PreActivationRemedy or BiasAdaptationRemedy => selection is ReluSelection or JumpReluSelection,
        _ => true,
    };

    private static IEnumerable<SaeForm> OfRemedies() =>
        from selection in (Selection[])[.. s_first, Selection.Gated]
        from remedy in s_remedies
        where Takes(selection, remedy)
        from unitNorm in (bool[])[false, true]
        from bias in (bool[])[false, true]
        where bias || (remedy is not BiasAdaptationRemedy && !selection.NeedsBias)
        select new SaeForm(selection, null, remedy, unitNorm, bias);
}

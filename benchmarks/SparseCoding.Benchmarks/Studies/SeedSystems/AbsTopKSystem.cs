namespace SparseCoding.Benchmarks;

/// <summary>1.4: one atom for both signs.</summary>
internal sealed class AbsTopKSystem : SeedSystem
{
    public override string Key => "abs";

    public override string Title => "1.4 AbsTopK (2510.00404)";

    public override string Size => "64 sources in 64 dimensions, 4 active, codes ±(0.5 + |N|), 12,288 + 4,096 rows; 64 atoms, k 4";

    public override string Recipe => "4000 steps of 512 rows, Adam 3e-3, resampling of silent atoms ten times over the first 70 %; TopK trained in the same way. Tuned on seeds 100 and 101 over rate, steps, batch, k annealing and resampling.";

    public override string Why =>
        "With the defaults it was .78 to .81, for two reasons. (1) Two or three of the 64 atoms start badly, fall silent and leave two sources mixed for good: without resampling the MCC is .90 at this size, with it the sources are found. "
        + "(2) It was measured on 32 dimensions, where one product and a selection cannot do it: AbsTopK on the true dictionary itself has a MCC of .80 there (OMP .996), which is the amortisation gap, not training.";

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("mcc", "signed MCC", ">= .9", v => v >= 0.9),
        new("ratio", "NMSE(AbsTopK) / NMSE(TopK)", "<= .5", v => v <= 0.5),
        new("abs", "NMSE of AbsTopK"),
        new("top", "NMSE of TopK"),
        new("plain", "signed MCC without resampling"),
        new("ceiling", "signed MCC of one AbsTopK step with the true atoms as encoder"),
        new("narrow", "the same in 32 dimensions: the ceiling of the earlier world"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        (SyntheticData train, SyntheticData test) = World(seed, 64).Split(0.75);
        SaeEncoder Fit(Selection selection, bool resample) => new SaeEncoder(
            new SaeOptions { AtomCount = 64, Selection = selection, Remedies = resample ? [new ResamplingRemedy { Every = 400 }] : [] },
            Training(seed, 4000, 512)).Fit(train.Signals, context);
        SaeEncoder abs = Fit(Selection.AbsTopK(4), true), top = Fit(Selection.TopK(4), true);
        SparseCodes codes = abs.Encode(test.Signals);
        double signed = Nmse(abs, codes, test.Signals), plain = Nmse(top, top.Encode(test.Signals), test.Signals);
        return new()
        {
            ["mcc"] = Mcc.Between(test.Codes, codes).Value,
            ["abs"] = signed,
            ["top"] = plain,
            ["ratio"] = signed / plain,
            ["plain"] = Mcc.Between(test.Codes, Fit(Selection.AbsTopK(4), false).Encode(test.Signals)).Value,
            ["ceiling"] = OneStep(test),
            ["narrow"] = OneStep(World(seed, 32).Split(0.75).Test),
        };
    }

    private static SyntheticData World(long seed, int dimension) =>
        SyntheticData.Generate(new SyntheticDataOptions { Sources = 64, Measurements = dimension, Active = 4, Codes = CodeDistribution.Normal, CodeMinimum = 0.5f, Samples = 16_384, Seed = seed });

    /// <summary>The k largest |Dx| with the true D.</summary>
    private static double OneStep(SyntheticData world) =>
        Mcc.Between(world.Codes, new ThresholdEncoder(world.Dictionary, new ThresholdOptions { MaxActive = 4 }).Encode(world.Signals)).Value;
}

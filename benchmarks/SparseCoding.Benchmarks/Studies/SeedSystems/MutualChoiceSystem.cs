namespace SparseCoding.Benchmarks;

/// <summary>1.1: a budget for the batch against one for the row, and quotas for features.</summary>
internal sealed class MutualChoiceSystem : SeedSystem
{
    public override string Key => "mc";

    public override string Title => "1.1 Mutual and feature choice (2411.02124)";

    public override string Size => "512 sources in 128 dimensions, Zipf exponent 1, 2 to 14 active, 16,384 + 8,192 rows; 512 atoms, k 8";

    public override string Recipe => "2000 steps of 512 rows, Adam 3e-3, nothing against dead latents. Feature choice with Zipf quotas (exponent 1, shift 5.12). Dead: silent on all training rows in inference, by learned thresholds.";

    public override string Why => "As claimed.";

    public override int Seeds => 3;

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("ratio", "NMSE of MC / NMSE of TopK", "< 1", v => v < 1),
        new("deadFc", "dead latents of FC", "0", v => v == 0),
        new("deadTop", "dead latents of TopK", "> 0", v => v > 0),
        new("spearman", "Spearman of MC's L0 with the true L0", ">= .6", v => v >= 0.6),
        new("top", "NMSE of TopK"),
        new("mc", "NMSE of MC"),
        new("fc", "NMSE of FC"),
        new("deadMc", "dead latents of MC"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 512, Measurements = 128, Active = 2, MaxActive = 14, ZipfExponent = 1, CodeMinimum = 0.5f, Samples = 24_576, Seed = seed });
        (SyntheticData train, SyntheticData test) = world.Split(2.0 / 3);
        SaeEncoder Fit(Selection selection) => new SaeEncoder(new SaeOptions { AtomCount = 512, Selection = selection }, Training(seed, 2000, 512)).Fit(train.Signals, context);
        SaeEncoder top = Fit(Selection.TopK(8)), mutual = Fit(Selection.BatchTopK(8)), feature = Fit(new FeatureChoiceSelection(8) { ZipfExponent = 1 });
        SparseCodes codes = mutual.Encode(test.Signals);
        double plain = Nmse(top, top.Encode(test.Signals), test.Signals), error = Nmse(mutual, codes, test.Signals);
        return new()
        {
            ["top"] = plain,
            ["mc"] = error,
            ["ratio"] = error / plain,
            ["fc"] = Nmse(feature, feature.Encode(test.Signals), test.Signals),
            ["deadTop"] = Dead(top.Encode(train.Signals)),
            ["deadMc"] = Dead(mutual.Encode(train.Signals)),
            ["deadFc"] = Dead(feature.Encode(train.Signals)),
            ["spearman"] = Statistics.RankCorrelation(Active(test.Codes), Active(codes)),
        };
    }
}

namespace SparseCoding.Benchmarks;

/// <summary>1.6: the negative finding of the variational SAE.</summary>
internal sealed class VariationalSystem : SeedSystem
{
    private static readonly float[] s_weights = [0, 0.01f, 0.1f];

    public override string Key => "vsae";

    public override string Title => "1.6 vSAE (2509.22994)";

    public override string Size => "128 sources in 64 dimensions, 4 active, 12,288 + 4,096 rows; 256 atoms, k 4";

    public override string Recipe => "2000 steps of 512 rows, Adam 3e-3, no AuxK (so that death shows), noise of deviation .3, divergence warmed up over 500 steps.";

    public override string Why => "The sign of the finding, dead latents and reconstruction both.";

    public override int Seeds => 3;

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("rise", "dead latents at c_KL .1 less those at 0", "> 0", v => v > 0),
        new("worse", "NMSE at c_KL .1 / NMSE of TopK (published: worse)", "> 1", v => v > 1),
        new("deadTop", "dead latents of TopK"),
        .. s_weights.Select(weight => new SeedClaim(Name(weight), FormattableString.Invariant($"dead latents at c_KL {weight}"))),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        (SyntheticData train, SyntheticData test) = SyntheticData.Generate(new SyntheticDataOptions { Sources = 128, Measurements = 64, Active = 4, CodeMinimum = 0.5f, Samples = 16_384, Seed = seed }).Split(0.75);
        SaeEncoder Fit(Selection selection) => new SaeEncoder(new SaeOptions { AtomCount = 256, Selection = selection }, Training(seed, 2000, 512)).Fit(train.Signals, context);
        SaeEncoder top = Fit(Selection.TopK(4));
        var figures = new Dictionary<string, double> { ["deadTop"] = Dead(top.Encode(train.Signals)) };
        SaeEncoder last = top;
        foreach (float weight in s_weights)
        {
            last = Fit(new VariationalTopKSelection(4) { DivergenceWeight = weight, Deviation = 0.3f, WarmupSteps = 500 });
            figures[Name(weight)] = Dead(last.Encode(train.Signals));
        }

        figures["rise"] = figures[Name(s_weights[^1])] - figures[Name(0)];
        figures["worse"] = Nmse(last, last.Encode(test.Signals), test.Signals) / Nmse(top, top.Encode(test.Signals), test.Signals);
        return figures;
    }

    private static string Name(float weight) => FormattableString.Invariant($"dead{weight}");
}

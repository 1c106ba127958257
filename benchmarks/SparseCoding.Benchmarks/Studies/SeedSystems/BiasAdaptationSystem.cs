using System.Numerics.Tensors;
using SparseCoding.Contracts;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>1.3: firing rates held by the biases, and which features are found.</summary>
internal sealed class BiasAdaptationSystem : SeedSystem
{
    private const int Sources = 256;
    private const int Dimension = 64;
    private const int Atoms = 512;
    private const int Rows = 49_152;
    private const int Steps = 6000;

    public override string Key => "gba";

    public override string Title => "1.3 GBA (2506.14002)";

    public override string Size => "256 features in 64 dimensions, rates .001 to .1 in geometric steps (5.5 active), codes 0.5 + |N|, signals of norm 1, 49,152 rows; 512 latents in 10 groups of targets .1 to .001";

    public override string Recipe => "6000 steps of 256 rows, Adam 3e-3, biases every 10 steps, TieEncoder. L1-SAE: the same with lambda .05, no remedy. Tuned on seed 100 over tied or not, 512 or 1024 latents, steps, buffers of 10 or 50 steps, ReLU with a scale or JumpReLU.";

    public override string Why =>
        "Three differences from the paper kept it at .54 to .60, two of them ours. (1) The decoder's bias, which is subtracted before the encoder, was trained: it acts as a bias of all latents at once, so that about a hundred latents fired all the time, "
        + "the others fell silent, and the rule of the biases did not get through. It is now held. (2) The paper ties encoder and decoder, which TieEncoder now does: at 3000 steps (seed 100) .75 with it (scales held at 1), .64 without, .39 (chance) with the trained bias. (3) Steps: a bias falls by 1 % of the latent's largest code in a buffer, so that fifty steps in a buffer need 20,000 steps "
        + "before codes are sparse. What is left: features of rate .001 to .0032, seen 1,500 to 5,000 times in the whole run, with about 50 latents of their target; 14,000 steps (seed 100) bring .87. "
        + "The claim against L1 is not reproduced here: between seeds all 512 latents count, twice as many as there are features, and those of the lowest targets agree on none; and in a world that is sparse and linear the L1-SAE finds more of it than GBA.";

    public override int Seeds => 3;

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("held", "share of latents with a rate <= 1.2 of their target", ">= .9", v => v >= 0.9),
        new("mcs", "MCS with the 256 features (all lie within the targets)", ">= .9", v => v >= 0.9),
        new("gain", "MCS between seeds less that of the L1-SAE", "> 0", v => v > 0),
        new("band0", "MCS of rates .001 to .0032"),
        new("band1", "rates .0032 to .01"),
        new("band2", "rates .01 to .032"),
        new("band3", "rates .032 to .1"),
        new("between", "MCS between two seeds"),
        new("betweenL1", "MCS between two seeds of the L1-SAE"),
        new("l1", "MCS of the L1-SAE with the features"),
        new("dead", "dead latents"),
        new("nmse", "NMSE"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        float[] atoms = SeedWorlds.Directions(seed, "gba.atoms", Sources, Dimension);
        (Tensor<float> signals, SparseCodes truth) = World(seed, atoms);
        var dictionary = new AtomDictionary(SignalView.FromRows(atoms, Dimension));
        SaeEncoder Fit(long start, bool adapt) => new SaeEncoder(
            new SaeOptions { AtomCount = Atoms, Remedies = adapt ? [new BiasAdaptationRemedy { BufferSteps = 10, TieEncoder = true }] : [] },
            Training(start, Steps, 256) with { Lambda = adapt ? 0 : 0.05f }).Fit(signals, context);
        SaeEncoder first = Fit(seed, true), lasso = Fit(seed, false);
        SparseCodes codes = first.Encode(signals);
        FrequencyBandReport report = FrequencyBandReport.Measure(dictionary, truth, first.Dictionary, codes);
        double[] rates = SparsityMetrics.Measure(codes).Density.ToArray();
        int[] groups = SparseCoding.Encoders.BiasAdaptationPart.DrawGroups(seed, Atoms, 10);
        var targets = new BiasAdaptationRemedy();
        double between = Between(first, Fit(seed + 500, true)), betweenL1 = Between(lasso, Fit(seed + 500, false));
        var figures = new Dictionary<string, double>
        {
            ["held"] = rates.Index().Average(entry => entry.Item <= 1.2 * targets.Target(groups[entry.Index]) ? 1.0 : 0),
            ["mcs"] = report.MeanCosine(),
            ["between"] = between,
            ["betweenL1"] = betweenL1,
            ["gain"] = between - betweenL1,
            ["l1"] = FrequencyBandReport.Measure(dictionary, truth, lasso.Dictionary, lasso.Encode(signals)).MeanCosine(),
            ["dead"] = Dead(codes),
            ["nmse"] = Nmse(first, codes, signals),
        };
        for (int band = 0; band < 4; band++)
        {
            figures["band" + band] = report.Rows.Skip(band * Sources / 4).Take(Sources / 4).Average(row => row.Cosine);
        }

        return figures;
    }

    private static double Between(SaeEncoder a, SaeEncoder b) => SeedConsistency.Measure([a.Dictionary, b.Dictionary]).MeanMaxCosine;

    /// <summary>Feature j has rate .001 · 100^(j/255); rows without any feature are drawn again.</summary>
    private static (Tensor<float> Signals, SparseCodes Codes) World(long seed, float[] atoms)
    {
        var signals = new float[Rows * Dimension];
        var builder = new SparseCodesBuilder(Sources, Rows);
        var random = new RandomStream((ulong)seed, "gba.rows");
        var code = new float[Sources];
        for (int row = 0; row < Rows; row++)
        {
            Span<float> signal = signals.AsSpan(row * Dimension, Dimension);
            float norm = 0;
            while (norm == 0)
            {
                for (int j = 0; j < Sources; j++)
                {
                    code[j] = random.NextDouble() < 1e-3 * Math.Pow(100, j / (Sources - 1.0)) ? (float)(0.5 + Math.Abs(random.NextNormal())) : 0;
                }

                SeedWorlds.Decode(code, atoms, signal);
                norm = TensorPrimitives.Norm<float>(signal);
            }

            TensorPrimitives.Divide(signal, norm, signal);
            TensorPrimitives.Divide(code, norm, code);
            builder.AddDense(code);
        }

        return (Tensor.Create(signals, [Rows, Dimension]), builder.Build());
    }
}

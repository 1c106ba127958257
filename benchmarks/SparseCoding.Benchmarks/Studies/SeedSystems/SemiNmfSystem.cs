using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>1.9: signed, sparse parts that only add.</summary>
internal sealed class SemiNmfSystem : SeedSystem
{
    private const int Parts = 20;
    private const int Dimension = 100;
    private const int Starts = 5;

    public override string Key => "snmf";

    public override string Title => "1.9 Semi-NMF (2506.10920)";

    public override string Size => "20 signed parts of 10 of 100 entries, 3 active in each of 2000 rows, weights 0.2 to 1.2; tree: 4 groups of 5 children";

    public override string Recipe => "AtomDensity .1 (the parts' own), start at random values, up to 1500 iterations, tolerance 1e-6, the best of 5 starts by the loss. Tuned on seeds 100 to 103 over density, starts, share of entries .02 to .3. The tree: density .2, the parts of level 1 factorised again with rank 4, the best of 5 starts each.";

    public override string Why =>
        "Without these two settings it was .75. (1) Dense atoms (AtomDensity 1, the default) leave the factorisation undetermined: a loss of .1 % with atoms that are none of the parts (matched cosine about .4). The sparsifying step is what names the parts. "
        + "(2) The start at signals is a start at mixtures: the sparsifying step then locks in the entries of the wrong parts. The authors start from random values or SVD; one random start gets there in most worlds, the best of five by loss in all. "
        + "The tree is missed at level 1, not at level 2: children of a group share half of their energy, and their parts come out at a cosine of .8 to .9 (20 starts instead of 5 change nothing: .80 and .82 on seeds 100 and 101). On the true parts level 2 groups all of them correctly (index 1, seeds 100 to 102).";

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("cosine", "matched cosine of the parts", ">= .95", v => v >= 0.95),
        new("ari", "adjusted Rand index of level 2 with the planted groups", ">= .9", v => v >= 0.9),
        new("level1", "matched cosine of level 1 in the tree's world"),
        new("once", "matched cosine of a single random start"),
        new("signals", "matched cosine from the start at signals"),
        new("dense", "matched cosine of dense atoms"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        float[] parts = SparseParts(seed, "snmf.parts", Parts);
        Tensor<float> signals = Mixtures(seed, parts, 2000);
        double Cosine(FactorizationResult result) => DictionaryRecovery.Between(new AtomDictionary(SignalView.FromRows(parts, Dimension)), result.Dictionary).MeanCosine;
        FactorizationResult[] all = [.. Enumerable.Range(0, Starts).Select(start => Fit(signals, Parts, 0.1, DictionaryStart.Random, (seed * 100) + start, context))];
        return new()
        {
            ["cosine"] = Cosine(all.MinBy(result => result.Record.FinalLoss)!),
            ["once"] = Cosine(all[0]),
            ["signals"] = Cosine(Fit(signals, Parts, 0.1, DictionaryStart.Signals, seed, context)),
            ["dense"] = Cosine(Fit(signals, Parts, 1, DictionaryStart.Random, seed, context)),
            ["ari"] = Tree(seed, context, out double level),
            ["level1"] = level,
        };
    }

    private static FactorizationResult Fit(Tensor<float> signals, int rank, double density, DictionaryStart start, long seed, RunContext context) => new SemiNmfLearner(new SemiNmfOptions
    {
        AtomCount = rank,
        AtomDensity = density,
        Iterations = 1500,
        Tolerance = 1e-6f,
        Patience = 200,
        Start = start,
        Seed = seed,
    }).Fit(signals, context);

    /// <summary>Parts are the sum of their group's common entries and own ones; level 1 finds the parts, level 2 factorises their dictionary.</summary>
    private static double Tree(long seed, RunContext context, out double level)
    {
        const int Groups = 4;
        float[] common = SparseParts(seed, "snmf.groups", Groups), own = SparseParts(seed, "snmf.children", Parts);
        var parts = new float[Parts * Dimension];
        for (int k = 0; k < Parts; k++)
        {
            Span<float> part = parts.AsSpan(k * Dimension, Dimension);
            TensorPrimitives.Add(common.AsSpan(k * Groups / Parts * Dimension, Dimension), own.AsSpan(k * Dimension, Dimension), part);
            TensorPrimitives.Divide(part, TensorPrimitives.Norm<float>(part), part);
        }

        Tensor<float> signals = Mixtures(seed, parts, 4000);
        FactorizationResult first = Enumerable.Range(0, Starts).Select(start => Fit(signals, Parts, 0.2, DictionaryStart.Random, (seed * 100) + start, context)).MinBy(result => result.Record.FinalLoss)!;
        FactorizationResult second = Enumerable.Range(0, Starts).Select(start => Fit(first.Dictionary.ToTensor(), Groups, 0.2, DictionaryStart.Random, (seed * 100) + start, context)).MinBy(result => result.Record.FinalLoss)!;
        DictionaryRecovery recovery = DictionaryRecovery.Between(new AtomDictionary(SignalView.FromRows(parts, Dimension)), first.Dictionary);
        level = recovery.MeanCosine;
        int[] truth = new int[Parts], found = new int[Parts];
        foreach (MatchedPair pair in recovery.Matching)
        {
            SparseRow code = second.Codes[pair.Found];
            truth[pair.Found] = pair.Truth * Groups / Parts;
            found[pair.Found] = code.Count == 0 ? Groups : code.Atoms[TensorPrimitives.IndexOfMax(code.Values)];
        }

        return AdjustedRand(truth, found);
    }

    private static float[] SparseParts(long seed, string purpose, int count)
    {
        var parts = new float[count * Dimension];
        var entries = new int[Dimension / 10];
        for (int k = 0; k < count; k++)
        {
            var random = new RandomStream((ulong)seed, purpose, (ulong)k);
            random.SampleWithoutReplacement(Dimension, entries);
            Span<float> part = parts.AsSpan(k * Dimension, Dimension);
            foreach (int j in entries)
            {
                part[j] = (float)((random.NextDouble() < 0.5 ? -1 : 1) * (0.5 + random.NextDouble()));
            }

            TensorPrimitives.Divide(part, TensorPrimitives.Norm<float>(part), part);
        }

        return parts;
    }

    private static Tensor<float> Mixtures(long seed, float[] parts, int rows)
    {
        var signals = new float[rows * Dimension];
        var random = new RandomStream((ulong)seed, "snmf.rows");
        var active = new int[3];
        for (int row = 0; row < rows; row++)
        {
            random.SampleWithoutReplacement(Parts, active);
            Span<float> signal = signals.AsSpan(row * Dimension, Dimension);
            foreach (int k in active)
            {
                TensorPrimitives.MultiplyAdd(parts.AsSpan(k * Dimension, Dimension), (float)(0.2 + random.NextDouble()), signal, signal);
            }
        }

        return Tensor.Create(signals, [rows, Dimension]);
    }

    /// <summary>Hubert and Arabie 1985.</summary>
    private static double AdjustedRand(int[] a, int[] b)
    {
        static double Choose(IEnumerable<int> sizes) => sizes.Sum(n => n * (n - 1) / 2.0);
        double together = Choose(a.Zip(b).GroupBy(pair => pair).Select(g => g.Count())), inA = Choose(a.GroupBy(v => v).Select(g => g.Count())), inB = Choose(b.GroupBy(v => v).Select(g => g.Count()));
        double expected = inA * inB / (a.Length * (a.Length - 1) / 2.0);
        return (together - expected) / (((inA + inB) / 2) - expected);
    }
}

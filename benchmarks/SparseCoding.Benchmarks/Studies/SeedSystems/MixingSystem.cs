using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>1.10: whole sequences with their special rows, mixed, against blocks of running text without them.</summary>
internal sealed class MixingSystem : SeedSystem
{
    private const int Dimension = 64;
    private const int Sources = 96;
    private const int Topic = 8;
    private const int Sequences = 1024;
    private const int Length = 48;
    private const int Special = 2;

    public override string Key => "fast";

    public override string Title => "1.10 FAST (2506.07691)";

    public override string Size => "1024 sequences of 2 special and 46 other rows, 64 dimensions; a sequence uses 8 of 90 sources, special rows 6 of their own with larger norm; 96 atoms, TopK 4; measured on 256 other sequences";

    public override string Recipe => "1500 steps of 256 rows, Adam 3e-3. Per sequence: all rows from a streaming source through the library's shuffle buffer (4096 rows). Blocks: the rows without the special ones in their order, 256 neighbouring rows a step.";

    public override string Why => "As claimed, and this toy shows what does it: not cutting the special rows away. Mixing by itself changes nothing here (the rows that are not mixed do as well), and the other rows pay a little, since 96 atoms are shared with the special ones.";

    public override int Seeds => 3;

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("ratio", "special-row MSE per sequence / with blocks", "< 1", v => v < 1),
        new("special", "special-row MSE per sequence, mixed"),
        new("blocks", "special-row MSE with blocks"),
        new("unmixed", "special-row MSE of whole sequences, not mixed"),
        new("other", "other-row MSE per sequence, mixed"),
        new("otherBlocks", "other-row MSE with blocks"),
        new("otherUnmixed", "other-row MSE of whole sequences, not mixed"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        float[] atoms = SeedWorlds.Directions(seed, "fast.atoms", Sources, Dimension);
        float[] train = World(seed, 0, Sequences, atoms), test = World(seed, 1, 256, atoms), cut = Cut(train, special: false);
        TrainingOptions training = Training(seed, 1500, 256) with { ShuffleBufferBytes = 4096 * 4 * Dimension };
        SaeEncoder recipe = new(new SaeOptions { AtomCount = Sources, Selection = Selection.TopK(4) }, training);
        SaeEncoder mixed = recipe.Fit(new StreamedRows(train, Dimension), context), blocks = InOrder(recipe, cut, context), unmixed = InOrder(recipe, train, context);
        Tensor<float> specialRows = Rows(Cut(test, special: true)), others = Rows(Cut(test, special: false));
        double Mse(SaeEncoder sae, Tensor<float> rows) => Evaluation.Evaluate(sae, rows).Mse;
        return new()
        {
            ["special"] = Mse(mixed, specialRows),
            ["blocks"] = Mse(blocks, specialRows),
            ["unmixed"] = Mse(unmixed, specialRows),
            ["ratio"] = Mse(mixed, specialRows) / Mse(blocks, specialRows),
            ["other"] = Mse(mixed, others),
            ["otherBlocks"] = Mse(blocks, others),
            ["otherUnmixed"] = Mse(unmixed, others),
        };
    }

    private static Tensor<float> Rows(float[] values) => Tensor.Create(values, [values.Length / Dimension, Dimension]);

    private static float[] Cut(float[] rows, bool special) =>
        [.. rows.Chunk(Dimension).Where((_, row) => row % Length < Special == special).SelectMany(row => row)];

    private static SaeEncoder InOrder(SaeEncoder recipe, float[] rows, RunContext context)
    {
        using SaeTrainer trainer = recipe.CreateTrainer(Rows(rows), context);
        int count = rows.Length / Dimension, batch = recipe.TrainingOptions!.BatchSize, blocks = count / batch;
        for (int step = 0; step < recipe.TrainingOptions.Steps; step++)
        {
            trainer.Step(SignalView.FromRows(rows.AsSpan(step % blocks * batch * Dimension, batch * Dimension), Dimension));
        }

        return trainer.Snapshot();
    }

    private static float[] World(long seed, ulong part, int sequences, float[] atoms)
    {
        float[] rows = new float[sequences * Length * Dimension], code = new float[Sources];
        int[] topic = new int[Topic], active = new int[3];
        for (int sequence = 0; sequence < sequences; sequence++)
        {
            var random = new RandomStream((ulong)seed, "fast.sequences" + part, (ulong)sequence);
            random.SampleWithoutReplacement(Sources - 6, topic);
            for (int place = 0; place < Length; place++)
            {
                Array.Clear(code);
                bool special = place < Special;
                random.SampleWithoutReplacement(special ? 6 : Topic, active);
                foreach (int i in active)
                {
                    code[special ? Sources - 6 + i : topic[i]] = (float)((0.5 + random.NextDouble()) * (special ? 3 : 1));
                }

                SeedWorlds.Decode(code, atoms, rows.AsSpan(((sequence * Length) + place) * Dimension, Dimension));
            }
        }

        return rows;
    }
}

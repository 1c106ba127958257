using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>1.8: dictionaries of the data themselves, compared without a shared basis.</summary>
internal sealed class ItdaSystem : SeedSystem
{
    private const int Dimension = 64;
    private const int Rows = 6000;
    private static readonly float[] s_noise = [0.02f, 0.1f, 0.3f];

    public override string Key => "itda";

    public override string Title => "1.8 ITDA (2505.17769)";

    public override string Size => "6000 rows of 64 dimensions, 5 of 160 sources active; 6 \"layers\" with 0, 2, 4 .. 10 % of the sources exchanged from one to the next, each rotated by itself and with noise .02; pursuit of 10 steps, tolerance .002";

    public override string Recipe => "Nothing is trained. Layer i of model A is matched with the layer of model B (other rotations, other noise) of the greatest similarity.";

    public override string Why => "As claimed at this size: rotations do not touch the choice of rows. Unrelated data are at chance only when their rows come in another order: early rows are chosen more often whatever they hold, which makes Jaccard 2.5 times chance for unrelated data of the same order. Compare with that, not with 0. CKA, SVCCA and relative representations match these layers as well; the toy does not tell the measures apart.";

    public override int Seeds => 3;

    public override IReadOnlyList<SeedClaim> Claims =>
    [
        new("rotation", "Jaccard of X and XQ", "1", v => v >= 0.99),
        new("unrelated", "Jaccard with unrelated data in another order / chance", ".8 to 1.2", v => v is > 0.8 and < 1.2),
        new("falls", "Jaccard falls with the noise on a rotation (share of steps)", "1", v => v == 1),
        new("tolerance", "a larger tolerance has fewer atoms (share of steps)", "1", v => v == 1),
        new("matched", "layers whose own counterpart ranks first, of 6", "6", v => v >= 6),
        new("order", "Jaccard with unrelated data in the same order / chance"),
        new("cka", "layers matched by linear CKA"),
        new("svcca", "by SVCCA (20 components)"),
        new("map", "by R2 of a linear map"),
        new("relative", "by relative representations (300 anchors)"),
    ];

    public override Dictionary<string, double> Measure(long seed, RunContext context)
    {
        Tensor<float> clean = Layer(seed, 0, 0, 0), rotated = Layer(seed, 0, 1, 0);
        ItdaDictionary learned = Learn(clean, context), other = Learn(Layer(seed + 1000, 0, 0, 0), context);
        double previous = 1, falling = 0;
        foreach (float noise in s_noise)
        {
            double similarity = ItdaDictionary.Jaccard(learned, Learn(Layer(seed, 0, 1, noise), context));
            falling += similarity < previous ? 1 : 0;
            previous = similarity;
        }

        int[] sizes = [.. new[] { 0.001f, 0.002f, 0.004f, 0.008f }.Select(tolerance => Learn(clean, context, tolerance).SampleIds.Count)];

        // Two random choices of a and b of n rows share ab/n.
        double a = learned.SampleIds.Count, b = other.SampleIds.Count, shared = a * b / Rows;
        Tensor<float>[] first = [.. Enumerable.Range(0, 6).Select(layer => Layer(seed, layer, 10 + layer, 0.02f))], second = [.. Enumerable.Range(0, 6).Select(layer => Layer(seed, layer, 20 + layer, 0.02f))];
        ItdaDictionary[] firstDictionaries = [.. first.Select(x => Learn(x, context))], secondDictionaries = [.. second.Select(x => Learn(x, context))];
        return new()
        {
            ["rotation"] = ItdaDictionary.Jaccard(learned, Learn(rotated, context)),
            ["unrelated"] = ItdaDictionary.Jaccard(learned, Relabelled(other, seed)) / (shared / (a + b - shared)),
            ["order"] = ItdaDictionary.Jaccard(learned, other) / (shared / (a + b - shared)),
            ["falls"] = falling / s_noise.Length,
            ["tolerance"] = sizes.Zip(sizes.Skip(1), (x, y) => y < x ? 1.0 : 0).Average(),
            ["matched"] = Matched((i, j) => ItdaDictionary.Jaccard(firstDictionaries[i], secondDictionaries[j])),
            ["cka"] = Matched((i, j) => RepresentationSimilarity.LinearCka(first[i], second[j])),
            ["svcca"] = Matched((i, j) => RepresentationSimilarity.Svcca(first[i], second[j])),
            ["map"] = Matched((i, j) => RepresentationSimilarity.LinearMapR2(first[i], second[j])),
            ["relative"] = Matched((i, j) => RepresentationSimilarity.RelativeRepresentation(first[i], second[j])),
        };
    }

    /// <summary>The same data as if its rows had come in another order.</summary>
    private static ItdaDictionary Relabelled(ItdaDictionary dictionary, long seed)
    {
        long[] place = [.. Enumerable.Range(0, Rows).Select(row => (long)row)];
        new RandomStream((ulong)seed, "itda.order").Shuffle(place.AsSpan());
        return dictionary with { SampleIds = [.. dictionary.SampleIds.Select(row => place[row])] };
    }

    private static int Matched(Func<int, int, double> similarity) =>
        Enumerable.Range(0, 6).Count(i => Enumerable.Range(0, 6).MaxBy(j => similarity(i, j)) == i);

    private static ItdaDictionary Learn(Tensor<float> signals, RunContext context, float tolerance = 0.002f) =>
        new ItdaLearner(new ItdaOptions { MaxActive = 10, Tolerance = tolerance, MaxAtoms = 4096 }).Fit(signals, context);

    /// <summary>The same rows in another layer: every layer exchanges the directions of a few more sources; rotation 0 is none.</summary>
    private static Tensor<float> Layer(long seed, int layer, int rotation, float noise)
    {
        const int Sources = 160;
        float[] atoms = SeedWorlds.Directions(seed, "itda.atoms", Sources, Dimension);
        for (int step = 1; step <= layer; step++)
        {
            int count = Sources * 2 * step / 100;
            float[] fresh = SeedWorlds.Directions(seed, "itda.fresh" + step, count, Dimension);
            fresh.CopyTo(atoms.AsSpan(step * 20 * Dimension));
        }

        float[] signals = new float[Rows * Dimension], code = new float[Sources], row = new float[Dimension], target = new float[Dimension];
        float[] basis = rotation == 0 ? [] : Rotation(seed + (1000L * rotation));
        var random = new RandomStream((ulong)seed, "itda.rows");
        var error = new RandomStream((ulong)seed, "itda.noise", (ulong)rotation);
        var active = new int[5];
        for (int r = 0; r < Rows; r++)
        {
            Array.Clear(code);
            random.SampleWithoutReplacement(Sources, active);
            foreach (int source in active)
            {
                code[source] = (float)(0.5 + random.NextDouble());
            }

            SeedWorlds.Decode(code, atoms, row);
            for (int j = 0; noise > 0 && j < Dimension; j++)
            {
                row[j] += (float)(noise * error.NextNormal());
            }

            if (rotation > 0)
            {
                SeedWorlds.Decode(row, basis, target);
                target.CopyTo(row.AsSpan());
            }

            row.CopyTo(signals.AsSpan(r * Dimension));
        }

        return Tensor.Create(signals, [Rows, Dimension]);
    }

    /// <summary>An orthogonal matrix by Gram and Schmidt, twice.</summary>
    private static float[] Rotation(long seed)
    {
        float[] rows = SeedWorlds.Directions(seed, "itda.rotation", Dimension, Dimension);
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < Dimension; i++)
            {
                Span<float> row = rows.AsSpan(i * Dimension, Dimension);
                for (int j = 0; j < i; j++)
                {
                    ReadOnlySpan<float> earlier = rows.AsSpan(j * Dimension, Dimension);
                    TensorPrimitives.MultiplyAdd(earlier, -TensorPrimitives.Dot(earlier, row), row, row);
                }

                TensorPrimitives.Divide(row, TensorPrimitives.Norm<float>(row), row);
            }
        }

        return rows;
    }
}

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>
/// The world of "Stop Probing, Start Coding": y = Az, z exactly k-sparse with uniform(0, 1) values, A Gaussian with unit columns, m = ⌈c k ln(n / k)⌉ with c = 2. In distribution,
/// half of the signals have source 0 with k − 1 of the sources 1 to n/2 − 1, half have k sources other than 0; out of distribution, source 0 comes with k − 1 of the other half.
/// </summary>
internal sealed class FollowUpWorld
{
    /// <summary>Draws a world.</summary>
    /// <param name="sources">n.</param>
    /// <param name="active">k.</param>
    /// <param name="samples">Signals in distribution, cut into halves to learn from and to measure on; half as many out of distribution.</param>
    /// <param name="ratio">c of m = ⌈c k ln(n / k)⌉.</param>
    /// <param name="seed">Seed of dictionary and codes.</param>
    public FollowUpWorld(int sources, int active, int samples, double ratio, long seed)
    {
        (Sources, Active, Measurements) = (sources, active, Dimension(sources, active, ratio));

        // Codes of its own need a generator; values and atoms are the library's.
        SyntheticData drawn = SyntheticData.Generate(new SyntheticDataOptions { Sources = sources, Measurements = Measurements, Active = active, Samples = 2 * samples, Codes = CodeDistribution.Uniform, Seed = seed });
        Dictionary = drawn.Dictionary;
        var random = new Random(checked((int)(seed % int.MaxValue)));
        SparseCodes inside = Codes(samples, drawn.Codes, 0, row => row % 2 == 0 ? With(random, 1, sources / 2) : Pick(random, 1, sources, active));
        SparseCodes outside = Codes(samples / 2, drawn.Codes, samples, _ => With(random, sources / 2, sources));
        int half = samples / 2;
        SparseCodes train = inside.Slice(0, half), test = inside.Slice(half, samples - half);
        InDistribution = new World(Dictionary.Decode(train)!, train, Dictionary.Decode(test)!, test, Dictionary);
        OutOfDistribution = new World(Dictionary.Decode(train)!, train, Dictionary.Decode(outside)!, outside, Dictionary);
    }

    /// <summary>m.</summary>
    public static int Dimension(int sources, int active, double ratio) => Math.Max(1, (int)Math.Ceiling(ratio * active * Math.Log((double)sources / active)));

    /// <summary>n.</summary>
    public int Sources { get; }

    /// <summary>k.</summary>
    public int Active { get; }

    /// <summary>m.</summary>
    public int Measurements { get; }

    /// <summary>The true dictionary.</summary>
    public AtomDictionary Dictionary { get; }

    /// <summary>To learn from, and to measure on, in distribution.</summary>
    public World InDistribution { get; }

    /// <summary>The same to learn from; measured out of distribution.</summary>
    public World OutOfDistribution { get; }

    private int[] With(Random random, int from, int to) => [0, .. Pick(random, from, to, Math.Min(Active - 1, to - from))];

    /// <summary>Distinct sources of a range, rising.</summary>
    private static int[] Pick(Random random, int from, int to, int count)
    {
        var picked = new SortedSet<int>();
        while (picked.Count < count)
        {
            picked.Add(random.Next(from, to));
        }

        return [.. picked];
    }

    /// <summary>Codes with these supports and the values of other codes.</summary>
    private static SparseCodes Codes(int rows, SparseCodes values, int first, Func<int, int[]> support)
    {
        var offsets = new int[rows + 1];
        var atoms = new List<int>();
        var entries = new List<float>();
        for (int row = 0; row < rows; row++)
        {
            int[] sources = support(row);
            ReadOnlySpan<float> drawn = values[first + row].Values;
            for (int i = 0; i < sources.Length; i++)
            {
                atoms.Add(sources[i]);
                entries.Add(drawn[i]);
            }

            offsets[row + 1] = atoms.Count;
        }

        return SparseCodes.FromRows(values.AtomCount, offsets, atoms.ToArray(), entries.ToArray());
    }
}

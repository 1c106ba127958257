namespace SparseCoding.Benchmarks.Kernels;

/// <summary>The sizes of a real sparse autoencoder, and random data of those shapes.</summary>
internal static class KernelData
{
    public const int Dimension = 768;
    public const int Atoms = 16384;
    public const int Batch = 1024;
    public const int Active = 32;

    /// <summary>Approximately normal numbers, the same in every run.</summary>
    public static float[] Normal(int length, int seed)
    {
        var random = new Random(seed);
        var values = new float[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = (float)((random.NextDouble() + random.NextDouble() + random.NextDouble() + random.NextDouble()) - 2) * 1.7f;
        }

        return values;
    }

    /// <summary>Supports of exactly <see cref="Active"/> atoms a row, ascending and distinct, [Batch, Active].</summary>
    public static int[] Supports(int seed)
    {
        var random = new Random(seed);
        var indices = new int[Batch * Active];
        for (int row = 0; row < Batch; row++)
        {
            var seen = new SortedSet<int>();
            while (seen.Count < Active)
            {
                _ = seen.Add(random.Next(Atoms));
            }

            seen.CopyTo(indices, row * Active);
        }

        return indices;
    }
}

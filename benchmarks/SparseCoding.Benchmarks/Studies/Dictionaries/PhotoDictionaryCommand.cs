using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "photo-dictionary --images 'folder/image_*.npy' [--atoms 256] [--lambda 0.1] [--patches 100000] [--passes 4] [--out docs/results/photo-dictionary]": a dictionary of 8 x 8 patches of
/// grey photographs (uint8 .npy), learned online, as a picture and a page with its figures.
/// </summary>
internal static class PhotoDictionaryCommand
{
    private const int Side = 8;
    private const int Dimension = Side * Side;
    private const int Held = 5000;

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] args)
    {
        string pattern = DictionaryArguments.Option(args, "--images", string.Empty), output = DictionaryArguments.Option(args, "--out", Path.Combine("docs", "results", "photo-dictionary"));
        int atoms = DictionaryArguments.Option(args, "--atoms", 256), count = DictionaryArguments.Option(args, "--patches", 100_000), passes = DictionaryArguments.Option(args, "--passes", 4);
        float lambda = float.Parse(DictionaryArguments.Option(args, "--lambda", "0.1"), CultureInfo.InvariantCulture);
        if (pattern.Length == 0)
        {
            Console.Error.WriteLine("photo-dictionary needs --images 'folder/image_*.npy': grey photographs, uint8.");
            return 2;
        }

        string[] files = [.. Directory.GetFiles(Path.GetDirectoryName(Path.GetFullPath(pattern))!, Path.GetFileName(pattern)).Order(StringComparer.Ordinal)];
        float[] patches = Patches(files, count + Held);
        Tensor<float> train = Tensor.Create(patches.AsSpan(0, count * Dimension).ToArray(), [count, Dimension]);
        Tensor<float> held = Tensor.Create(patches.AsSpan(count * Dimension).ToArray(), [Held, Dimension]);
        var learning = new DictionaryLearningOptions { BatchSize = 1000, Iterations = passes * count / 1000, Forgetting = 3, Restarts = 1, Seed = 1, Update = new BlockCoordinateUpdate { Sweeps = 1 } };
        long from = Stopwatch.GetTimestamp();
        LassoEncoder trained = new LassoEncoder(new LassoOptions { AtomCount = atoms, Lambda = lambda, GapTolerance = 1e-4f }, learning).Fit(train);
        double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        SparseCodes codes = trained.Encode(held);
        AtomDictionary sorted = ByEnergy(trained.Dictionary, codes);
        new AtomGridChart($"{atoms} atoms of 8 x 8 photograph patches", sorted, Side, Side).Save(output + ".svg", 560, 590);
        (double objective, double unexplained, double l0) = Figures(trained.Dictionary, codes, patches.AsSpan(count * Dimension), lambda);
        SparseCodes pursued = new OmpEncoder(trained.Dictionary, new OmpOptions { MaxActive = 5 }).Encode(held);
        (_, double pursuit, _) = Figures(trained.Dictionary, pursued, patches.AsSpan(count * Dimension), 0);
        AtomDictionary random = new AtomDictionary(patches.AsSpan(0, atoms * Dimension).ToArray(), Dimension).Normalized();
        (double before, _, _) = Figures(random, new LassoEncoder(random, trained.Options with { AtomCount = null }).Encode(held), patches.AsSpan(count * Dimension), lambda);
        string text = string.Create(CultureInfo.InvariantCulture, $"""
            # A dictionary of photograph patches

            Written by `benchmarks -- photo-dictionary`: {count:N0} random 8 x 8 patches of {files.Length} grey photographs, brightness 0 to 1, the mean of each patch removed. `LassoEncoder.Fit` with {atoms} atoms,
            lambda {lambda}, block coordinate descent, batches of 1000, {passes} passes, forgetting 3. Figures are of {Held:N0} patches that were not learned from.

            ![The atoms, those with the most energy first]({Path.GetFileName(output)}.svg)

            | | |
            |---|---|
            | objective, mean of ½‖x − zD‖² + λ‖z‖₁, held out | {objective:F4} |
            | the same with {atoms} random patches as atoms, such as learning begins with | {before:F4} |
            | share of the variance unexplained | {unexplained:P1} |
            | active atoms of a patch | {l0:F1} of {atoms} |
            | unexplained by OMP with 5 atoms on the same dictionary | {pursuit:P1} |
            | replaced atoms | {trained.Training!.Replacements.Count} |
            | seconds of learning | {seconds:F1} ({(double)trained.Training.Rows / seconds:N0} patches a second, {trained.Training.Device}, {Environment.ProcessorCount} cores) |

            """);
        File.WriteAllText(output + ".md", text);
        Console.Write(text);
        return 0;
    }

    private static float[] Patches(string[] files, int count)
    {
        var images = files.Select(DictionaryArguments.Read).ToArray();
        var stream = new RandomStream(7L, "photo.patches");
        var patches = new float[count * Dimension];
        for (int i = 0; i < count; i++)
        {
            (float[] pixels, int rows, int columns) = images[stream.NextInt(images.Length)];
            int top = stream.NextInt(rows - Side + 1), left = stream.NextInt(columns - Side + 1);
            Span<float> patch = patches.AsSpan(i * Dimension, Dimension);
            for (int r = 0; r < Side; r++)
            {
                pixels.AsSpan(((top + r) * columns) + left, Side).CopyTo(patch[(r * Side)..]);
            }

            TensorPrimitives.Divide(patch, 255, patch);
            TensorPrimitives.Subtract(patch, TensorPrimitives.Sum<float>(patch) / Dimension, patch);
        }

        return patches;
    }

    /// <summary>Atoms in falling order of the energy of their codes, so that the picture begins with what matters.</summary>
    private static AtomDictionary ByEnergy(AtomDictionary dictionary, SparseCodes codes)
    {
        var energy = new double[dictionary.AtomCount];
        for (int i = 0; i < codes.NonZeroCount; i++)
        {
            energy[codes.Atoms[i]] += codes.Values[i] * codes.Values[i];
        }

        float[] atoms = [.. Enumerable.Range(0, dictionary.AtomCount).OrderByDescending(k => energy[k]).SelectMany(k => dictionary.AtomValues.Slice(k * Dimension, Dimension).ToArray())];
        return new AtomDictionary(atoms, Dimension);
    }

    private static (double Objective, double Unexplained, double L0) Figures(AtomDictionary dictionary, SparseCodes codes, ReadOnlySpan<float> signals, float lambda)
    {
        double error = 0, total = 0, l1 = 0;
        var decoded = new float[Dimension];
        for (int row = 0; row < codes.RowCount; row++)
        {
            ReadOnlySpan<float> signal = signals.Slice(row * Dimension, Dimension);
            dictionary.DecodeRow(codes[row], decoded);
            error += Math.Pow(TensorPrimitives.Distance<float>(decoded, signal), 2);
            total += TensorPrimitives.SumOfSquares(signal);
        }

        foreach (float value in codes.Values)
        {
            l1 += Math.Abs(value);
        }

        return (((0.5 * error) + (lambda * l1)) / codes.RowCount, error / total, (double)codes.NonZeroCount / codes.RowCount);
    }
}

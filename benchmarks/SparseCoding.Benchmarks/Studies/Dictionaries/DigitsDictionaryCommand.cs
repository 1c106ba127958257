using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Text;
using System.Text.Json;
using SparseCoding.Formats;

namespace SparseCoding.Benchmarks;

/// <summary>
/// "digits-dictionary --digits digits.npy [--atoms 128] [--active 8] [--python python3] [--out docs/results/digits-dictionary]": dictionaries of handwritten digits by each
/// update, and by scikit-learn's DictionaryLearning at several alphas, all coded by OMP with the same number of atoms on held-out digits.
/// </summary>
internal static class DigitsDictionaryCommand
{
    private const int Train = 1500;

    /// <summary>Runs it; returns the process exit code.</summary>
    public static int Run(string[] args)
    {
        string path = DictionaryArguments.Option(args, "--digits", string.Empty), output = DictionaryArguments.Option(args, "--out", Path.Combine("docs", "results", "digits-dictionary"));
        string python = DictionaryArguments.Option(args, "--python", "python3"), script = DictionaryArguments.Option(args, "--script", Path.Combine("benchmarks", "comparisons", "digits_dictionary_sklearn.py"));
        int atoms = DictionaryArguments.Option(args, "--atoms", 128), active = DictionaryArguments.Option(args, "--active", 8);
        if (path.Length == 0)
        {
            Console.Error.WriteLine("digits-dictionary needs --digits digits.npy: [samples, 64].");
            return 2;
        }

        (float[] values, int rows, int dimension) = DictionaryArguments.Read(path);
        Center(values, dimension);
        Tensor<float> train = Tensor.Create(values.AsSpan(0, Train * dimension).ToArray(), [Train, dimension]);
        Tensor<float> test = Tensor.Create(values.AsSpan(Train * dimension).ToArray(), [rows - Train, dimension]);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Handwritten digits: K-SVD and the other updates against scikit-learn

            Written by `benchmarks -- digits-dictionary`: {Train} digits to learn from, {rows - Train} held out, 8 x 8, divided by 16, the mean digit removed; {atoms} atoms. Every dictionary is coded by OMP with
            {active} atoms, so the sparsity is the same and the share of unexplained variance is compared. One thread each, wall clock. scikit-learn learns with its l1 penalty alpha (it has no K-SVD) and is shown at three of them.

            | dictionary | unexplained, learned from | unexplained, held out | active atoms | seconds |
            |---|---|---|---|---|

            """);
        var context = new RunContext { Threads = 1 };
        foreach ((string name, DictionaryUpdate update) in ((string, DictionaryUpdate)[])
            [("K-SVD", DictionaryUpdate.KSvd), ("approximate K-SVD", DictionaryUpdate.ApproximateKSvd), ("MOD", DictionaryUpdate.Mod), ("block coordinate descent", DictionaryUpdate.BlockCoordinate)])
        {
            var learning = new DictionaryLearningOptions { Update = update, Iterations = 60, Restarts = 1, Seed = 1, BatchSize = 0 };
            long from = Stopwatch.GetTimestamp();
            OmpEncoder trained = new OmpEncoder(new OmpOptions { AtomCount = atoms, MaxActive = active }, learning).Fit(train, context);
            double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
            Line(text, name, trained.Dictionary, train, test, active, seconds);
        }

        foreach (float lambda in (float[])[0.1f, 0.3f])
        {
            long from = Stopwatch.GetTimestamp();
            LassoEncoder trained = new LassoEncoder(new LassoOptions { AtomCount = atoms, Lambda = lambda, GapTolerance = 1e-4f }, new DictionaryLearningOptions { Iterations = 60, Restarts = 1, Seed = 1, BatchSize = 0 }).Fit(train, context);
            double seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
            Line(text, string.Create(CultureInfo.InvariantCulture, $"block coordinate descent, learned by the Lasso, lambda {lambda}"), trained.Dictionary, train, test, active, seconds);
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("digits-dictionary-");
        try
        {
            string data = Path.Combine(folder.FullName, "train.npy");
            NpyFile.Write<float>(data, values.AsSpan(0, Train * dimension), Train, dimension);
            string versions = string.Empty;
            foreach (string alpha in (string[])["0.1", "0.3", "1"])
            {
                string result = Path.Combine(folder.FullName, "atoms.npy");
                using JsonDocument json = JsonDocument.Parse(DictionaryArguments.Python(python, script, data, result, atoms.ToString(CultureInfo.InvariantCulture), alpha));
                versions = json.RootElement.GetProperty("versions").GetString()!;
                (float[] learned, _, _) = DictionaryArguments.Read(result);
                Line(text, $"scikit-learn DictionaryLearning, cd, alpha {alpha}", new AtomDictionary(learned, dimension).Normalized(), train, test, active, json.RootElement.GetProperty("seconds").GetDouble());
            }

            text.Append(CultureInfo.InvariantCulture, $"\n{versions}\n");
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        File.WriteAllText(output + ".md", text.ToString());
        Console.Write(text);
        return 0;
    }

    private static void Center(float[] values, int dimension)
    {
        TensorPrimitives.Divide(values, 16, values);
        var mean = new float[dimension];
        for (int row = 0; row < Train; row++)
        {
            TensorPrimitives.Add(mean, values.AsSpan(row * dimension, dimension), mean);
        }

        TensorPrimitives.Divide(mean, Train, mean);
        for (int row = 0; row < values.Length / dimension; row++)
        {
            Span<float> signal = values.AsSpan(row * dimension, dimension);
            TensorPrimitives.Subtract(signal, mean, signal);
        }
    }

    private static void Line(StringBuilder text, string name, AtomDictionary dictionary, Tensor<float> train, Tensor<float> test, int active, double seconds)
    {
        var omp = new OmpEncoder(dictionary, new OmpOptions { MaxActive = active });
        (double Unexplained, double L0) On(Tensor<float> signals)
        {
            SparseCodes codes = omp.Encode(signals);
            float[] x = new float[signals.FlattenedLength], y = new float[signals.FlattenedLength];
            signals.FlattenTo(x);
            dictionary.Decode(codes).FlattenTo(y);
            return (Math.Pow(TensorPrimitives.Distance<float>(x, y), 2) / TensorPrimitives.SumOfSquares<float>(x), (double)codes.NonZeroCount / codes.RowCount);
        }

        (double learned, _) = On(train);
        (double held, double l0) = On(test);
        text.Append(CultureInfo.InvariantCulture, $"| {name} | {learned:P2} | {held:P2} | {l0:F1} | {seconds:F1} |\n");
    }
}

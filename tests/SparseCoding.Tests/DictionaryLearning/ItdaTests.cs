using System.Numerics.Tensors;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>ITDA: what is added, what is not, and the comparison of two dictionaries by the rows they chose.</summary>
public sealed class ItdaTests
{
    private const int D = 12;

    [Test]
    public void Fit_BasisThenSparseMixtures_AddsNothingMore()
    {
        var random = new Random(3);
        float[] data = new float[(D + 300) * D];
        for (int i = 0; i < D; i++)
        {
            data[(i * D) + i] = 2 + i;
        }

        for (int row = D; row < D + 300; row++)
        {
            for (int k = 0; k < 3; k++)
            {
                data[(row * D) + random.Next(D)] = (float)(random.NextDouble() - 0.5);
            }
        }

        ItdaDictionary learned = new ItdaLearner(new ItdaOptions { MaxActive = 3, BatchSize = D, Tolerance = 1e-8f }).Fit(Tensor.Create(data, [D + 300, D]));
        Assert.That(learned.SampleIds, Is.EqualTo(Enumerable.Range(0, D).Select(i => (long)i)));
        Assert.That(learned.IsFull, Is.False);
        Assert.That(DictionaryWorld.SquaredError(Tensor.Create(data, [D + 300, D]), learned.Dictionary, learned.CreateEncoder().Encode(Tensor.Create(data, [D + 300, D]))), Is.LessThan(1e-8));
    }

    [Test]
    public void Fit_RotatedData_ChoosesTheSameRows()
    {
        Tensor<float> data = Data(5);
        float[] x = Values(data);
        double angle = 0.7;
        var rotated = new float[x.Length];
        for (int row = 0; row < x.Length / D; row++)
        {
            for (int c = 0; c < D; c += 2)
            {
                (float a, float b) = (x[(row * D) + c], x[(row * D) + c + 1]);
                rotated[(row * D) + c] = (float)((Math.Cos(angle) * a) - (Math.Sin(angle) * b));
                rotated[(row * D) + c + 1] = (float)((Math.Sin(angle) * a) + (Math.Cos(angle) * b));
            }
        }

        ItdaDictionary one = Learn(data), two = Learn(Tensor.Create(rotated, data.Lengths));
        Assert.That(ItdaDictionary.Jaccard(one, two), Is.EqualTo(1));
        Assert.That(ItdaDictionary.Jaccard(one, Learn(Data(99))), Is.LessThan(0.7), "other data");
    }

    [Test]
    public void Jaccard_RotationsWithMoreNoise_FallsSteadily()
    {
        Tensor<float> data = Data(6);
        ItdaDictionary clean = Learn(data);
        float[] noise = TestMatrices.Normal<float>(400, D, 8);
        double last = 1;
        foreach (float level in (float[])[0.02f, 0.2f, 1f])
        {
            float[] noisy = [.. Values(data).Zip(noise, (a, b) => a + (level * b))];
            double similarity = ItdaDictionary.Jaccard(clean, Learn(Tensor.Create(noisy, data.Lengths)));
            Assert.That(similarity, Is.LessThan(last), $"noise {level}");
            last = similarity;
        }
    }

    [Test]
    public void Fit_LargerToleranceOrALimit_GivesFewerAtoms()
    {
        Tensor<float> data = Data(7);
        int Count(float tolerance, bool skip = true) => Learn(data, tolerance, skip: skip).SampleIds.Count;
        Assert.That(Count(0.005f), Is.GreaterThan(Count(0.02f)));
        Assert.That(Count(0.02f), Is.GreaterThanOrEqualTo(Count(0.06f)));
        ItdaDictionary limited = Learn(data, 0.005f, 15);
        Assert.That((limited.SampleIds.Count, limited.IsFull), Is.EqualTo((15, true)));

        // Twenty copies of one odd signal in a batch: near-copies enter together only when asked.
        float[] x = Values(data);
        for (int row = 300; row < 320; row++)
        {
            for (int c = 0; c < D; c++)
            {
                x[(row * D) + c] = c == 3 ? 5 : -1 + (0.001f * row);
            }
        }

        data = Tensor.Create(x, data.Lengths);
        Assert.That(Learn(data, 0.003f).SampleIds.Count(i => i is >= 300 and < 320), Is.AtMost(1));
        Assert.That(Learn(data, 0.003f, skip: false).SampleIds.Count(i => i is >= 300 and < 320), Is.Zero.Or.EqualTo(20));
    }

    [Test]
    public void Fit_BadDataOrZeros_IsNamed() => Assert.Multiple(() =>
    {
        Assert.That(MessageOf<ArgumentException>(() => new ItdaLearner().Fit(new float[3, 4])), Does.Contain("norm 0"));
        Assert.Catch<ArgumentNullException>(() => new ItdaLearner().Fit(null!));
        ItdaDictionary one = new ItdaLearner().Fit(new float[,] { { 0, 0 }, { 3, 4 }, { 0, 0 } });
        Assert.That(one.SampleIds, Is.EqualTo(new[] { 1L }));
        Assert.That(DictionaryWorld.Atoms(one.Dictionary), Is.EqualTo(new[] { 0.6f, 0.8f }).Within(1e-6));
    });

    private static Tensor<float> Data(int seed) => Tensor.Create(TestMatrices.Signals(TestMatrices.Codes<float>(400, 40, 3, seed), TestMatrices.Dictionary<float>(40, D, 4), 40, D), [400, D]);

    private static ItdaDictionary Learn(Tensor<float> data, float tolerance = 0.02f, int most = 8192, bool skip = true) =>
        new ItdaLearner(new ItdaOptions { MaxActive = 3, BatchSize = 100, Tolerance = tolerance, MaxAtoms = most, SkipNearCopies = skip }).Fit(data);
}

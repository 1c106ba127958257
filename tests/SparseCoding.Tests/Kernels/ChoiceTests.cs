using SparseCoding.Backends;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class ChoiceTests
{
    private static readonly float[] Special =
        [0f, -0f, 1f, -1f, 0.5f, -0.5f, 0.75f, float.Epsilon, 3e38f, -3e38f, float.PositiveInfinity, float.NegativeInfinity, float.NaN];

    private delegate void Binary(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> output);

    private static readonly (string Name, Binary Run, Func<float, float, float> Oracle)[] Operations =
    [
        ("mask", Choice.Mask, (a, b) => b == 0 ? 0 : a),
        ("above", Choice.Above, (a, b) => a > b ? a : 0),
        ("near", (a, b, t) => Choice.Near(a, b, 3, 0.5f, t), (a, b) => Math.Abs(a - b) < 0.5f ? 3 : 0),
        ("divide", (a, b, t) => Choice.Divide(a, b, -2, t), (a, b) => b == 0 ? 0 : -2 * a / b),
        ("sign", (a, _, t) => Choice.Sign(a, 0.25f, t), (a, _) => a > 0 ? 0.25f : a < 0 ? -0.25f : a == 0 ? 0 : float.NaN),
        ("inverse root", (a, _, t) => Choice.InverseSquareRoot(a, 0.5f, t), (a, _) => a > 0.5f ? 1 / MathF.Sqrt(a) : 0),
    ];

    [Test]
    public void Choice_AllLengthsOnGuardPages_EqualsOracleBitForBit()
    {
        using var left = new GuardedMemory<float>(256);
        using var right = new GuardedMemory<float>(256);
        using var output = new GuardedMemory<float>(256);
        for (int n = 0; n <= 256; n++)
        {
            float[] x = [.. Enumerable.Range(0, n).Select(i => Special[((i * 7) + n) % Special.Length])], y = [.. Enumerable.Range(0, n).Select(i => Special[((i * 5) + (n / 13)) % Special.Length])];
            foreach ((string name, Binary run, Func<float, float, float> oracle) in Operations)
            {
                int[] expected = [.. x.Zip(y, (a, b) => Bits(oracle(a, b)))];
                Span<float> end = output.AtEnd(n);
                run(left.AtEnd(x), right.AtEnd(y), end);
                Assert.That(end.ToArray().Select(Bits), Is.EqualTo(expected), $"{name}, n = {n}");
                Span<float> inPlace = output.AtStart(x);
                run(inPlace, right.AtStart(y), inPlace);
                Assert.That(inPlace.ToArray().Select(Bits), Is.EqualTo(expected), $"{name}, n = {n}, in place");
            }
        }
    }

    [Test]
    public void Map_OfAnyWidth_BroadcastsRowColumnAndScalar([Values(1, 2, 5, 16, 100, 511, 512, 513, 1200)] int columns, [Values(1, 3, 40)] int rows)
    {
        using var backend = new CpuBackend(1);
        var random = new Random((columns * 50) + rows);
        float[] x = Draw(rows * columns);
        foreach ((int bRows, int bColumns) in ((int, int)[])[(1, columns), (rows, 1), (1, 1)])
        {
            float[] y = Draw(bRows * bColumns);
            using DeviceMatrix a = backend.Adopt([.. x], rows, columns), b = backend.Adopt(y, bRows, bColumns), t = backend.Allocate(rows, columns);
            backend.Map(MapOperation.Multiply, t, a, b);
            var found = new float[x.Length];
            backend.Read(t, 0, found);
            float[] expected = [.. x.Select((v, i) => v * y[(bRows == 1 ? 0 : i / columns * bColumns) + (bColumns == 1 ? 0 : i % columns)])];
            Assert.That(found, Is.EqualTo(expected), $"b [{bRows}, {bColumns}]");
        }

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    // One NaN is as good as another.
    private static int Bits(float value) => float.IsNaN(value) ? int.MinValue + 1 : BitConverter.SingleToInt32Bits(value);
}

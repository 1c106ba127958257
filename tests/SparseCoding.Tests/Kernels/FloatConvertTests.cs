using System.Runtime.InteropServices;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Kernels;

public sealed class FloatConvertTests
{
    [Test]
    public void FromHalf_AllBitPatterns_EqualsTheRuntime()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        var actual = new float[65536];
        FloatConvert.FromHalf(MemoryMarshal.AsBytes<ushort>(patterns), actual);
        var back = new byte[2 * 65536];
        FloatConvert.ToHalf(actual, back);
        ushort[] round = MemoryMarshal.Cast<byte, ushort>(back).ToArray();
        for (int i = 0; i < patterns.Length; i++)
        {
            float expected = (float)BitConverter.UInt16BitsToHalf(patterns[i]);
            if (float.IsNaN(expected))
            {
                Assert.That(float.IsNaN(actual[i]) && Half.IsNaN(BitConverter.UInt16BitsToHalf(round[i])), Is.True);
            }
            else if (expected != actual[i] || round[i] != patterns[i])
            {
                Assert.Fail($"pattern {i:X4}");
            }
        }
    }

    [Test]
    public void ToHalf_BetweenTwoHalves_RoundsToNearestEven()
    {
        for (int i = 0; i < 0x7C00; i++)
        {
            double low = (double)BitConverter.UInt16BitsToHalf((ushort)i);
            double high = i == 0x7BFF ? 65536 : (double)BitConverter.UInt16BitsToHalf((ushort)(i + 1));
            float middle = (float)((low + high) / 2);
            var bytes = new byte[6];
            FloatConvert.ToHalf([middle, MathF.BitDecrement(middle), MathF.BitIncrement(middle)], bytes);
            ushort[] actual = MemoryMarshal.Cast<byte, ushort>(bytes).ToArray();
            if (actual[0] != (i % 2 == 0 ? i : i + 1) || actual[1] != i || actual[2] != i + 1)
            {
                Assert.Fail($"after {i:X4}: {actual[0]:X4} {actual[1]:X4} {actual[2]:X4}");
            }
        }
    }

    [Test]
    public void BFloat16_AllBitPatterns_RoundTrip()
    {
        ushort[] patterns = [.. Enumerable.Range(0, 65536).Select(i => (ushort)i)];
        var actual = new float[65536];
        FloatConvert.FromBFloat16(MemoryMarshal.AsBytes<ushort>(patterns), actual);
        var back = new byte[2 * 65536];
        FloatConvert.ToBFloat16(actual, back);
        ushort[] round = MemoryMarshal.Cast<byte, ushort>(back).ToArray();
        for (int i = 0; i < patterns.Length; i++)
        {
            bool quieted = float.IsNaN(actual[i]) && round[i] == (patterns[i] | 0x40);
            if (BitConverter.SingleToUInt32Bits(actual[i]) != (uint)i << 16 || (round[i] != patterns[i] && !quieted))
            {
                Assert.Fail($"pattern {i:X4}");
            }
        }
    }

    [Test]
    public void ToBFloat16_Ties_RoundToEven()
    {
        uint[] bits = [0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x7F7FFFFF, 0xBF818000, 0x7F800001, 0xFF800000];
        ushort[] expected = [0x3F80, 0x3F82, 0x3F81, 0x3F80, 0x7F80, 0xBF82, 0x7FC0, 0xFF80];
        foreach (int repeat in new[] { 1, 9 })
        {
            float[] values = [.. Enumerable.Range(0, repeat).SelectMany(_ => bits).Select(BitConverter.UInt32BitsToSingle)];
            var bytes = new byte[2 * values.Length];
            FloatConvert.ToBFloat16(values, bytes);
            Assert.That(MemoryMarshal.Cast<byte, ushort>(bytes).ToArray(), Is.EqualTo(Enumerable.Range(0, repeat).SelectMany(_ => expected)));
        }
    }

    [Test]
    public void Conversions_AllLengthsUnalignedOnGuardPages_EqualScalarConversion()
    {
        using var bytes = new GuardedMemory<byte>((8 * 256) + 1);
        using var floats = new GuardedMemory<float>(256);
        var random = new Random(1);
        for (int n = 0; n <= 256; n++)
        {
            double[] values = [.. Enumerable.Range(0, n).Select(_ => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-45, 40)))];
            float[] singles = [.. values.Select(v => (float)v)];
            foreach (bool atEnd in new[] { true, false })
            {
                Span<float> target = atEnd ? floats.AtEnd(n) : floats.AtStart(n);
                Span<byte> source = Place(bytes, 8 * n, atEnd);
                MemoryMarshal.AsBytes<double>(values).CopyTo(source);
                FloatConvert.FromDouble(source, target);
                Assert.That(target.ToArray(), Is.EqualTo(singles), $"double, n = {n}");

                Span<byte> half = Place(bytes, 2 * n, atEnd);
                FloatConvert.ToHalf(target, half);
                Assert.That(MemoryMarshal.Cast<byte, Half>(half).ToArray(), Is.EqualTo(singles.Select(v => (Half)v)), $"half, n = {n}");
                FloatConvert.FromHalf(half, target);
                Assert.That(target.ToArray(), Is.EqualTo(singles.Select(v => (float)(Half)v)), $"half, n = {n}");

                singles.CopyTo(target);
                Span<byte> brain = Place(bytes, 2 * n, atEnd);
                FloatConvert.ToBFloat16(target, brain);
                Assert.That(MemoryMarshal.Cast<byte, ushort>(brain).ToArray(), Is.EqualTo(singles.Select(FloatConvert.BFloat16FromSingle)));
                FloatConvert.FromBFloat16(brain, target);
                Assert.That(
                    target.ToArray(), Is.EqualTo(singles.Select(v => FloatConvert.SingleFromBFloat16(FloatConvert.BFloat16FromSingle(v)))));

                singles.CopyTo(target);
                Span<byte> single = Place(bytes, 4 * n, atEnd);
                FloatConvert.ToSingle(target, single);
                target.Clear();
                FloatConvert.FromSingle(single, target);
                Assert.That(target.ToArray(), Is.EqualTo(singles));
            }
        }
    }

    /// <summary>At the end aligned with the guard; at the start one byte off any alignment.</summary>
    private static Span<byte> Place(GuardedMemory<byte> memory, int length, bool atEnd) =>
        atEnd ? memory.AtEnd(length) : memory.AtStart(length + 1)[1..];
}

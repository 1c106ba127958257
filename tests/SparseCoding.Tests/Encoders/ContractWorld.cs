using System.Numerics.Tensors;

namespace SparseCoding.Tests.Encoders;

/// <summary>The small worlds of the contract suite, the same in every run, and comparisons that name the first difference.</summary>
internal static class ContractWorld
{
    public const int Atoms = 12;
    public const int Dimension = 8;
    public const int Rows = 37;

    /// <summary>12 atoms of norm 1 in 8 dimensions, no offset, scale 1.</summary>
    public static AtomDictionary Plain { get; } = new(TestMatrices.Dictionary<float>(Atoms, Dimension, 7), Dimension);

    /// <summary>The same directions with norms from 0.5 to 2, an offset and a scale.</summary>
    public static AtomDictionary Affine { get; } = MakeAffine();

    /// <summary>64 atoms in 32 dimensions: with <see cref="ManySignals"/> the work is cut into several blocks.</summary>
    public static AtomDictionary Large { get; } = new(TestMatrices.Dictionary<float>(64, 32, 8), 32);

    /// <summary>37 signals of 3 active atoms of <see cref="Plain"/>, non-negative codes, a little noise.</summary>
    public static Tensor<float> Signals { get; } = Make(Plain, Rows, 3, 11);

    /// <summary>2100 signals of 4 active atoms of <see cref="Large"/>.</summary>
    public static Tensor<float> ManySignals { get; } = Make(Large, 2100, 4, 13);

    public static Tensor<float> Make(AtomDictionary dictionary, int rows, int active, int seed)
    {
        float[] codes = TestMatrices.Codes<float>(rows, dictionary.AtomCount, active, seed, nonNegative: true);
        return Tensor.Create(TestMatrices.Signals(codes, dictionary.AtomValues.ToArray(), dictionary.AtomCount, dictionary.Dimension, 0.02, seed), [rows, dictionary.Dimension]);
    }

    /// <summary>All values of a tensor, row by row.</summary>
    public static float[] Values(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }

    /// <summary>A matrix of the given rows of another one.</summary>
    public static Tensor<float> Pick(Tensor<float> signals, params ReadOnlySpan<int> rows)
    {
        int dimension = (int)signals.Lengths[1];
        float[] all = Values(signals);
        var picked = new float[rows.Length * dimension];
        for (int i = 0; i < rows.Length; i++)
        {
            all.AsSpan(rows[i] * dimension, dimension).CopyTo(picked.AsSpan(i * dimension));
        }

        return Tensor.Create(picked, [rows.Length, dimension]);
    }

    /// <summary>The same matrix with one value replaced.</summary>
    public static Tensor<float> With(Tensor<float> signals, int row, int column, float value)
    {
        float[] all = Values(signals);
        all[(row * (int)signals.Lengths[1]) + column] = value;
        return Tensor.Create(all, signals.Lengths);
    }

    public static Tensor<float> Negated(Tensor<float> signals) => Tensor.Create(Array.ConvertAll(Values(signals), v => -v), signals.Lengths);

    public static void AssertSameBits(SparseCodes actual, SparseCodes expected, string what)
    {
        Assert.That(actual.AtomCount, Is.EqualTo(expected.AtomCount), what);
        Assert.That(actual.RowOffsets.SequenceEqual(expected.RowOffsets), Is.True, () => $"{what}: other row offsets");
        Assert.That(actual.Atoms.SequenceEqual(expected.Atoms), Is.True, () => $"{what}: other atoms");
        AssertSameBits(actual.Values, expected.Values, what + ": values");
    }

    public static void AssertSameBits(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), what);
        for (int i = 0; i < actual.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(actual[i]) != BitConverter.SingleToInt32Bits(expected[i]))
            {
                Assert.Fail($"{what}: {actual[i]:R} where {expected[i]:R} was expected, at place {i} of {actual.Length}");
            }
        }
    }

    public static void AssertSameBits(AtomDictionary actual, AtomDictionary expected, string what)
    {
        AssertSameBits(actual.AtomValues, expected.AtomValues, what + ": atoms");
        AssertSameBits(actual.OffsetValues, expected.OffsetValues, what + ": offset");
        Assert.That(actual.Scale, Is.EqualTo(expected.Scale), what);
    }

    /// <summary>Every dense entry within a tolerance, which is relative to 1 + the largest code.</summary>
    public static void AssertClose(SparseCodes actual, SparseCodes expected, float tolerance, string what)
    {
        Assert.That((actual.RowCount, actual.AtomCount), Is.EqualTo((expected.RowCount, expected.AtomCount)), what);
        float[] a = Values(actual.ToDense()), b = Values(expected.ToDense());
        float bound = tolerance * (1 + b.Select(Math.Abs).DefaultIfEmpty().Max());
        for (int i = 0; i < a.Length; i++)
        {
            if (!(Math.Abs(a[i] - b[i]) <= bound))
            {
                Assert.Fail($"{what}: {a[i]:R} where {b[i]:R} ± {bound:G3} was expected, at row {i / actual.AtomCount}, atom {i % actual.AtomCount}");
            }
        }
    }

    /// <summary>Runs the action, which must throw exactly this family, and gives the message.</summary>
    public static string MessageOf<TException>(Action action)
        where TException : Exception => Assert.Catch<TException>(action)!.Message;

    private static AtomDictionary MakeAffine()
    {
        float[] atoms = Plain.AtomValues.ToArray();
        for (int i = 0; i < atoms.Length; i++)
        {
            atoms[i] *= 0.5f + (1.5f * (i / Dimension) / (Atoms - 1));
        }

        float[] offset = [.. Enumerable.Range(0, Dimension).Select(i => 0.25f * (i - 3))];
        return new AtomDictionary(Tensor.Create(atoms, [Atoms, Dimension]), offset, 3.7f);
    }
}

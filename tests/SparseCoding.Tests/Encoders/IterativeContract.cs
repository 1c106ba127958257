using System.Numerics.Tensors;
using static SparseCoding.Tests.Encoders.ContractWorld;

namespace SparseCoding.Tests.Encoders;

/// <summary>What an encoder that solves on any dictionary keeps besides: offset, scale and norms of the dictionary are part of the problem.</summary>
/// <typeparam name="TEncoder">The encoder.</typeparam>
public abstract class IterativeContract<TEncoder> : EncoderContract<TEncoder>
    where TEncoder : class, IEncoder
{
    /// <summary>A constructor call with a dictionary of the caller's making, which may be null.</summary>
    protected abstract TEncoder Construct(IDictionary dictionary);

    /// <inheritdoc/>
    protected override TEncoder Create(AtomDictionary dictionary) => Construct(dictionary);

    [Test]
    public void Encode_AffineDictionary_SolvesTheTransformedProblem()
    {
        Tensor<float> signals = Make(Affine, Rows, 3, 17);
        var linear = new AtomDictionary(Affine.ToTensor());
        float[] x = Values(signals), offset = Affine.OffsetValues.ToArray(), u = new float[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            x[i] += offset[i % Dimension];
            u[i] = (x[i] - offset[i % Dimension]) / Affine.Scale;
        }

        SparseCodes expected = Construct(linear).Encode(Tensor.Create(u, signals.Lengths), Request());
        SparseCodes actual = Construct(Affine).Encode(Tensor.Create(x, signals.Lengths), Request());
        Assert.That(actual.NonZeroCount, Is.GreaterThan(Rows));
        AssertClose(actual, expected, 1e-5f, "codes of x on the affine dictionary");
    }

    [Test]
    public void Encode_AffineDictionary_LeavesLessErrorThanTheOffsetAlone()
    {
        Tensor<float> signals = Make(Affine, Rows, 2, 19);
        double Error(SparseCodes codes)
        {
            float[] decoded = Values(Affine.Decode(codes)), x = Values(signals);
            return x.Zip(decoded, (a, b) => ((double)a - b) * (a - b)).Sum();
        }

        double nothing = Error(SparseCodes.FromDense(new float[Rows, Atoms]));
        Assert.That(Error(Construct(Affine).Encode(signals, Request())), Is.LessThan(0.7 * nothing));
    }

    [Test]
    public void Construct_BadDictionary_IsNamed()
    {
        Assert.That(Assert.Catch<ArgumentNullException>(() => Construct(null!))!.ParamName, Is.EqualTo("dictionary"));
        foreach ((OddDictionary odd, string word) in (ReadOnlySpan<(OddDictionary, string)>)
        [
            (new OddDictionary { Atoms = 0 }, "atoms"),
            (new OddDictionary { Output = 0 }, "dimension"),
            (new OddDictionary { Value = float.NaN }, "atom 0"),
            (new OddDictionary { Offset = float.PositiveInfinity }, "offset"),
            (new OddDictionary { Scale = 0 }, "scale"),
            (new OddDictionary { Scale = float.NaN }, "scale"),
            (new OddDictionary { Input = Dimension + 1 }, "transcoder"),
        ])
        {
            ArgumentException error = Assert.Catch<ArgumentException>(() => Construct(odd))!;
            Assert.That(error.Message.ToLowerInvariant(), Does.Contain(word));
            Assert.That(error.ParamName, Is.EqualTo("dictionary"));
        }
    }

    [Test]
    public void Construct_DictionaryOfTheCallers_GivesTheSameCodes()
    {
        var own = new OddDictionary { Source = Affine };
        AssertSameBits(Construct(own).Encode(Signals, Request()), Construct(Affine).Encode(Signals, Request()), "codes on a dictionary of the caller's class");
    }

    /// <summary>A dictionary of a class that the library does not know, sound unless told otherwise.</summary>
    private sealed class OddDictionary : IDictionary
    {
        public AtomDictionary? Source { get; init; }

        public int Atoms { get; init; } = ContractWorld.Atoms;

        public int Input { get; init; } = Dimension;

        public int Output { get; init; } = Dimension;

        public float Value { get; init; } = 1;

        public float Offset { get; init; }

        public float Scale
        {
            get => Source?.Scale ?? field;
            init;
        } = 1;

        public int AtomCount => Atoms;

        public int InputDimension => Input;

        public int OutputDimension => Output;

        public void CopyAtoms(int firstAtom, Span<float> target)
        {
            if (Source is null)
            {
                target.Fill(Value);
            }
            else
            {
                Source.CopyAtoms(firstAtom, target);
            }
        }

        public void CopyNorms(Span<float> target) => target.Fill(1);

        public void CopyOffset(Span<float> target)
        {
            if (Source is null)
            {
                target.Fill(Offset);
            }
            else
            {
                Source.CopyOffset(target);
            }
        }

        public Tensor<float> Decode(SparseCodes codes, CancellationToken cancellationToken = default) => throw new NotSupportedException();
    }
}

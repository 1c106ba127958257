using System.Numerics.Tensors;
using SparseCoding.Tests.Encoders;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>Planted worlds and the updates that are tried on them.</summary>
internal static class DictionaryWorld
{
    /// <summary>Every update, with a number of alternations that is enough for the planted world.</summary>
    public static readonly DictionaryUpdate[] Updates =
    [
        DictionaryUpdate.BlockCoordinate,
        DictionaryUpdate.Mod,
        DictionaryUpdate.KSvd,
        DictionaryUpdate.ApproximateKSvd,
        DictionaryUpdate.Gradient(new Schedule { Value = 0.03f, DecayShare = 0.5 }, steps: 3),
    ];

    /// <summary>Signed sparse mixtures of a random dictionary.</summary>
    public static (Tensor<float> Signals, AtomDictionary Dictionary) Planted(int atoms, int dimension, int active, int rows, int seed, bool nonNegative = false)
    {
        float[] d = TestMatrices.Dictionary<float>(atoms, dimension, seed);
        if (nonNegative)
        {
            for (int i = 0; i < d.Length; i++)
            {
                // Half of the entries are zero: parts, as a non-negative factorisation finds them.
                d[i] = Math.Max(d[i], 0);
            }
        }

        AtomDictionary dictionary = new AtomDictionary(d, dimension).Normalized();
        float[] codes = TestMatrices.Codes<float>(rows, atoms, active, seed + 1, nonNegative);
        return (Tensor.Create(TestMatrices.Signals(codes, dictionary.AtomValues.ToArray(), atoms, dimension, 0, seed), [rows, dimension]), dictionary);
    }

    public static float[] Atoms(AtomDictionary dictionary) => dictionary.AtomValues.ToArray();

    public static double SquaredError(Tensor<float> signals, AtomDictionary dictionary, SparseCodes codes)
    {
        float[] x = ContractWorld.Values(signals), y = ContractWorld.Values(dictionary.Decode(codes));
        return x.Zip(y, (a, b) => (double)(a - b) * (a - b)).Sum();
    }
}

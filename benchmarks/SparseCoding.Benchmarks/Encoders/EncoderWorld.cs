using System.Globalization;

namespace SparseCoding.Benchmarks.Encoders;

/// <summary>
/// A world for encoder benchmarks: unit Gaussian atoms, signed normal codes with a fixed number of active atoms, a little noise. The same bits in
/// every run.
/// </summary>
internal sealed class EncoderWorld
{
    /// <summary>The paper's world.</summary>
    public const string Paper = "8x16, 3 active";

    /// <summary>A small dictionary: everything in L2.</summary>
    public const string Small = "64x256, 8 active";

    /// <summary>The size on which classical solvers are compared.</summary>
    public const string Middle = "256x1024, 32 active";

    /// <summary>A sparse autoencoder of a language model.</summary>
    public const string Large = "768x16384, 32 active";

    private EncoderWorld(int dimension, int atoms, int active, int samples)
    {
        Dimension = dimension;
        AtomCount = atoms;
        Active = active;
        Data = SyntheticData.Generate(new SyntheticDataOptions
        {
            Sources = atoms,
            Measurements = dimension,
            Active = active,
            Samples = samples,
            Codes = dimension == 8 ? CodeDistribution.HalfNormal : CodeDistribution.Normal,
            Noise = dimension == 8 ? 0 : 0.05f,
            Seed = 1,
        });
    }

    /// <summary>Dimension of the signals.</summary>
    public int Dimension { get; }

    /// <summary>Atoms of the dictionary.</summary>
    public int AtomCount { get; }

    /// <summary>Active atoms of a true code.</summary>
    public int Active { get; }

    /// <summary>Signals, true codes and dictionary.</summary>
    public SyntheticData Data { get; }

    /// <summary>λ at which a Lasso code has some ten times fewer active atoms than the signal has dimensions, up to all of the true ones.</summary>
    public float Lambda => Dimension == 8 ? 0.05f : 0.3f;

    /// <summary>The world of a text "dimension x atoms, k active".</summary>
    public static EncoderWorld Create(string size, int samples)
    {
        int[] numbers = [.. size.Split('x', ',', ' ').Where(part => part.Length > 0 && char.IsAsciiDigit(part[0])).Select(part => int.Parse(part, CultureInfo.InvariantCulture))];
        return new EncoderWorld(numbers[0], numbers[1], numbers[2], samples);
    }
}

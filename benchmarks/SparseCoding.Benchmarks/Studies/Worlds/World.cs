namespace SparseCoding.Benchmarks;

/// <summary>
/// One of the paper's worlds: 16 sources, 8 measurements, exactly 3 active half-normal codes, 1024 signals to train on and 1024 to test on.
/// The data's seed is the world's number, the initialisation's seed that number + 42, so both vary from world to world.
/// </summary>
internal sealed class World
{
    /// <summary>Number N of sources.</summary>
    public const int Sources = 16;

    /// <summary>Dimension M of a signal.</summary>
    public const int Measurements = 8;

    /// <summary>Signals of each half.</summary>
    public const int Samples = 1024;

    /// <summary>λ of ½‖x − zD‖² + λ‖z‖₁: the paper's 0.01 at these sizes.</summary>
    public const float Lambda = 0.0025f;

    /// <summary>Draws a world.</summary>
    public World(int number)
    {
        Number = number;
        var data = SyntheticData.Generate(new SyntheticDataOptions { Sources = Sources, Measurements = Measurements, Active = 3, Samples = 2 * Samples, Seed = number });
        (Train, Test) = data.Split(0.5);
        Dictionary = data.Dictionary;
    }

    /// <summary>Number of the world, and seed of its data.</summary>
    public int Number { get; }

    /// <summary>Seed of every initialisation.</summary>
    public long InitializationSeed => Number + 42;

    /// <summary>First half.</summary>
    public SyntheticData Train { get; }

    /// <summary>Second half: every figure is measured on it.</summary>
    public SyntheticData Test { get; }

    /// <summary>The true dictionary.</summary>
    public AtomDictionary Dictionary { get; }

    /// <summary>One thread: the problems are tiny.</summary>
    public RunContext Context { get; } = new() { Threads = 1 };

    /// <summary>Codes of the test half.</summary>
    public SparseCodes Encode(IEncoder encoder, SparseCodes? warmStart = null) => Detailed(encoder, warmStart).Codes;

    /// <summary>Codes of the test half, with what happened at each signal.</summary>
    public EncodeResult Detailed(IEncoder encoder, SparseCodes? warmStart = null) =>
        encoder.EncodeDetailed(Test.Signals, new EncodeRequest { Context = Context, WarmStart = warmStart });

    /// <summary>Latent and dictionary MCC (exact matching), L0 and the mean objective at <see cref="Lambda"/> of an encoder on the test half.</summary>
    public Dictionary<string, double> Measure(IEncoder encoder)
    {
        SparseCodes codes = Encode(encoder);
        var values = new Dictionary<string, double>
        {
            [Figures.Latent] = Mcc.Between(Test.Codes, codes).Value,
            [Figures.Active] = (double)codes.NonZeroCount / codes.RowCount,
        };
        if (encoder.Decoder is AtomDictionary dictionary)
        {
            values[Figures.Dictionary] = Mcc.Between(Dictionary, dictionary).Value;
            values[Figures.Objective] = Objective(codes, dictionary);
        }

        return values;
    }

    /// <summary>Mean over the test half of ½‖x − x̂‖² + λ‖z‖₁ with the true λ.</summary>
    public double Objective(SparseCodes codes, AtomDictionary dictionary)
    {
        var signals = new float[Samples * Measurements];
        ((SignalView)Test.Signals).CopyRows(0, Samples, signals);
        var decoded = new float[Measurements];
        double sum = 0;
        for (int row = 0; row < Samples; row++)
        {
            dictionary.DecodeRow(codes[row], decoded);
            for (int i = 0; i < Measurements; i++)
            {
                double error = signals[(row * Measurements) + i] - decoded[i];
                sum += 0.5 * error * error;
            }

            foreach (float value in codes[row].Values)
            {
                sum += Lambda * Math.Abs(value);
            }
        }

        return sum / Samples;
    }
}

namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Signals whose codes and dictionary are known, in two halves: one to learn from, one that every figure is measured on.</summary>
internal sealed class World
{
    private const double ActiveThreshold = 1e-4; // of the paper; exp codes are never exactly 0

    /// <summary>A world of halves that exist already.</summary>
    public World(ActivationSource train, SparseCodes trainCodes, ActivationSource test, SparseCodes testCodes, AtomDictionary dictionary)
    {
        (Train, TrainCodes, Test, TestCodes, Dictionary) = (train, trainCodes, test, testCodes, dictionary);
        TestSignals = new float[checked((int)test.RowCount * test.Dimension)];
        var batch = new SignalBatch((int)test.RowCount, test.Dimension);
        test.Rewind();
        test.Read(batch);
        test.Rewind();
        batch.Signals.CopyTo(TestSignals);
    }

    /// <summary>Signals to learn from, [samples, M].</summary>
    public ActivationSource Train { get; }

    /// <summary>Their codes, [samples, N].</summary>
    public SparseCodes TrainCodes { get; }

    /// <summary>Signals to measure on, [samples, M].</summary>
    public ActivationSource Test { get; }

    /// <summary>The same, row by row.</summary>
    public float[] TestSignals { get; }

    /// <summary>Their codes, [samples, N].</summary>
    public SparseCodes TestCodes { get; }

    /// <summary>The true dictionary, [N, M].</summary>
    public AtomDictionary Dictionary { get; }

    /// <summary>Number N of sources.</summary>
    public int Sources => Dictionary.AtomCount;

    /// <summary>Dimension M of a signal.</summary>
    public int Measurements => Dictionary.Dimension;

    /// <summary>Signals of the test half.</summary>
    public int Samples => TestCodes.RowCount;

    /// <summary>One thread: see <see cref="Runner"/>.</summary>
    public static RunContext Context { get; } = new() { Threads = 1 };

    /// <summary>Draws a world and halves it.</summary>
    public static World Draw(SyntheticDataOptions options)
    {
        var data = SyntheticData.Generate(options);
        var (train, test) = data.Split(0.5);
        return new World(train.Signals!, train.Codes, test.Signals!, test.Codes, data.Dictionary);
    }

    /// <summary>The paper's world: half-normal codes, exactly <paramref name="active"/> of them, no noise, 1024 signals in each half.</summary>
    public static World Draw(int sources, int measurements, int active, long seed) => Draw(Options(sources, measurements, active, seed));

    /// <summary>Options of the paper's world.</summary>
    public static SyntheticDataOptions Options(int sources, int measurements, int active, long seed) =>
        new() { Sources = sources, Measurements = measurements, Active = active, Samples = 2048, Seed = seed };

    /// <summary>Codes of the test half.</summary>
    public SparseCodes Encode(IEncoder encoder, CancellationToken cancellation) =>
        encoder.Encode(SignalView.FromRows(TestSignals, Measurements), new EncodeRequest { Context = Context }, cancellation);

    /// <summary>Every figure of an encoder on the test half.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="paperLambda">λ of the paper's loss.</param>
    /// <param name="cancellation">Stops.</param>
    public Dictionary<string, double> Score(IEncoder encoder, float paperLambda, CancellationToken cancellation)
    {
        Dictionary<string, double> values = Score(Encode(encoder, cancellation), encoder.Decoder, paperLambda, cancellation);
        AddFlops(values, encoder.EncodingFlops(Samples), Measures.EncodeFlops, Measures.EncodePublished);
        return values;
    }

    /// <summary>The same of codes that are there already, but for operations.</summary>
    public Dictionary<string, double> Score(SparseCodes codes, IDecoder decoder, float paperLambda, CancellationToken cancellation)
    {
        EncoderReport report = Evaluation.EvaluateCodes(codes, decoder, Test, TestCodes, Dictionary, new EvaluationOptions { ActiveThreshold = (float)ActiveThreshold, Chance = false }, cancellation);
        var values = new Dictionary<string, double>
        {
            [Measures.Latent] = report.LatentMcc!.Value,
            [Measures.Mse] = report.Mse,
            [Measures.L0] = report.L0,
            [Measures.L1] = report.L1 / codes.AtomCount,
            [Measures.Loss] = report.Mse + (paperLambda * report.L1 / codes.AtomCount),
            [Measures.Shrinkage] = report.Shrinkage!.Slope,
            [Measures.Support] = report.Support!.F1,
        };
        if (report.DictionaryMcc is { } atoms)
        {
            values[Measures.Dictionary] = atoms.Greedy;
            values[Measures.DictionaryExact] = atoms.Value;
        }

        return values;
    }

    /// <summary>Index-aligned correlation of an encoder that learned known codes.</summary>
    public Dictionary<string, double> ScoreAligned(IEncoder encoder, CancellationToken cancellation)
    {
        var values = new Dictionary<string, double> { [Measures.Aligned] = Mcc.Aligned(TestCodes, Encode(encoder, cancellation)) };
        AddFlops(values, encoder.EncodingFlops(Samples), Measures.EncodeFlops, Measures.EncodePublished);
        return values;
    }

    /// <summary>Adds a count by both ways of counting; by the paper's where it has a formula.</summary>
    public static void AddFlops(Dictionary<string, double> values, FlopCount count, string exact, string published)
    {
        values[exact] = (double)count.Value;
        if (count.AsPublished is { } paper)
        {
            values[published] = (double)paper;
        }
    }
}

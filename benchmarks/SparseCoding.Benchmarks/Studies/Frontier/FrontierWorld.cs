namespace SparseCoding.Benchmarks;

/// <summary>Data of the frontier with the sizes of a run on them.</summary>
/// <param name="Name">"zipf" or "brown-lm".</param>
/// <param name="Train">Signals to learn from.</param>
/// <param name="Measured">Signals that no run learns from.</param>
/// <param name="Matched">Some of them, whose codes a pursuit on the same dictionary is compared with.</param>
/// <param name="Atoms">Latents.</param>
/// <param name="Targets">Wanted numbers of active atoms.</param>
/// <param name="Steps">Steps of a plain run.</param>
/// <param name="Batch">Rows of a step.</param>
/// <param name="Normalization">How signals are scaled.</param>
internal sealed record FrontierWorld(string Name, SignalMatrix Train, SignalMatrix Measured, SignalMatrix Matched, int Atoms, double[] Targets, long Steps, int Batch, InputNormalization Normalization)
{
    /// <summary>True codes of <see cref="Measured"/>; null where nobody knows them.</summary>
    public SparseCodes? Codes { get; private init; }

    /// <summary>The true dictionary; null where nobody knows it.</summary>
    public AtomDictionary? Truth { get; private init; }

    /// <summary>As many latents as sources, which a Zipf law draws: the rarest is active in a row of about 170.</summary>
    public static FrontierWorld Zipf()
    {
        SyntheticData all = SyntheticData.Generate(new SyntheticDataOptions { Sources = 128, Measurements = 32, Active = 4, Samples = 20_480, ZipfExponent = 1, Noise = 0.01f, Seed = 11 });
        (SyntheticData train, SyntheticData test) = all.Split(0.8);
        SignalMatrix measured = Of(test);
        return new FrontierWorld(
            "zipf",
            Of(train),
            measured,
            measured,
            128,
            [2, 4, 6, 8],
            3000,
            128,
            InputNormalization.MeanNorm)
        {
            Codes = test.Codes,
            Truth = all.Dictionary,
        };
    }

    /// <summary>The small language model: its last 200 training contexts are measured on, so that the test file stays for final figures.</summary>
    public static FrontierWorld Brown(string folder)
    {
        (SignalMatrix train, SignalMatrix measured) = BrownData.Load(folder, final: false);
        return new FrontierWorld(
            "brown-lm",
            train,
            measured,
            BrownData.SomeContexts(measured, 1600),
            1024,
            [4, 8, 16, 32],
            1500,
            256,
            InputNormalization.MeanNorm);
    }

    /// <summary>Trains and measures.</summary>
    public FrontierRow Measure(SaeArchitecture architecture, double target, long seed, RunContext context)
    {
        SaeEncoder recipe = architecture.Make(Atoms, Train.Dimension, target, Steps, Batch, Normalization, seed), sae = recipe;
        ActivationSource source = ActivationSource.FromView(Train.View);
        double wall = SaeClock.Time(() => sae = recipe.Fit(source, context), out double processor);
        var request = new EncodeRequest { Context = context };
        SparseCodes codes = sae.Encode(Measured.View, request), matched = sae.Encode(Matched.View, request);
        double[] errors = Measured.Errors(sae.Decoder, codes);
        SparsityMetrics sparsity = SparsityMetrics.Measure(codes), some = SparsityMetrics.Measure(matched);
        double energy = Matched.Energies().Sum();
        return new FrontierRow
        {
            Data = Name,
            Selection = architecture.Name,
            Target = architecture.HasTarget ? target : 0,
            Seed = seed,
            L0 = sparsity.L0,
            Fvu = errors.Sum() / Measured.Energies().Sum(),
            Mse = errors.Sum() / Measured.Values.Length,
            MatchedFvu = Matched.Errors(sae.Decoder, matched).Sum() / energy,
            OlsFvu = Matched.PursuitErrors(sae.Dictionary, Math.Min(some.L0, Math.Min(Train.Dimension, Atoms) - 1), PursuitSelection.ErrorReduction, false, context).Sum() / energy,
            Silent = Train.SilentShare(sae, context),
            Mcc = Codes is null ? null : Mcc.Between(Codes, codes).Value,
            DictionaryMcc = Truth is null ? null : Mcc.Between(Truth, sae.Dictionary).Value,
            Steps = recipe.TrainingOptions!.Steps,
            Seconds = Math.Round(wall, 1),
            Processor = Math.Round(processor, 1),
        };
    }

    private static SignalMatrix Of(SyntheticData data)
    {
        SignalView view = data.Signals;
        var values = new float[view.RowCount * view.Dimension];
        view.CopyRows(0, view.RowCount, values);
        return new SignalMatrix(values, view.Dimension);
    }
}

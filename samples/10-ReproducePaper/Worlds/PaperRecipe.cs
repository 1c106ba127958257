namespace SparseCoding.Samples.ReproducePaper;

/// <summary>The paper's encoders and trainings for one world: full batches, Adam at a constant rate, PyTorch's initialisation, no biases, log-codes from −10.</summary>
/// <param name="Sources">N.</param>
/// <param name="Measurements">M.</param>
/// <param name="Samples">Signals of a half.</param>
/// <param name="Steps">Steps of training.</param>
/// <param name="Seed">Seed of the initialisation.</param>
internal sealed record PaperRecipe(int Sources, int Measurements, int Samples, long Steps, long Seed)
{
    /// <summary>The paper's run seed becomes the model's by this.</summary>
    public const int SeedShift = 42;

    /// <summary>Learning rate.</summary>
    public float Rate { get; init; } = 1e-3f;

    /// <summary>The paper's λ, of its mean-and-mean loss.</summary>
    public float Lambda { get; init; } = 0.01f;

    /// <summary>Whether encoder and decoder have biases.</summary>
    public bool Bias { get; init; }

    /// <summary>Whether atoms keep the norms that they get, as in figures 9 to 11; they start at norm 1 all the same.</summary>
    public bool FreeNorm { get; init; }

    /// <summary>Iterations of sparse coding on new signals.</summary>
    public int Iterations { get; init; } = 10_000;

    /// <summary>Learning rate of sparse coding on new signals.</summary>
    public float InferenceRate { get; init; } = 3e-3f;

    /// <summary>How the networks and sparse coding are trained.</summary>
    public TrainingOptions Training => TrainingOptions.Paper(Measurements, Sources, Steps, Seed, Lambda, Rate) with { OffsetStart = OffsetStart.Zero };

    /// <summary>Inference-time optimisation on a dictionary.</summary>
    public ItoOptions Inference => ItoOptions.Paper(Measurements, Sources, Samples, Iterations, Lambda, InferenceRate);

    /// <summary>Affine + ReLU.</summary>
    public SaeEncoder Sae() => new(new SaeOptions { AtomCount = Sources, Bias = Bias, Decoder = new LinearDecoderOptions { UnitNorm = !FreeNorm } }, Training);

    /// <summary>One hidden layer.</summary>
    public MlpEncoder Mlp(int hidden) => new(new MlpOptions { AtomCount = Sources, Hidden = [hidden], Bias = Bias, UnitNorm = !FreeNorm }, Training);

    /// <summary>Codes and dictionary by gradients.</summary>
    public SparseCodingEncoder SparseCoding() => new(
        new SparseCodingOptions { AtomCount = Sources, Lambda = PenaltyScale.FromPaper(Lambda, Measurements, Sources), InitialLogCode = -10, Bias = Bias, UnitNorm = !FreeNorm, Inference = Inference with { Lambda = null } },
        Training with { OffsetStart = OffsetStart.Mean });

    /// <summary>The recipe in words, for the cell.</summary>
    public override string ToString() =>
        FormattableString.Invariant($"paper's recipe: {Steps} steps, rate {Rate}, lambda {Lambda}, {(Bias ? "biases" : "no biases")}{(FreeNorm ? ", free norms" : string.Empty)}, inference {Iterations} at {InferenceRate}, seed {Seed}");
}

namespace SparseCoding.Benchmarks;

/// <summary>One architecture of the family with the recipe that the docs recommend for it (docs/how-to/train-an-sae.md): the study trains with this and nothing else.</summary>
/// <param name="Name">What tables and charts call it.</param>
/// <param name="Selection">Its selection for a wanted number of active atoms in a dimension.</param>
internal sealed record SaeArchitecture(string Name, Func<double, int, Selection> Selection)
{
    /// <summary>The penalty whose weight a controller moves until codes have that many active atoms; null where the selection itself counts.</summary>
    public Func<double, SparsityPenalty>? Penalty { get; init; }

    /// <summary>The decoder for a number of atoms; null is linear with unit norms.</summary>
    public Func<int, SaeDecoderOptions>? Decoder { get; init; }

    /// <summary>Learning rate.</summary>
    public float Rate { get; init; } = 1e-3f;

    /// <summary>Times that for the atoms.</summary>
    public float AtomRateFactor { get; init; } = 6;

    /// <summary>Decay of Adam's second moment.</summary>
    public float Beta2 { get; init; } = 0.99f;

    /// <summary>Share of the run over which the rate falls to 0.</summary>
    public double Decay { get; init; } = 0.5;

    /// <summary>Steps as a factor of a plain run's.</summary>
    public double StepShare { get; init; } = 1;

    /// <summary>
    /// The remedy against dead latents for a number of atoms and of active ones; null has none. AuxK's window is the steps of 256 rows in which a latent that is used as much as the mean
    /// would fire forty times: dead and rare ones learn from what the others leave.
    /// </summary>
    public Func<int, double, DeadLatentRemedy>? Remedy { get; init; } = (atoms, active) => new AuxKRemedy { DeadAfter = Math.Max(2, (long)Math.Round(40.0 * atoms / (256 * active))) };

    /// <summary>Where weights start.</summary>
    public Initialization Start { get; init; } = Initialization.Tied;

    /// <summary>Whether a wanted number of active atoms means anything; otherwise the signals alone decide, and it is trained once for a seed.</summary>
    public bool HasTarget { get; init; } = true;

    /// <summary>Whether codes may be negative.</summary>
    public bool IsSigned => Selection(1, 1) is AbsTopKSelection or SoftThresholdSelection or HardThresholdSelection or OrthogonalPursuitSelection;

    /// <summary>All of them, in the order of tables. Gradient-aware TopK is not among them: its training needs the gradient of a model's loss at each signal, which none of the data has.</summary>
    public static IReadOnlyList<SaeArchitecture> All { get; } =
    [
        new("ReLU", (_, _) => SparseCoding.Selection.Relu) { Penalty = L1, Remedy = null, Decay = 0.2, Beta2 = 0.999f, Rate = 3e-3f, AtomRateFactor = 1 },
        new("ProLU", (_, _) => SparseCoding.Selection.ProLu) { Penalty = L1, Remedy = null, Decay = 0.2, Beta2 = 0.999f, Rate = 1.5e-3f, AtomRateFactor = 1 },
        new("Gated", (_, _) => SparseCoding.Selection.Gated) { Penalty = L1, Remedy = null, Decay = 0.2, Beta2 = 0.999f, Rate = 1.5e-3f, AtomRateFactor = 1 },
        new("JumpReLU", (_, _) => new JumpReluSelection { InitialThreshold = 1, Bandwidth = 1 }) { Penalty = target => new L0Penalty { Weight = Warmed(0.5f), Controller = Controller(target) }, Remedy = null, Decay = 0.2, Beta2 = 0.999f, Rate = 3e-3f, AtomRateFactor = 1 },
        new("TopK", (k, _) => new TopKSelection((int)k)),
        new("BatchTopK", (k, _) => new BatchTopKSelection(k)),
        new("FeatureChoice", (k, _) => new FeatureChoiceSelection(k)),
        new("FeatureChoice, Zipf", (k, _) => new FeatureChoiceSelection(k) { ZipfExponent = 1 }),
        new("AbsTopK", (k, _) => new AbsTopKSelection((int)k)) { Rate = 7e-4f, AtomRateFactor = 1, Beta2 = 0.999f, Remedy = null },
        new("Signed soft", (_, _) => new SoftThresholdSelection(0.1f)) { Penalty = target => new L1Penalty { Weight = Warmed(0.02f), Controller = Controller(target) }, Remedy = null, Decay = 0.2, Beta2 = 0.999f, Rate = 3e-3f, AtomRateFactor = 1 },
        new("Signed hard", (k, dimension) => new HardThresholdSelection((float)(0.3 * Math.Sqrt(dimension / k)))) { Penalty = L1, Remedy = null, Decay = 0.2, Beta2 = 0.999f, Rate = 3e-3f, AtomRateFactor = 1 },
        new("top-AFA", (_, _) => SparseCoding.Selection.TopAfa) { HasTarget = false },
        new("GroupMax", (k, _) => new GroupMaxSelection((int)k)),
        new("Matryoshka, fixed", (k, _) => new TopKSelection((int)k)) { Decoder = atoms => new MatryoshkaDecoderOptions { Prefixes = [atoms / 16, atoms / 4] } },
        new("Matryoshka, random", (k, _) => new TopKSelection((int)k)) { Decoder = _ => new MatryoshkaDecoderOptions { RandomPrefixes = 2 } },
        new("Matching pursuit", (k, _) => new MatchingPursuitSelection((int)k)) { Rate = 2e-3f, AtomRateFactor = 1, Remedy = null, StepShare = 0.25 },
        new("Orthogonal pursuit", (k, _) => new OrthogonalPursuitSelection((int)k)) { Rate = 2e-3f, AtomRateFactor = 1, Remedy = null, StepShare = 0.25 },
        new("Variational", (k, _) => new VariationalTopKSelection((int)k) { Deviation = 0.1f, DivergenceWeight = 1e-4f }),
    ];

    /// <summary>The encoder for a number of atoms and of active ones, trained for so many plain steps; a signed hard threshold is .3 times the size of an entry where that many make a signal of norm √dimension.</summary>
    public SaeEncoder Make(int atoms, int dimension, double active, long steps, int batch, InputNormalization normalization, long seed)
    {
        long own = Math.Max(1, (long)(StepShare * steps));
        var options = new SaeOptions
        {
            AtomCount = atoms,
            Selection = Selection(active, dimension),
            Penalty = Penalty?.Invoke(active),
            Decoder = Decoder?.Invoke(atoms) ?? SaeDecoderOptions.Linear,
            Remedies = Remedy is null ? [] : [Remedy(atoms, active)],
            Normalization = normalization,
        };
        return new SaeEncoder(options, new TrainingOptions
        {
            Steps = own,
            BatchSize = batch,
            LearningRate = new Schedule { Value = Rate, WarmupSteps = Math.Min(100, own / 10), DecayShare = Decay },
            Optimizer = new AdamOptions { Beta2 = Beta2 },
            AtomRateFactor = AtomRateFactor,
            Initialization = Start,
            Seed = seed,
        });
    }

    private static Schedule Warmed(float weight) => new() { Value = weight, WarmupSteps = 300 };

    private static L0Controller Controller(double target) => new() { Target = (float)target };

    private static L1Penalty L1(double target) => new() { Weight = Warmed(1), Controller = Controller(target) };
}

namespace SparseCoding.Tests;

/// <summary>What an SAE can be combined from; the values of one axis exclude each other.</summary>
public enum SaeAxis
{
    /// <summary>Which pre-activations become entries.</summary>
    Selection,

    /// <summary>What the loss adds for sparsity.</summary>
    Penalty,

    /// <summary>How codes become signals.</summary>
    Decoder,

    /// <summary>What is done about dead latents.</summary>
    Remedy,

    /// <summary>How signals are scaled.</summary>
    Units,

    /// <summary>Biases, and where the decoder's starts.</summary>
    Bias,

    /// <summary>How weights start.</summary>
    Start,

    /// <summary>How gradients become steps.</summary>
    Update,

    /// <summary>What the training knows beside the signals.</summary>
    Teacher,
}

/// <summary>What a training may know beside the signals.</summary>
public enum SaeTeacher
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The dictionary.</summary>
    Dictionary,

    /// <summary>The codes.</summary>
    Codes,
}

/// <summary>Options of an encoder, of its training, and the form of Fit.</summary>
public sealed record SaeRecipe(SaeOptions Options, TrainingOptions Training, SaeTeacher Teacher);

/// <summary>One value of one axis: its name in docs/concepts/sae-combinations.md, what it does to a recipe, and what a refusal that names it may call it.</summary>
public sealed record SaeChoice(SaeAxis Axis, string Name, Func<SaeRecipe, SaeRecipe> Apply, params string[] Words)
{
    /// <summary>Dimension of the signals.</summary>
    public const int Dimension = 6;

    /// <summary>Number of atoms.</summary>
    public const int AtomCount = 8;

    /// <summary>Steps of a training.</summary>
    public const int Steps = 20;

    /// <summary>All, the harmless one of each axis first (for the selection a JumpReLU, which takes every value of the other axes).</summary>
    public static readonly SaeChoice[] All =
    [
        Selection(new JumpReluSelection { Bandwidth = 0.5f, InitialThreshold = 0.1f }),
        Selection(SparseCoding.Selection.Relu),
        Selection(new TopKSelection(2) { Annealing = new CountAnnealing { From = 4, Steps = 9 } }),
        Selection(new AbsTopKSelection(2)),
        Selection(new BatchTopKSelection(1.5)),
        Selection(new FeatureChoiceSelection(1.5) { ZipfExponent = 1 }),
        Selection(new FeatureChoiceSelection(1.5) { MutualChoiceSteps = 9 }, " with `MutualChoiceSteps`"),
        Selection(SparseCoding.Selection.GroupMax(3)),
        Selection(new ProLuSelection { StraightThrough = true }),
        Selection(SparseCoding.Selection.Gated),
        Selection(SparseCoding.Selection.SignedSoft(0.1f)),
        Selection(SparseCoding.Selection.SignedHard(0.02f)),
        Selection(new GradientTopKSelection(2)),
        Selection(new TopAfaSelection { LossWeight = 0.25f }),
        Selection(SparseCoding.Selection.MatchingPursuit(2)),
        Selection(SparseCoding.Selection.OrthogonalPursuit(2)),
        Selection(new VariationalTopKSelection(2)),
        Selection(new VariationalTopKSelection(2) { Deviation = null }, " with `Deviation = null`"),
        Penalty(null, "no penalty"),
        Penalty(new L1Penalty { Weight = 0.05f, Controller = new L0Controller { Target = 1 } }),
        Penalty(new L1Penalty { Weight = 0.05f, TimesDecoderNorm = true }, "`L1Penalty` with `TimesDecoderNorm`"),
        Penalty(new L0Penalty { Weight = 0.05f }),
        Penalty(new SquaredL0Penalty { Weight = 0.05f, Target = 1.5 }),
        Penalty(new LpPenalty { Weight = 0.05f, Power = 0.5f, Offset = 0.0625f, FinalPower = 0.25f, Changes = 3, Queue = 2 }),
        Penalty(new TanhPenalty { Weight = 0.05f, Controller = new L0Controller { Target = 1 } }),
        Penalty(new LogPenalty { Weight = new Schedule { Value = 0.05f, WarmupSteps = 5 } }),
        Decoder(new LinearDecoderOptions(), "`LinearDecoderOptions`"),
        Decoder(new LinearDecoderOptions { UnitNorm = false }, "`LinearDecoderOptions` with `UnitNorm = false`", "UnitNorm", "unit norm"),
        Decoder(new LinearDecoderOptions { UnitNorm = false, FoldNorm = true }, "`LinearDecoderOptions` with `FoldNorm`", "FoldNorm", "UnitNorm", "unit norm"),
        Decoder(new MatryoshkaDecoderOptions { Prefixes = [2, 5] }, "`MatryoshkaDecoderOptions`", "Matryoshka"),
        Decoder(new MatryoshkaDecoderOptions { RandomPrefixes = 2, UnitNorm = false }, "`MatryoshkaDecoderOptions` with `UnitNorm = false`", "Matryoshka", "unit norm"),
        Decoder(new TranscoderDecoderOptions { OutputDimension = 4 }, "`TranscoderDecoderOptions`", "transcoder"),
        Decoder(new TranscoderDecoderOptions { OutputDimension = 4, Skip = true, UnitNorm = false }, "`TranscoderDecoderOptions` with `Skip` and `UnitNorm = false`", "transcoder"),
        Decoder(new CrosscoderDecoderOptions { ViewDimensions = [2, 4] }, "`CrosscoderDecoderOptions`", "crosscoder"),
        Decoder(new ArchetypalDecoderOptions { Points = 5 }, "`ArchetypalDecoderOptions`", "archetypal"),
        Decoder(new PolynomialDecoderOptions { Rank = 3, QuadraticRank = 2, CubicRank = 2 }, "`PolynomialDecoderOptions`", "polynomial"),
        new(SaeAxis.Remedy, "no remedy", recipe => recipe),
        Remedy(new AuxKRemedy { K = 2, DeadAfter = 1 }, "AuxK"),
        Remedy(new AuxZipfRemedy { K = 2, DeadAfter = 2, Threshold = 0.5 }, "AuxZipf"),
        Remedy(new ResamplingRemedy { Every = 3, DeadAfter = 1, UntilShare = 1 }, "Resampling"),
        Remedy(new GhostGradientRemedy { DeadAfter = 1 }, "Ghost"),
        Remedy(new PreActivationRemedy { Weight = 0.1f, DeadAfter = 1 }, "pre-activation", "PreActivation"),
        Remedy(new BiasAdaptationRemedy { Groups = 2, BufferSteps = 3, IncreaseRate = 0.1f, DecreaseRate = 0.1f }, "BiasAdaptation"),
        .. Enum.GetValues<InputNormalization>().Select(mode => new SaeChoice(
            SaeAxis.Units,
            $"`Normalization = {mode}`",
            recipe => recipe with { Options = recipe.Options with { Normalization = mode, NormalizationFactor = mode == InputNormalization.Constant ? 0.5f : null } },
            "Normalization = " + mode)),
        new(SaeAxis.Bias, "`Bias`", recipe => recipe),
        new(SaeAxis.Bias, "`Bias = false`", recipe => recipe with { Options = recipe.Options with { Bias = false } }, "Bias"),
        new(SaeAxis.Bias, "`OffsetStart = Zero`", recipe => recipe with { Training = recipe.Training with { OffsetStart = OffsetStart.Zero } }, "OffsetStart"),
        new(SaeAxis.Bias, "`OffsetStart = GeometricMedian`", recipe => recipe with { Training = recipe.Training with { OffsetStart = OffsetStart.GeometricMedian } }, "OffsetStart"),
        .. Enum.GetValues<Initialization>().Select(start => new SaeChoice(SaeAxis.Start, $"`Initialization = {start}`", recipe => recipe with { Training = recipe.Training with { Initialization = start } }, "Initialization")),
        new(SaeAxis.Update, "Adam", recipe => recipe),
        new(SaeAxis.Update, "`SignumOptions`, `ClipNorm`", recipe => recipe with { Training = recipe.Training with { Optimizer = new SignumOptions(), ClipNorm = 0.5f } }, "Signum"),
        new(SaeAxis.Update, "`MuonOptions`", recipe => recipe with { Training = recipe.Training with { Optimizer = new MuonOptions { VectorRate = 0.5f } } }, "Muon"),
        new(SaeAxis.Update, "`AveragingDecay`", recipe => recipe with { Training = recipe.Training with { AveragingDecay = 0.8f } }, "AveragingDecay"),
        new(SaeAxis.Update, "`MicroBatches`", recipe => recipe with { Training = recipe.Training with { MicroBatches = 3 } }, "MicroBatches"),
        new(SaeAxis.Teacher, "`Fit` on signals", recipe => recipe),
        new(SaeAxis.Teacher, "`Fit` on a known dictionary", recipe => recipe with { Teacher = SaeTeacher.Dictionary }, "dictionary"),
        new(SaeAxis.Teacher, "`Fit` on known codes", recipe => recipe with { Teacher = SaeTeacher.Codes }, "codes"),
    ];

    /// <summary>The values of an axis, the harmless one first.</summary>
    public static SaeChoice[] Of(SaeAxis axis) => [.. All.Where(choice => choice.Axis == axis)];

    /// <summary>The harmless values.</summary>
    public static readonly SaeChoice[] Plain = [.. Enum.GetValues<SaeAxis>().Select(axis => Of(axis)[0])];

    /// <summary>The recipe of these choices, and of the harmless value on an axis that none of them is on.</summary>
    public static SaeRecipe Recipe(params IEnumerable<SaeChoice> choices)
    {
        SaeChoice[] given = [.. choices];
        var recipe = new SaeRecipe(new SaeOptions { AtomCount = AtomCount }, new TrainingOptions { Steps = Steps, BatchSize = 16, LearningRate = 0.01f }, SaeTeacher.None);
        return Plain.Select(plain => Array.Find(given, choice => choice.Axis == plain.Axis) ?? plain).Aggregate(recipe, (at, choice) => choice.Apply(at));
    }

    /// <summary>Whether a message calls it by a name.</summary>
    public bool IsNamedIn(string message) => Words.Any(word => message.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public override string ToString() => Name.Replace("`", string.Empty, StringComparison.Ordinal);

    private static SaeChoice Selection(Selection selection, string suffix = "") =>
        new(SaeAxis.Selection, $"`{selection.GetType().Name}`{suffix}", recipe => recipe with { Options = recipe.Options with { Selection = selection } }, selection.GetType().Name);

    private static SaeChoice Penalty(SparsityPenalty? penalty, string? name = null) =>
        new(SaeAxis.Penalty, name ?? $"`{penalty!.GetType().Name}`", recipe => recipe with { Options = recipe.Options with { Penalty = penalty } }, penalty is null ? [] : [penalty.GetType().Name, "penalty"]);

    private static SaeChoice Decoder(SaeDecoderOptions decoder, string name, params string[] words) =>
        new(SaeAxis.Decoder, name, recipe => recipe with { Options = recipe.Options with { Decoder = decoder } }, [decoder.GetType().Name, .. words]);

    private static SaeChoice Remedy(DeadLatentRemedy remedy, params string[] words) =>
        new(SaeAxis.Remedy, $"`{remedy.GetType().Name}`", recipe => recipe with { Options = recipe.Options with { Remedies = [remedy] } }, [remedy.GetType().Name, .. words]);
}

namespace SparseCoding.Benchmarks;

/// <summary>A system of a paper at the size of its claim: its world, its recipe, and the figures of one seed.</summary>
internal abstract class SeedSystem
{
    /// <summary>Name for --part.</summary>
    public abstract string Key { get; }

    /// <summary>Name in the table, with the paper.</summary>
    public abstract string Title { get; }

    /// <summary>The world and its size.</summary>
    public abstract string Size { get; }

    /// <summary>How it is trained, and what that was chosen among (on other seeds).</summary>
    public abstract string Recipe { get; }

    /// <summary>What held it back, or what made it work.</summary>
    public abstract string Why { get; }

    /// <summary>Number of seeds.</summary>
    public virtual int Seeds => 5;

    /// <summary>Claims first, then the figures beside them.</summary>
    public abstract IReadOnlyList<SeedClaim> Claims { get; }

    /// <summary>All figures of one seed, which decides the world and the weights.</summary>
    public abstract Dictionary<string, double> Measure(long seed, RunContext context);

    /// <summary>A run of Adam: warmed up over 50 steps, falling to 0 over the last 30 %.</summary>
    protected static TrainingOptions Training(long seed, int steps, int batch, float rate = 3e-3f) => new()
    {
        Steps = steps,
        BatchSize = batch,
        Seed = seed,
        LearningRate = new Schedule { Value = rate, WarmupSteps = 50, DecayShare = 0.3 },
    };

    /// <summary>Number of atoms that are active in no code.</summary>
    protected static double Dead(SparseCodes codes) => SparsityMetrics.Measure(codes).Dead;

    /// <summary>Σ‖x − x̂‖²/Σ‖x‖² of codes.</summary>
    protected static double Nmse(SaeEncoder sae, SparseCodes codes, SignalView signals) => ReconstructionMetrics.Measure(signals, sae.Decoder.Decode(codes)).Nmse;

    /// <summary>Number of active atoms of each code.</summary>
    protected static double[] Active(SparseCodes codes) => [.. Enumerable.Range(0, codes.RowCount).Select(row => (double)codes[row].Count)];
}

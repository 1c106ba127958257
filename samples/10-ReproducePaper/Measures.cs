namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Names of what is measured, as they stand in rows and tables.</summary>
internal static class Measures
{
    /// <summary>MCC of codes by exact matching.</summary>
    public const string Latent = "latent MCC";

    /// <summary>MCC of atoms by greedy matching, as the paper takes it.</summary>
    public const string Dictionary = "dictionary MCC";

    /// <summary>MCC of atoms by exact matching.</summary>
    public const string DictionaryExact = "dictionary MCC, exact";

    /// <summary>Index-aligned correlation of known codes.</summary>
    public const string Aligned = "aligned MCC";

    /// <summary>Mean squared error of an entry.</summary>
    public const string Mse = "MSE";

    /// <summary>Mean number of codes above 1e-4.</summary>
    public const string L0 = "L0";

    /// <summary>Mean |z| of a code's entry: the paper's L1.</summary>
    public const string L1 = "mean |z|";

    /// <summary>The paper's loss: MSE + λ · mean |z|.</summary>
    public const string Loss = "paper's loss";

    /// <summary>Slope of found codes against true ones: below 1 they shrink.</summary>
    public const string Shrinkage = "slope";

    /// <summary>F1 of the support.</summary>
    public const string Support = "support F1";

    /// <summary>Exact operations of training.</summary>
    public const string TrainFlops = "training FLOPs";

    /// <summary>Operations of training by the paper's formulas.</summary>
    public const string TrainPublished = "training FLOPs, paper's";

    /// <summary>Exact operations of encoding the test half (a bound for solvers).</summary>
    public const string EncodeFlops = "encoding FLOPs";

    /// <summary>Operations of encoding the test half by the paper's formulas.</summary>
    public const string EncodePublished = "encoding FLOPs, paper's";

    /// <summary>1 where training diverged: there is nothing else then.</summary>
    public const string Diverged = "diverged";

    /// <summary>Share of the entries above a threshold.</summary>
    public static string L0Share(double threshold) => FormattableString.Invariant($"share above {threshold}");
}

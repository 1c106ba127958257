namespace SparseCoding.Benchmarks;

/// <summary>Names of what is measured in a world.</summary>
internal static class Figures
{
    /// <summary>Latent MCC, exact matching.</summary>
    public const string Latent = "latent MCC";

    /// <summary>Mean Pearson correlation of equal indices, without matching.</summary>
    public const string Aligned = "aligned MCC";

    /// <summary>Dictionary MCC, exact matching.</summary>
    public const string Dictionary = "dictionary MCC";

    /// <summary>Mean number of entries that are not zero.</summary>
    public const string Active = "L0";

    /// <summary>Mean of ½‖x − x̂‖² + λ‖z‖₁, λ = .0025.</summary>
    public const string Objective = "objective";

    /// <summary>Latent MCC of the same encoder on the true dictionary.</summary>
    public const string OnTruth = "latent MCC on the true dictionary";

    /// <summary>Share of the signals whose duality gap reached the encoder's own tolerance.</summary>
    public const string Converged = "converged share";

    /// <summary>Median iterations until the duality gap is at most that share of ½‖x‖².</summary>
    public static string Iterations(double gap) => FormattableString.Invariant($"median iterations to gap {gap}");

    /// <summary>Share of the signals that got there.</summary>
    public static string Reached(double gap) => FormattableString.Invariant($"share reaching gap {gap}");
}

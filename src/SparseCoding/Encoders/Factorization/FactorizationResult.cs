namespace SparseCoding;

/// <summary>What a matrix factorisation X ≈ ZD found: the dictionary (atoms of norm 1), the codes of the signals it was learned from, and how it went.</summary>
public sealed record FactorizationResult
{
    /// <summary>Atoms, [atoms, dimension], of norm 1 (0 for an atom that was given up).</summary>
    public required AtomDictionary Dictionary { get; init; }

    /// <summary>Codes of the signals that were factorised, [samples, atoms], not negative.</summary>
    public required SparseCodes Codes { get; init; }

    /// <summary>Iterations, objective curve, cost.</summary>
    public required TrainingRecord Record { get; init; }

    /// <summary>λ of the l1 penalty on the codes.</summary>
    public required float Lambda { get; init; }

    /// <summary>An encoder for new signals: non-negative least squares on the dictionary (the non-negative Lasso where there is a penalty).</summary>
    public LassoEncoder CreateEncoder() => new(Dictionary, new LassoOptions { Lambda = Lambda, NonNegative = true });
}

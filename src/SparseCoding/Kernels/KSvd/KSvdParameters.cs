namespace SparseCoding.Kernels;

/// <summary>What a K-SVD sweep does with each atom.</summary>
internal readonly record struct KSvdParameters
{
    /// <summary>Whether the largest singular pair is found; otherwise power steps from the present pair.</summary>
    public bool Exact { get; init; }

    /// <summary>Power steps for each atom.</summary>
    public int Passes { get; init; }

    /// <summary>λ of the coder: coefficients are shrunk by it.</summary>
    public float Lambda { get; init; }

    /// <summary>Whether atoms must not have negative entries.</summary>
    public bool NonNegativeAtoms { get; init; }

    /// <summary>Whether coefficients must not be negative.</summary>
    public bool NonNegativeCodes { get; init; }
}

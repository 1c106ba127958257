namespace SparseCoding;

/// <summary>How a non-negative factorisation is iterated.</summary>
public enum NmfMethod
{
    /// <summary>Hierarchical alternating least squares (Cichocki and Phan 2009), what scikit-learn calls cd: one entry of a code, or one atom, at a time.</summary>
    Hals,

    /// <summary>Multiplicative updates (Lee and Seung 2001). Slower; an entry that is 0 stays 0.</summary>
    Multiplicative,
}

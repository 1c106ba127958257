namespace SparseCoding;

/// <summary>How the locally competitive algorithm turns a potential into a coefficient.</summary>
public enum LcaThreshold
{
    /// <summary>What is above λ: the Lasso.</summary>
    Soft,

    /// <summary>All of it, where it is above λ: a local minimum with the number of active atoms as penalty.</summary>
    Hard,
}

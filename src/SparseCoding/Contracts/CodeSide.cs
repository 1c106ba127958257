namespace SparseCoding;

/// <summary>Which sign of a latent's values is asked for. The two directions of a signed latent may mean different things.</summary>
public enum CodeSide
{
    /// <summary>Values above 0, the largest first.</summary>
    Positive,

    /// <summary>Values below 0, the smallest first.</summary>
    Negative,

    /// <summary>Both, the largest magnitude first.</summary>
    Either,
}

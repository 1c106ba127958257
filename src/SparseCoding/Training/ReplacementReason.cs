namespace SparseCoding;

/// <summary>Why learning replaced an atom.</summary>
public enum ReplacementReason
{
    /// <summary>No code used it, or its norm was 0.</summary>
    Unused,

    /// <summary>Fewer signals used it than <c>DictionaryLearningOptions.MinUsage</c> asks for.</summary>
    RarelyUsed,

    /// <summary>Its direction was that of another atom, up to sign and <c>DictionaryLearningOptions.MaxCoherence</c>.</summary>
    Duplicate,
}

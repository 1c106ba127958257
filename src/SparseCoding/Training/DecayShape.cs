namespace SparseCoding;

/// <summary>How a schedule ends.</summary>
public enum DecayShape
{
    /// <summary>Straight to the final value.</summary>
    Linear,

    /// <summary>Along half a cosine to the final value.</summary>
    Cosine,
}

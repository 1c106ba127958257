namespace SparseCoding;

/// <summary>How the value of an active source is drawn.</summary>
public enum CodeDistribution
{
    /// <summary>|N(0, 1)|, never negative: what the code of O'Neill and Klindt (2024) draws. Mean √(2/π).</summary>
    HalfNormal = 0,

    /// <summary>N(0, 1), signed: what the text of that paper says.</summary>
    Normal,

    /// <summary>U(0, 1), as in Barin-Pacela et al. (2026).</summary>
    Uniform,
}

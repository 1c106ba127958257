using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What a nearest-atom code is.</summary>
public sealed record NearestAtomOptions
{
    /// <summary>One-hot, or with the best coefficient.</summary>
    /// <value>Default: <see cref="NearestAtomCoding.OneHot"/>.</value>
    public NearestAtomCoding Coding
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Whether a projection must not have a negative coefficient; refused with one-hot codes, which never have.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }
}

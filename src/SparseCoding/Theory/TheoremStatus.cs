namespace SparseCoding;

/// <summary>How sure a line of a <see cref="TheoremReport"/> is.</summary>
public enum TheoremStatus
{
    /// <summary>Holds: by shape, by exhaustion, by a certified bound, or by an encoder's own run well above round-off.</summary>
    Proved,

    /// <summary>Measured on samples or bounded on one side only: evidence, no proof. Guides are of this kind.</summary>
    Estimated,

    /// <summary>Shown not to hold.</summary>
    Failed,

    /// <summary>Has no meaning here, or was not asked for.</summary>
    NotApplicable,
}

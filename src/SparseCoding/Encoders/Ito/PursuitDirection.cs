namespace SparseCoding;

/// <summary>Along what a gradient pursuit moves the coefficients of its active atoms (Blumensath and Davies 2008).</summary>
public enum PursuitDirection
{
    /// <summary>The gradient on the active atoms.</summary>
    Gradient = 0,

    /// <summary>The gradient made conjugate to the direction before: nearly orthogonal matching pursuit, for little more.</summary>
    NearlyConjugate,

    /// <summary>The gradient made conjugate to all directions before: conjugate gradient pursuit, which with a step for each atom is orthogonal matching pursuit.</summary>
    Conjugate,
}

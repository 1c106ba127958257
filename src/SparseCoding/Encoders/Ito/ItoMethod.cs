namespace SparseCoding;

/// <summary>How inference-time optimisation finds codes.</summary>
public enum ItoMethod
{
    /// <summary>Adam on a parametrisation of non-negative codes, for the Lasso objective (O'Neill and Klindt 2024).</summary>
    Gradient,

    /// <summary>Gradient pursuit: an atom for each step, then one step along the gradient on the active atoms, or along a conjugate direction (<see cref="ItoOptions.Direction"/>; Blumensath and Davies 2008; Nanda et al. 2024).</summary>
    GradientPursuit,

    /// <summary>Matching pursuit: the best atom's coefficient is corrected in each step (Mallat and Zhang 1993).</summary>
    MatchingPursuit,
}

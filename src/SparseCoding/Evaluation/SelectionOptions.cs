using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>How λ or a number of active atoms is selected.</summary>
public sealed record SelectionOptions
{
    /// <summary>Whether coefficients must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>The smallest λ that is looked at, as a share of the largest one at which a code is not zero; between 0 and 1. Not used to select a number of atoms.</summary>
    /// <value>Default: 1e-3, as scikit-learn's LassoCV.</value>
    public double SmallestLambda
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 1e-3;

    /// <summary>Values of λ that cross-validation compares, in geometric steps, at least 2.</summary>
    /// <value>Default: 50.</value>
    public int Candidates
    {
        get;
        init => field = Throw.AtLeast(value, 2);
    } = 50;

    /// <summary>Folds of cross-validation, at least 2 and at most the dimension.</summary>
    /// <value>Default: 5.</value>
    public int Folds
    {
        get;
        init => field = Throw.AtLeast(value, 2);
    } = 5;

    /// <summary>Seed of the order in which the entries of the signals are dealt to folds; null for contiguous folds, as scikit-learn's KFold.</summary>
    /// <value>Default: 0.</value>
    public long? Seed { get; init; } = 0;
}

using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// The k pre-activations of largest magnitude of each row, with their signs: the projection onto vectors of at most k non-zeros ("AbsTopK", arXiv
/// 2510.00404). Codes are signed; a zero is never active.
/// </summary>
public sealed record AbsTopKSelection : Selection
{
    /// <summary>Keeps k.</summary>
    /// <param name="k">Active atoms of each code, at least 1.</param>
    public AbsTopKSelection(int k) => K = k;

    /// <summary>Active atoms of each code, at least 1.</summary>
    public int K
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>A larger number of active atoms at the start of training, which falls to K; null has none.</summary>
    /// <value>Default: null.</value>
    public CountAnnealing? Annealing { get; init; }

    internal override SelectionRule Rule => new(SelectionKind.AbsTopK, K);

    internal override bool IsSigned => true;

    internal override void Validate(int atomCount)
    {
        Annealing?.Validate(K, atomCount);
        if (K > atomCount)
        {
            Throw.Argument($"AbsTopK keeps {K} atoms, but the encoder has only {atomCount}.", nameof(K));
        }
    }
}

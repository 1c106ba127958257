using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>The k largest pre-activations of each row that are positive.</summary>
public sealed record TopKSelection : Selection
{
    /// <summary>Keeps k.</summary>
    /// <param name="k">Active atoms of each code, at least 1.</param>
    public TopKSelection(int k) => K = k;

    /// <summary>Active atoms of each code, at least 1.</summary>
    public int K
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>A larger number of active atoms at the start of training, which falls to K; null has none.</summary>
    /// <value>Default: null.</value>
    public CountAnnealing? Annealing { get; init; }

    internal override SelectionRule Rule => new(SelectionKind.TopK, K);

    internal override void Validate(int atomCount)
    {
        Annealing?.Validate(K, atomCount);
        if (K > atomCount)
        {
            Throw.Argument($"TopK keeps {K} atoms, but the encoder has only {atomCount}.", nameof(K));
        }
    }
}

using System.Text.Json.Serialization;
using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Which pre-activations of an amortised encoder become entries of the code. A pure value; at inference it never depends on other rows.</summary>
[JsonDerivedType(typeof(ReluSelection), "relu")]
[JsonDerivedType(typeof(TopKSelection), "topk")]
[JsonDerivedType(typeof(JumpReluSelection), "jumprelu")]
public abstract record Selection
{
    private protected Selection()
    {
    }

    /// <summary>z = max(pre, 0): every positive pre-activation.</summary>
    public static Selection Relu { get; } = new ReluSelection();

    /// <summary>The k largest pre-activations of each row, negative ones set to 0; ties go to the lower index (Gao et al. 2024).</summary>
    /// <param name="k">Active atoms of each code, at least 1.</param>
    public static Selection TopK(int k) => new TopKSelection(k);

    internal abstract SelectionRule Rule { get; }

    /// <summary>Checks the selection against the number of atoms.</summary>
    internal virtual void Validate(int atomCount)
    {
    }
}

/// <summary>z = max(pre, 0).</summary>
public sealed record ReluSelection : Selection
{
    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);
}

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

    internal override SelectionRule Rule => new(SelectionKind.TopK, K);

    internal override void Validate(int atomCount)
    {
        if (K > atomCount)
        {
            Throw.Argument($"TopK keeps {K} atoms, but the encoder has only {atomCount}.", nameof(K));
        }
    }
}

/// <summary>z = pre where pre exceeds the atom's own threshold, else 0 (Rajamanoharan et al. 2024). The thresholds are part of the encoder's state.</summary>
public sealed record JumpReluSelection : Selection
{
    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);
}

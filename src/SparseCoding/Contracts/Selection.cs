using System.Text.Json.Serialization;
using SparseCoding.Backends;

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

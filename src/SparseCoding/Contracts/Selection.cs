using System.Text.Json.Serialization;
using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>Which pre-activations of an amortised encoder become entries of the code. A pure value; at inference it never depends on other rows.</summary>
[JsonDerivedType(typeof(ReluSelection), "relu")]
[JsonDerivedType(typeof(TopKSelection), "topk")]
[JsonDerivedType(typeof(JumpReluSelection), "jumprelu")]
[JsonDerivedType(typeof(AbsTopKSelection), "abstopk")]
[JsonDerivedType(typeof(BatchTopKSelection), "batchtopk")]
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

    /// <summary>z = pre where it exceeds the atom's own threshold, which is learned by straight-through gradients (Rajamanoharan et al. 2024).</summary>
    public static Selection JumpRelu { get; } = new JumpReluSelection();

    /// <summary>The k pre-activations of largest magnitude in each row, with their signs; ties go to the lower index.</summary>
    /// <param name="k">Active atoms of each code, at least 1.</param>
    public static Selection AbsTopK(int k) => new AbsTopKSelection(k);

    /// <summary>The k · rows largest positive pre-activations of a whole training batch; encoding compares with the threshold that was learned meanwhile (Bussmann et al. 2024).</summary>
    /// <param name="k">Mean number of active atoms, positive; need not be whole.</param>
    public static Selection BatchTopK(double k) => new BatchTopKSelection(k);

    internal abstract SelectionRule Rule { get; }

    /// <summary>Vectors [atoms] that a trained encoder keeps besides weights and biases, by their names in its file.</summary>
    internal virtual IReadOnlyList<string> VectorNames => [];

    /// <summary>Whether codes may have negative entries.</summary>
    internal virtual bool IsSigned => false;

    /// <summary>The most active atoms that a code can have; null where only the number of atoms bounds them.</summary>
    internal virtual double? MostActive => Rule.Kind == SelectionKind.Relu ? null : Rule.K;

    /// <summary>Checks the selection against the number of atoms.</summary>
    internal virtual void Validate(int atomCount)
    {
    }
}

using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Gradient-aware TopK (arXiv 2411.10397): with the gradient g of a downstream loss at each signal and a_j = |d_j · g|, the k largest scores z_j(1 + β a_j) of the
/// positive pre-activations z are kept, with the values z; no gradient flows through the score. Training needs batches with
/// <see cref="SignalBatch.Gradients"/> (unless β is 0, which is TopK to the bit). <see cref="SaeEncoder.EncodeWithGradients"/> encodes by the same score; without gradients encoding
/// is a plain TopK, and <see cref="EncodeResult.Remark"/> says so.
/// </summary>
public sealed record GradientTopKSelection : Selection
{
    /// <summary>Keeps k.</summary>
    /// <param name="k">Active atoms of each code, at least 1.</param>
    public GradientTopKSelection(int k) => K = k;

    /// <summary>Active atoms of each code, at least 1.</summary>
    public int K
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Weight β of the gradient, not negative; 0 is a plain TopK.</summary>
    /// <value>Default: 1.</value>
    public float Beta
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1;

    /// <summary>Starts with more active atoms; null keeps K throughout.</summary>
    /// <value>Default: null.</value>
    public CountAnnealing? Annealing { get; init; }

    /// <summary>Name of the mean of a in a file.</summary>
    internal const string MeanName = "encoder.gradient_mean";

    /// <summary>Whether a is divided by its mean, so that β has no unit: in training that of the batch, in encoding the running mean (decay 0.99) of those.</summary>
    /// <value>Default: true.</value>
    public bool Normalize { get; init; } = true;

    internal override SelectionRule Rule => new(SelectionKind.TopK, K);

    internal override IReadOnlyList<string> VectorNames => [MeanName];

    internal override bool NeedsLinearDecoder => true;

    internal override bool LearnsFromCodes => false;

    internal override string? EncodingRemark => Beta == 0 ? null : "no gradients at encoding: plain TopK";

    internal override void Validate(int atomCount)
    {
        Annealing?.Validate(K, atomCount);
        if (K > atomCount)
        {
            Throw.Argument($"Gradient-aware TopK keeps {K} atoms, but the encoder has only {atomCount}.", nameof(K));
        }
    }
}

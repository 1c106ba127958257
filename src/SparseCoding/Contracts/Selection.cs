using System.Text.Json.Serialization;
using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>Which pre-activations of an amortised encoder become entries of the code. A pure value; at inference it never depends on other rows.</summary>
[JsonDerivedType(typeof(ReluSelection), "relu")]
[JsonDerivedType(typeof(TopKSelection), "topk")]
[JsonDerivedType(typeof(JumpReluSelection), "jumprelu")]
[JsonDerivedType(typeof(AbsTopKSelection), "abstopk")]
[JsonDerivedType(typeof(BatchTopKSelection), "batchtopk")]
[JsonDerivedType(typeof(GroupMaxSelection), "groupmax")]
[JsonDerivedType(typeof(FeatureChoiceSelection), "featurechoice")]
[JsonDerivedType(typeof(SoftThresholdSelection), "softthreshold")]
[JsonDerivedType(typeof(HardThresholdSelection), "hardthreshold")]
[JsonDerivedType(typeof(ProLuSelection), "prolu")]
[JsonDerivedType(typeof(GatedSelection), "gated")]
[JsonDerivedType(typeof(GradientTopKSelection), "gradienttopk")]
[JsonDerivedType(typeof(TopAfaSelection), "topafa")]
[JsonDerivedType(typeof(MatchingPursuitSelection), "matchingpursuit")]
[JsonDerivedType(typeof(OrthogonalPursuitSelection), "orthogonalpursuit")]
[JsonDerivedType(typeof(VariationalTopKSelection), "variationaltopk")]
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

    /// <summary>The largest positive pre-activation of each of k groups of neighbouring atoms (sparsify).</summary>
    /// <param name="groups">Number of groups: the most active atoms of a code.</param>
    public static Selection GroupMax(int groups) => new GroupMaxSelection(groups);

    /// <summary>Each atom takes its quota of signals of a training batch: k on average (Ayonrinde 2024); encoding compares with learned thresholds.</summary>
    /// <param name="k">Mean number of active atoms, positive; need not be whole.</param>
    public static Selection FeatureChoice(double k) => new FeatureChoiceSelection(k);

    /// <summary>z = sign(pre) max(|pre| − λ, 0): the proximal step of λ‖z‖₁, signed.</summary>
    /// <param name="lambda">The threshold λ, not negative.</param>
    public static Selection SignedSoft(float lambda) => new SoftThresholdSelection(lambda);

    /// <summary>z = pre where |pre| exceeds √(2λ), else 0: the proximal step of λ‖z‖₀, signed.</summary>
    /// <param name="lambda">Price λ of an active atom, not negative.</param>
    public static Selection SignedHard(float lambda) => new HardThresholdSelection(MathF.Sqrt(2 * lambda));

    /// <summary>z = m where m and m + b are positive: the bias only decides (Taggart 2024).</summary>
    public static Selection ProLu { get; } = new ProLuSelection();

    /// <summary>One affine map decides which atoms are active, another what they are worth, with shared directions (Rajamanoharan et al. 2024).</summary>
    public static Selection Gated { get; } = new GatedSelection();

    /// <summary>As many of the largest as the norm of the signal asks for (arXiv 2503.24277).</summary>
    public static Selection TopAfa { get; } = new TopAfaSelection();

    /// <summary>Matching pursuit with the atoms themselves, unrolled (Costa et al. 2025).</summary>
    /// <param name="steps">Atoms that are taken at most.</param>
    public static Selection MatchingPursuit(int steps) => new MatchingPursuitSelection(steps);

    /// <summary>Orthogonal matching pursuit with the atoms themselves, unrolled.</summary>
    /// <param name="steps">Atoms that are taken at most.</param>
    public static Selection OrthogonalPursuit(int steps) => new OrthogonalPursuitSelection(steps);

    internal abstract SelectionRule Rule { get; }

    /// <summary>Vectors [atoms] that a trained encoder keeps besides weights and biases, by their names in its file.</summary>
    internal virtual IReadOnlyList<string> VectorNames => [];

    /// <summary>Whether codes may have negative entries.</summary>
    internal virtual bool IsSigned => false;

    /// <summary>The most active atoms that a code can have; null where only the number of atoms bounds them.</summary>
    internal virtual double? MostActive => Rule.Kind == SelectionKind.Relu ? null : Rule.K;

    /// <summary>Whether the encoder's directions are the atoms, so that it has no weights of its own.</summary>
    internal virtual bool IsTied => false;

    /// <summary>Whether it means nothing without an encoder bias.</summary>
    internal virtual bool NeedsBias => false;

    /// <summary>Whether its training decodes by itself, or codes with the atoms.</summary>
    internal virtual bool NeedsLinearDecoder => false;

    /// <summary>Whether known codes alone can teach it.</summary>
    internal virtual bool LearnsFromCodes => true;

    /// <summary>Whether nothing but a penalty makes its codes sparse.</summary>
    internal virtual bool NeedsPenalty => false;

    /// <summary>What its codes do not take into account although its training did; null where there is nothing to say.</summary>
    internal virtual string? EncodingRemark => null;

    /// <summary>Operations of encoding that many rows beyond a dense affine map with a comparison for each place, and one more where there are thresholds.</summary>
    internal virtual UInt128 ExtraEncodingOperations(long rows, int atomCount, int dimension) => 0;

    /// <summary>Whether the operations of encoding depend on the data, so that their number is a bound.</summary>
    internal virtual bool IsEncodingBound => false;

    /// <summary>Checks the selection against the number of atoms.</summary>
    internal virtual void Validate(int atomCount)
    {
    }
}

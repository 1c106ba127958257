using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <summary>
/// Element-wise operations t = f(a, b); b may be a full matrix, a row [1, columns], a column [rows, 1] or a scalar [1, 1], and t may be a or a full b.
/// NaN gives NaN but where the text says otherwise; 0 below means +0.
/// </summary>
internal enum MapOperation
{
    /// <summary>t = alpha·a.</summary>
    Scale,

    /// <summary>t = alpha·a + beta·b.</summary>
    Add,

    /// <summary>t = alpha·a·b.</summary>
    Multiply,

    /// <summary>t = alpha·a / b, 0 where b is 0 (whatever a is).</summary>
    Divide,

    /// <summary>t = max(a, 0).</summary>
    Relu,

    /// <summary>t = a where b is above 0, else 0 (also for a NaN in b): the gradient through a ReLU whose output (or input) is b.</summary>
    ReluGradient,

    /// <summary>t = exp(a).</summary>
    Exp,

    /// <summary>t = alpha·sign(a).</summary>
    Sign,

    /// <summary>t = sign(a)·max(|a| − alpha, 0), alpha at least 0.</summary>
    SoftThreshold,

    /// <summary>t = max(a − alpha, 0), alpha at least 0.</summary>
    NonNegativeSoftThreshold,

    /// <summary>t = alpha + beta·a.</summary>
    Affine,

    /// <summary>t = 1/√a, 0 where a is not above alpha (NaN is not).</summary>
    InverseSquareRoot,

    /// <summary>t = a where a is above b, else 0 (also where either is NaN): a JumpReLU with the thresholds b.</summary>
    Above,

    /// <summary>t = alpha where |a − b| is below beta, else 0 (also for NaN): the rectangle kernel of straight-through gradients.</summary>
    Near,

    /// <summary>t = a where b is not 0 (a NaN is not 0), else 0: keeps a at the support of b.</summary>
    Mask,

    /// <summary>t = tanh(alpha·a), 0 at 0; elsewhere within 2⁻²³ of it, whatever its size.</summary>
    Tanh,

    /// <summary>t = log(a), −∞ at 0.</summary>
    Log,
}

/// <summary>Sums over all entries, each row or each column; accumulated in float64 in a fixed order. NaN gives NaN; of no entries 0.</summary>
internal enum ReduceOperation
{
    /// <summary>Σ a.</summary>
    Sum,

    /// <summary>Σ |a|.</summary>
    SumAbsolute,

    /// <summary>Σ a².</summary>
    SumSquares,

    /// <summary>Σ a·b.</summary>
    Dot,

    /// <summary>Number of entries that are not zero; NaN counts.</summary>
    CountNonZero,

    /// <summary>Largest |a|.</summary>
    MaxAbsolute,
}

/// <summary>Which entries a reduction joins; the target's shape is [1, 1], [rows, 1] or [1, columns].</summary>
internal enum ReduceAxis
{
    /// <summary>All entries into [1, 1].</summary>
    All,

    /// <summary>Each row into [rows, 1].</summary>
    EachRow,

    /// <summary>Each column into [1, columns].</summary>
    EachColumn,
}

/// <summary>
/// What happens to a product while it is still in cache: C = mask(relu(alpha·op(A)op(B) + beta·C + bias)). A value type, so that a training
/// step allocates nothing; write <c>new ProductEpilogue { ... }</c> or <see cref="None"/>, because <c>default</c> has Alpha 0.
/// </summary>
internal readonly record struct ProductEpilogue
{
    /// <summary>Nothing but the product.</summary>
    public ProductEpilogue()
    {
    }

    /// <summary>Nothing: C = op(A) op(B).</summary>
    public static ProductEpilogue None => new();

    /// <summary>Factor of the product.</summary>
    public float Alpha { get; init; } = 1;

    /// <summary>Factor of what C held; 0 does not read it.</summary>
    public float Beta { get; init; }

    /// <summary>Row [1, n] that is added to every row.</summary>
    public DeviceMatrix? Bias { get; init; }

    /// <summary>Whether negative entries become 0.</summary>
    public bool Relu { get; init; }

    /// <summary>[m, n]: entries become 0, whatever they were, where this is not above 0 (NaN is not).</summary>
    public DeviceMatrix? Mask { get; init; }
}

/// <summary>Kinds of selection: which pre-activations become entries of the code. NaN is never selected; ties go to the lower index.</summary>
internal enum SelectionKind
{
    /// <summary>Every positive pre-activation.</summary>
    Relu,

    /// <summary>The k largest of those that are positive.</summary>
    TopK,

    /// <summary>The k of largest magnitude, with their signs; a zero is never one.</summary>
    AbsTopK,

    /// <summary>The largest of each of k groups of neighbouring atoms, where it is positive; group g of n atoms has those from ⌊g·n/k⌋ to before ⌊(g + 1)·n/k⌋.</summary>
    GroupMax,
}

/// <summary>A selection as the backend sees it; at inference it never depends on other rows.</summary>
internal readonly record struct SelectionRule(SelectionKind Kind, int K)
{
    /// <summary>The most entries that a row can have among that many atoms.</summary>
    public int Capacity(int atomCount) => Kind != SelectionKind.Relu ? Math.Min(K, atomCount) : atomCount;
}

/// <summary>One step of an optimiser on one parameter.</summary>
internal readonly record struct OptimizerStep
{
    /// <summary>Learning rate of this step.</summary>
    public required float LearningRate { get; init; }

    /// <summary>Decay of the first moment.</summary>
    public required float Beta1 { get; init; }

    /// <summary>Decay of the second moment.</summary>
    public required float Beta2 { get; init; }

    /// <summary>Added to the root of the second moment.</summary>
    public required float Epsilon { get; init; }

    /// <summary>Number of this step, from 1: for the bias corrections.</summary>
    public required long Number { get; init; }

    /// <summary>Whether the part of a row's gradient along the row is removed first.</summary>
    public bool ProjectGradient { get; init; }

    /// <summary>Whether rows are scaled to unit norm afterwards.</summary>
    public bool NormalizeRows { get; init; }

    /// <summary>Factor on the gradient; 0 means 1.</summary>
    public float GradientScale { get; init; }

    /// <summary>Another factor on the gradient, [1, 1], that only the device knows (clipping by a norm); null means 1.</summary>
    public DeviceMatrix? GradientFactor { get; init; }
}

/// <summary>Element formats in which a matrix can arrive from the host, little-endian.</summary>
internal enum StoredFormat
{
    /// <summary>IEEE binary32, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE binary16, 2 bytes.</summary>
    Float16,

    /// <summary>bfloat16, the upper half of a binary32, 2 bytes.</summary>
    BFloat16,
}

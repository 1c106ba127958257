using SparseCoding.Encoders;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>A selection as torch operations: from the encoder's input to codes, with gradients. What the core's parts do in <c>Infer</c>, row by row, whatever the training looked at.</summary>
internal abstract class SaePass
{
    /// <summary>Whether its vectors are parameters (buffers otherwise).</summary>
    public virtual bool IsLearned => false;

    /// <summary>The pass of a selection; NotSupportedException by name where there is none.</summary>
    public static SaePass Of(Selection selection) => selection switch
    {
        ReluSelection => new ReluPass(),
        TopKSelection top => new TopKPass(top.K, signed: false),
        AbsTopKSelection top => new TopKPass(top.K, signed: true),
        GradientTopKSelection top => new TopKPass(top.K, signed: false),
        VariationalTopKSelection top => new TopKPass(top.K, signed: false),
        GroupMaxSelection groups => new GroupMaxPass(groups.Groups),
        JumpReluSelection jump => new JumpReluPass(jump),
        BatchTopKSelection or FeatureChoiceSelection => new ThresholdPass(),
        SoftThresholdSelection soft => new SignedThresholdPass(soft.Threshold, soft: true),
        HardThresholdSelection hard => new SignedThresholdPass(hard.Threshold, soft: false),
        ProLuSelection prolu => new ProLuPass(prolu.StraightThrough),
        GatedSelection => new GatedPass(),
        TopAfaSelection => new TopAfaPass(),
        MatchingPursuitSelection pursuit => new MatchingPursuitPass(pursuit.Steps),
        _ => throw new NotSupportedException($"A torch module of an SAE with {selection}: its pass is not one that the module expresses. Encode with the encoder itself, or put an iterative encoder on its Dictionary."),
    };

    /// <summary>The selection's own vectors, by the names of the module's parameters or buffers.</summary>
    public virtual IReadOnlyList<(string Name, float[] Values)> Vectors(SaeState state) => [];

    /// <summary>Name of a vector in the encoder's state.</summary>
    public virtual string FileName(string name) => name;

    /// <summary>Codes [..., atoms] of the input u [..., dimension]; called in a dispose scope.</summary>
    public abstract torch.Tensor Encode(SaeModule module, torch.Tensor input, torch.Tensor weight, torch.Tensor? bias);

    /// <summary>u Wᵀ + b.</summary>
    protected static torch.Tensor Affine(torch.Tensor input, torch.Tensor weight, torch.Tensor? bias) => torch.nn.functional.linear(input, weight, bias);

    /// <summary>Values where the mask is set, else 0; no gradient elsewhere. A NaN stays one: a model that diverged must not look like one that is silent.</summary>
    protected static torch.Tensor Masked(torch.Tensor values, torch.Tensor mask) => torch.where(mask | values.isnan(), values, torch.zeros_like(values));

    /// <summary>The places of the k largest of each row of a matrix without gradient, those above 0 only; of ties at the bound the first. topk itself leaves the order of ties open.</summary>
    protected static torch.Tensor Largest(torch.Tensor sizes, int k)
    {
        torch.Tensor positive = sizes.gt(Zero);
        if (k >= sizes.shape[^1])
        {
            return positive;
        }

        (torch.Tensor top, _) = sizes.topk(k, -1, largest: true, sorted: true);
        torch.Tensor bound = top.narrow(-1, k - 1, 1);
        torch.Tensor above = sizes > bound, at = sizes == bound;
        torch.Tensor left = above.sum(-1, keepdim: true, torch.ScalarType.Int32).neg().add(S(k), One);
        return (above | (at & (at.cumsum(-1, torch.ScalarType.Int32) <= left))) & positive;
    }

    /// <summary>The first place of each row's largest value, [..., 1], int64.</summary>
    protected static torch.Tensor FirstLargest(torch.Tensor values)
    {
        long width = values.shape[^1];
        torch.Tensor places = Places(width, values.device);
        torch.Tensor most = values.amax([-1], keepdim: true);
        return torch.where(values == most, places, torch.full_like(places, S(width - 1))).amin([-1], keepdim: true);
    }

    /// <summary>0, 1, ..., [width], int64.</summary>
    protected static torch.Tensor Places(long width, torch.Device device) => torch.arange(Zero, S(width), One, torch.ScalarType.Int64, device);
}

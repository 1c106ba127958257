using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Constants of Adam (Kingma and Ba 2015), in PyTorch's form: w −= rate · m̂ / (√v̂ + ε) with the bias-corrected moments m̂ and v̂.
/// Its state (the moments) is apart, in the trainer's checkpoint.
/// </summary>
public sealed record AdamOptions : OptimizerOptions
{
    /// <summary>Decay of the first moment, at least 0 and below 1.</summary>
    /// <value>Default: 0.9.</value>
    public float Beta1
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.99999999);
    } = 0.9f;

    /// <summary>Decay of the second moment, at least 0 and below 1.</summary>
    /// <value>Default: 0.999.</value>
    public float Beta2
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.99999999);
    } = 0.999f;

    /// <summary>Added to the root of the second moment; positive, in the units of the gradient.</summary>
    /// <value>Default: 1e-8.</value>
    public float Epsilon
    {
        get;
        init => field = Throw.Positive(value);
    } = 1e-8f;
}

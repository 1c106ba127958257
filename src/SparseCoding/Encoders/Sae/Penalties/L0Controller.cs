using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Moves the weight of a penalty until codes have a wanted mean number of active atoms. With m the running mean of L0 and e = ln(m / Target), the
/// weight is multiplied in every step by exp(Rate · tanh(10 · (e + Lead · ė))), ė the change of e for each step. The form is that of the autotuner of
/// SynthSAEBench (arXiv 2602.14687), which has a smaller gain while L0 is on its way; the derivative here does that without a case, and lets short runs use a higher rate.
/// It waits until the warm-up of the weight is over, and its state is part of a checkpoint.
/// </summary>
public sealed record L0Controller
{
    /// <summary>Wanted mean number of active atoms of a code in a training batch, positive.</summary>
    public required float Target
    {
        get;
        init => field = Throw.Positive(value);
    }

    /// <summary>The most that the logarithm of the weight changes in a step, positive.</summary>
    /// <value>Default: 0.01, for runs of some thousand steps (SynthSAEBench: 3e-4, for 200 000).</value>
    public float Rate
    {
        get;
        init => field = Throw.Positive(value);
    } = 0.01f;

    /// <summary>Decay of the running mean of L0 for each step, at least 0 and below 1; corrected for its start.</summary>
    /// <value>Default: 0.9. With 0.98 the mean lags behind what the weight does, and L0 swings about its target; where the learning rate ends, it stays in the middle of a swing.</value>
    public float Decay
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.999999);
    } = 0.9f;

    /// <summary>Steps that the controller looks ahead along the present change of L0; 0 overshoots.</summary>
    /// <value>Default: 100.</value>
    public float Lead
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 100;

    /// <summary>
    /// What the logarithms of a JumpReLU's thresholds all move by in a step, for each unit of ln(L0/Target); 0 leaves them to their gradient, and a selection without thresholds is not touched.
    /// A penalty can only raise thresholds, and only as fast as the learning rate lets it: too few active atoms, or a learning rate that has decayed, are out of its reach. The weight still decides
    /// how the active atoms are shared out.
    /// </summary>
    /// <value>Default: 0.01: L0 falls by about the fifth power of the thresholds, so an error is gone after some twenty steps.</value>
    public float ThresholdRate
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 0.01f;

    /// <summary>The weight stays between its own value divided and multiplied by this, at least 1.</summary>
    /// <value>Default: 1000 (SynthSAEBench: 100).</value>
    public float Limit
    {
        get;
        init => field = (float)Throw.InRange(value, 1, float.MaxValue);
    } = 1000;
}

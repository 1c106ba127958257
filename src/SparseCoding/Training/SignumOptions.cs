using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Constants of Signum (Bernstein, Wang, Azizzadenesheli and Anandkumar 2018): m = βm + (1 − β)g, w −= rate · sign(m), with sign(0) = 0.
/// Every entry moves by the rate, whatever the size of its gradient, so a good rate is well below Adam's for small layers; one moment is kept
/// where Adam keeps two. Sparsify trains with it at β .95 and rate 5e-3/√(atoms / 2¹⁴).
/// </summary>
public sealed record SignumOptions : OptimizerOptions
{
    /// <summary>Decay β of the momentum, at least 0 and below 1; 0 takes the sign of the gradient itself.</summary>
    /// <value>Default: 0.95.</value>
    public float Momentum
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 0.99999999);
    } = 0.95f;
}

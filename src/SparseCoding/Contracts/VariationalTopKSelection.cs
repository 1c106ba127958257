using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// vSAE (arXiv 2509.22994): the pre-activations are means μ; in training z = μ + σε with seeded normal noise ε and the k largest positive z are kept, encoding keeps those of μ. The loss gains
/// weight · ½Σ(μ² + σ² − 1 − ln σ²), the divergence from a standard normal. σ is fixed (the loss then has ½Σμ² only: the rest is constant), or learned as ln σ² = W₂(u − b_d) + b₂. The published result is negative (more dead
/// latents, worse reconstruction); it is here to be checked.
/// </summary>
public sealed record VariationalTopKSelection : Selection
{
    /// <summary>Keeps k.</summary>
    /// <param name="k">Active atoms of each code, at least 1.</param>
    public VariationalTopKSelection(int k) => K = k;

    /// <summary>Active atoms of each code, at least 1.</summary>
    public int K
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Steps over which the weight of the divergence rises linearly from 0.</summary>
    /// <value>Default: 0.</value>
    public long WarmupSteps
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Weight of the divergence, not negative.</summary>
    /// <value>Default: 1e-3 (the authors' 500 is on another scale of loss and would silence everything here).</value>
    public float DivergenceWeight
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-3f;

    /// <summary>Standard deviation σ of the noise, not negative; null learns one for each atom and signal, from 1 on; what it learned is in checkpoints, not in a saved encoder, which does not need it.</summary>
    /// <value>Default: 1.</value>
    public float? Deviation
    {
        get;
        init => field = value is { } given ? Throw.NonNegative(given) : null;
    } = 1;

    internal override SelectionRule Rule => new(SelectionKind.TopK, K);

    internal override bool LearnsFromCodes => false;

    internal override void Validate(int atomCount)
    {
        if (K > atomCount)
        {
            Throw.Argument($"A variational TopK keeps {K} atoms, but the encoder has only {atomCount}.", nameof(K));
        }
    }
}

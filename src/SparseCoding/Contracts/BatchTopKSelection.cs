using SparseCoding.Backends;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// In training the max(1, ⌊k · rows⌋) largest positive pre-activations of the whole batch (Bussmann et al. 2024; "mutual choice" of Ayonrinde 2024); ties go to
/// the lower row, then the lower atom. Encoding never depends on other rows: it keeps what exceeds a threshold, the running mean over
/// training steps of the smallest value that was kept.
/// </summary>
public sealed record BatchTopKSelection : Selection
{
    /// <summary>Keeps k on average.</summary>
    /// <param name="k">Mean number of active atoms, positive; need not be whole.</param>
    public BatchTopKSelection(double k) => K = k;

    /// <summary>Mean number of active atoms of a code, positive; need not be whole.</summary>
    public double K
    {
        get;
        init => field = Throw.InRange(value, double.Epsilon, int.MaxValue);
    }

    /// <summary>Decay of the threshold's running mean for each step, at least 0 and below 1; the mean is corrected for its start.</summary>
    /// <value>Default: 0.99 (SAELens).</value>
    public double ThresholdDecay
    {
        get;
        init => field = Throw.InRange(value, 0, 0.9999999); // nearer to 1 it is 1 in float32
    } = 0.99;

    /// <summary>A larger number of active atoms at the start of training, which falls to K; null has none.</summary>
    /// <value>Default: null.</value>
    public CountAnnealing? Annealing { get; init; }

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);

    internal override IReadOnlyList<string> VectorNames => [JumpReluSelection.ThresholdName];

    internal override double? MostActive => K;

    internal override void Validate(int atomCount)
    {
        Annealing?.Validate(K, atomCount);
        if (K > atomCount)
        {
            Throw.Argument($"BatchTopK keeps {K} atoms on average, but the encoder has only {atomCount}.", nameof(K));
        }
    }
}

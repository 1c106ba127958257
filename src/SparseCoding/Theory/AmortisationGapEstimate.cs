namespace SparseCoding;

/// <summary>The measured amortisation gap: how much worse than the best K-sparse codes the codes of an encoder are, on the same signals.</summary>
public sealed record AmortisationGapEstimate
{
    /// <summary>Mean over signals of (squared error of the encoder − squared error of the optimum) / dimension. Negative when denser codes fit better.</summary>
    public required double Mean { get; init; }

    /// <summary>Lower end of the interval of the mean (Student t over signals).</summary>
    public required double Low { get; init; }

    /// <summary>Upper end of the interval of the mean.</summary>
    public required double High { get; init; }

    /// <summary>Confidence of the intervals.</summary>
    public required double Confidence { get; init; }

    /// <summary>Signals it was measured on.</summary>
    public required int Samples { get; init; }

    /// <summary>Mean squared error of the encoder through its own decoder, per entry of the signal.</summary>
    public required double EncoderError { get; init; }

    /// <summary>Mean squared error of the optimum, per entry of the signal.</summary>
    public required double OptimalError { get; init; }

    /// <summary>What the optimum is.</summary>
    public required GapOptimum Optimum { get; init; }

    /// <summary>Active latents of the encoder per signal; compare with K before reading <see cref="Mean"/>.</summary>
    public required double EncoderActive { get; init; }

    /// <summary>Mean of ‖z − z*‖² / ‖z*‖² against the optimal codes z*, after the permutation that was found and fitted factors where the encoder is affine + ReLU. NaN where the codes cannot be compared.</summary>
    public required double CodeError { get; init; }

    /// <summary>
    /// Mean excess of the encoder's Lasso objective over that of the Lasso solution; a certified lower bound of the true excess.
    /// NaN where the encoder decodes with other atoms than the dictionary's, or the dictionary is too large.
    /// </summary>
    public required double LassoGap { get; init; }

    /// <summary>Mean duality gap of the Lasso solutions: the true excess lies between <see cref="LassoGap"/> and <see cref="LassoGap"/> + this.</summary>
    public required double LassoSlack { get; init; }
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>How much work <see cref="AmortisationGap"/> may do and on what the gap is measured.</summary>
public sealed record TheoremOptions
{
    private readonly int _samples = 1024;
    private readonly float _noise;
    private readonly float _lambda = 0.0025f;
    private readonly double _confidence = 0.95;
    private readonly long _budget = 400_000_000;

    /// <summary>Sources drawn to measure the gap, at least 2; exactly K active atoms each, half-normal values. Not used with given codes.</summary>
    public int Samples
    {
        get => _samples;
        init => _samples = Throw.AtLeast(value, 2);
    }

    /// <summary>Seed of the sources and of the noise.</summary>
    public long Seed { get; init; }

    /// <summary>Standard deviation of normal noise added to every entry of a signal; 0 (default) leaves signals exactly sparse.</summary>
    public float Noise
    {
        get => _noise;
        init => _noise = Throw.NonNegative(value);
    }

    /// <summary>λ of ½‖x − zD‖² + λ‖z‖₁ for the certified Lasso bound; 0.0025 is the paper's default in this convention.</summary>
    public float Lambda
    {
        get => _lambda;
        init => _lambda = Throw.Positive(value);
    }

    /// <summary>Confidence of the intervals, between 0.5 and 0.999.</summary>
    public double Confidence
    {
        get => _confidence;
        init => _confidence = Throw.InRange(value, 0.5, 0.999);
    }

    /// <summary>Most elementary operations of each exhaustive check (spark, isometry, exact recovery, optimal codes): 4e8 is about a second.</summary>
    public long Budget
    {
        get => _budget;
        init => _budget = Throw.AtLeast(value, 0L);
    }
}

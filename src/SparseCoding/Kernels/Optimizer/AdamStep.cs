namespace SparseCoding.Kernels;

/// <summary>
/// Numbers of one Adam step. Doubles, because 1 − β and the bias corrections are small differences; each is rounded to float32 once.
/// </summary>
internal readonly record struct AdamStep
{
    /// <summary>Learning rate of this step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Decay of the first moment, in [0, 1).</summary>
    public required double Beta1 { get; init; }

    /// <summary>Decay of the second moment, in [0, 1).</summary>
    public required double Beta2 { get; init; }

    /// <summary>Added to the root of the corrected second moment.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Decoupled weight decay: weights are multiplied by 1 − LearningRate · WeightDecay first.</summary>
    public double WeightDecay { get; init; }

    /// <summary>1 − Beta1^t for step t = 1, 2, ...; 1 switches the correction off.</summary>
    public required double BiasCorrection1 { get; init; }

    /// <summary>1 − Beta2^t.</summary>
    public required double BiasCorrection2 { get; init; }

    /// <summary>Removes from each row's gradient its part along that row of the weights, g − ⟨g, w⟩/‖w‖² w, before anything else.</summary>
    public bool Project { get; init; }

    /// <summary>Scales each row of the weights to unit norm after the step; a zero row stays zero.</summary>
    public bool Normalize { get; init; }

    /// <summary>Factor on the gradient, for clipping by a global norm; 1 leaves it.</summary>
    public double GradientScale { get; init; } = 1;

    /// <summary>For <c>required</c> members only.</summary>
    public AdamStep()
    {
    }

    /// <summary>The step number t = 1, 2, ... with both bias corrections filled in.</summary>
    public static AdamStep At(long step, double learningRate, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) => new()
    {
        LearningRate = learningRate,
        Beta1 = beta1,
        Beta2 = beta2,
        Epsilon = epsilon,
        BiasCorrection1 = 1 - Math.Pow(beta1, step),
        BiasCorrection2 = 1 - Math.Pow(beta2, step),
    };
}

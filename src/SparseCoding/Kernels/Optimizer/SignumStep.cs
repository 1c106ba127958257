namespace SparseCoding.Kernels;

/// <summary>Numbers of one Signum step.</summary>
internal readonly record struct SignumStep
{
    /// <summary>For <c>required</c> members only.</summary>
    public SignumStep()
    {
    }

    /// <summary>Learning rate of this step: how far every entry moves.</summary>
    public required float LearningRate { get; init; }

    /// <summary>Decay of the momentum, in [0, 1).</summary>
    public required float Beta { get; init; }

    /// <summary>Removes from each row's gradient its part along that row of the weights first.</summary>
    public bool Project { get; init; }

    /// <summary>Scales each row of the weights to unit norm after the step; a zero row stays zero.</summary>
    public bool Normalize { get; init; }

    /// <summary>Factor on the gradient; 1 leaves it.</summary>
    public float GradientScale { get; init; } = 1;
}

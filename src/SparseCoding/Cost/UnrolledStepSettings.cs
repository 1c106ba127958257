namespace SparseCoding.Cost;

/// <summary>What a training step of an unrolled encoder does.</summary>
internal readonly record struct UnrolledStepSettings
{
    /// <summary>Layers in use.</summary>
    public required int Depth { get; init; }

    /// <summary>Only the last of them moves, and the dictionary stays.</summary>
    public bool NewestOnly { get; init; }

    /// <summary>Whether the dictionary is given.</summary>
    public bool KnownDictionary { get; init; }

    /// <summary>Whether the loss is on known codes.</summary>
    public bool OnCodes { get; init; }

    /// <summary>Whether that loss is the squared error; otherwise the cosine.</summary>
    public bool SquaredCodeLoss { get; init; }

    /// <summary>Whether atom gradients are projected.</summary>
    public bool Projected { get; init; }

    /// <summary>Whether a penalty is added.</summary>
    public bool Penalized { get; init; }
}

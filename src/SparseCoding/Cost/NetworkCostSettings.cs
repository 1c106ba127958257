namespace SparseCoding.Cost;

/// <summary>What decides the operations of an amortised encoder besides its widths and the number of signals.</summary>
internal readonly record struct NetworkCostSettings
{
    /// <summary>Layers have biases.</summary>
    public bool EncoderBias { get; init; }

    /// <summary>The decoder has a bias that is also subtracted from the signal.</summary>
    public bool DecoderBias { get; init; }

    /// <summary>The signal is scaled.</summary>
    public bool Scaled { get; init; }

    /// <summary>Active atoms of a TopK; 0 for a ReLU.</summary>
    public int TopK { get; init; }

    /// <summary>Each pre-activation is compared with a threshold of its own after the ReLU.</summary>
    public bool Thresholded { get; init; }

    /// <summary>Whether the dictionary is given: neither atoms nor decoder bias are trained.</summary>
    public bool KnownDictionary { get; init; }

    /// <summary>Whether the loss is on known codes: nothing is decoded and the decoder is not trained.</summary>
    public bool OnCodes { get; init; }

    /// <summary>Whether that loss is the squared error; otherwise the cosine.</summary>
    public bool SquaredCodeLoss { get; init; }

    /// <summary>Whether atoms keep the norms that they get.</summary>
    public bool FreeNorm { get; init; }

    /// <summary>Whether atom gradients are projected.</summary>
    public bool Projected { get; init; }

    /// <summary>Whether a penalty is added.</summary>
    public bool Penalized { get; init; }
}

namespace SparseCoding.Cost;

/// <summary>Floating-point operations of amortised encoders: exact, and by the paper's formulas (equations 23 to 30).</summary>
internal static class NetworkCost
{
    /// <summary>One pass over that many signals through layers of the given widths, from dimension to atoms.</summary>
    /// <param name="widths">Dimension, hidden widths, atoms.</param>
    /// <param name="bias">Whether layers have biases.</param>
    /// <param name="centred">Whether an offset is subtracted from the signal first.</param>
    /// <param name="scaled">Whether the signal is scaled first.</param>
    /// <param name="topK">Whether the last layer selects instead of a ReLU.</param>
    /// <param name="samples">Number of signals.</param>
    public static FlopCount Inference(IReadOnlyList<int> widths, bool bias, bool centred, bool scaled, bool topK, long samples)
    {
        UInt128 perSample = (UInt128)((centred ? widths[0] : 0) + (scaled ? widths[0] : 0));
        for (int i = 0; i + 1 < widths.Count; i++)
        {
            UInt128 outputs = (UInt128)widths[i + 1];
            bool relu = !(topK && i + 2 == widths.Count);
            perSample += (2 * (UInt128)widths[i] * outputs) + (bias ? outputs : 0) + (relu ? outputs : 0);
        }

        return new FlopCount(perSample * (UInt128)samples, PublishedInference(widths, samples));
    }

    private static UInt128? PublishedInference(IReadOnlyList<int> widths, long samples)
    {
        UInt128 m = (UInt128)widths[0], n = (UInt128)widths[^1], s = (UInt128)samples;
        return widths.Count switch
        {
            2 => ((4 * m * n) + n) * s,
            3 => ((2 * m * (UInt128)widths[1]) + (UInt128)widths[1] + (2 * (UInt128)widths[1] * n) + n + (2 * m * n)) * s,
            _ => null,
        };
    }

    /// <summary>One training step on a batch.</summary>
    /// <param name="widths">Dimension, hidden widths, atoms.</param>
    /// <param name="batch">Signals of the step.</param>
    /// <param name="learnsDictionary">Whether the atoms are trained.</param>
    /// <param name="settings">What else the step does.</param>
    public static FlopCount TrainingStep(IReadOnlyList<int> widths, long batch, bool learnsDictionary, NetworkCostSettings settings)
    {
        UInt128 m = (UInt128)widths[0], n = (UInt128)widths[^1], b = (UInt128)batch;
        UInt128 exact = Inference(widths, settings.EncoderBias, settings.DecoderBias, settings.Scaled, settings.TopK > 0, batch).Value;
        exact += 6 * m * n * b;
        return new FlopCount(exact, PublishedStep(widths, b, learnsDictionary));
    }

    private static UInt128? PublishedStep(IReadOnlyList<int> widths, UInt128 b, bool learns)
    {
        UInt128 m = (UInt128)widths[0], n = (UInt128)widths[^1], mn = m * n;
        if (widths.Count == 2)
        {
            UInt128 forward = (4 * mn) + n + (learns ? mn : 0);
            UInt128 backward = n + ((2 * mn) + n) + (2 * mn) + (2 * (mn + n)) + (learns ? 2 * mn : 0);
            return b * (forward + backward);
        }

        if (widths.Count == 3)
        {
            UInt128 h = (UInt128)widths[1];
            UInt128 forward = (2 * m * h) + h + (2 * h * n) + n + (2 * mn) + (learns ? mn : 0);
            UInt128 backward = n + ((2 * h * n) + n) + h + ((2 * m * h) + h) + (2 * mn) + (2 * ((m * h) + h + (h * n) + n)) + (learns ? 2 * mn : 0);
            return b * (forward + backward);
        }

        return null;
    }
}

/// <summary>What a training step does besides the products of the layers.</summary>
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

    /// <summary>Whether the loss is on known codes.</summary>
    public bool OnCodes { get; init; }

    /// <summary>Whether atom gradients are projected.</summary>
    public bool Projected { get; init; }

    /// <summary>Whether a penalty is added.</summary>
    public bool Penalized { get; init; }
}

namespace SparseCoding.Training;

/// <summary>What an unrolled network is besides its sizes: the options of its encoder that its layers and their training look at.</summary>
internal sealed record UnrolledSpec
{
    /// <summary>Number of layers T, at least 1.</summary>
    public required int LayerCount { get; init; }

    /// <summary>What the layers learn.</summary>
    public required ListaWeights Weights { get; init; }

    /// <summary>Whether all layers share their weights; thresholds and steps are each layer's own.</summary>
    public required bool Tied { get; init; }

    /// <summary>Whether each atom of a layer has a threshold of its own.</summary>
    public required bool ThresholdPerAtom { get; init; }

    /// <summary>Share of atoms that support selection adds in each layer; 0 for none.</summary>
    public required double SupportShare { get; init; }

    /// <summary>The most that it adds up to.</summary>
    public required double MaxSupportShare { get; init; }

    /// <summary>Whether codes are not negative.</summary>
    public required bool NonNegative { get; init; }

    /// <summary>λ of the loss and of the thresholds before training.</summary>
    public required float Lambda { get; init; }

    /// <summary>Share of the steps that trains layer by layer.</summary>
    public required double LayerwiseShare { get; init; }

    /// <summary>Whether all layers use one matrix W.</summary>
    public bool SharesWeights => Tied || Weights == ListaWeights.Analytic;

    /// <summary>Entries of largest magnitude that layer <paramref name="layer"/> (from 0) does not shrink: ⌊min(p (layer + 1), p_max) · atoms⌋.</summary>
    public int Kept(int layer, int atomCount) => (int)Math.Min(Math.Floor((Math.Min(SupportShare * (layer + 1.0), MaxSupportShare) * atomCount) + 1e-6), atomCount);
}

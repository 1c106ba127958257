using SparseCoding.Cost;

namespace SparseCoding.Training;

/// <summary>One layer on the host: W [atoms, dimension], V [atoms, atoms] where there is one, thresholds [1] or [atoms], step γ.</summary>
internal sealed record UnrolledLayer(float[] Weights, float[]? Recurrent, float[] Threshold, float Step);

/// <summary>A trained unrolled encoder: u = (x − offset)/scale by its dictionary, then the layers from z = 0. Immutable; layers that share weights hold one array.</summary>
internal sealed class UnrolledState
{
    /// <summary>What the layers are.</summary>
    public required UnrolledSpec Spec { get; init; }

    /// <summary>The layers in their order.</summary>
    public required IReadOnlyList<UnrolledLayer> Layers { get; init; }

    /// <summary>Decoder, whose atoms the layers use as well: x̂ = offset + scale · zD.</summary>
    public required AtomDictionary Dictionary { get; init; }

    /// <summary>What decides the operations of a pass.</summary>
    public UnrolledCostSettings CostSettings => CostOf(Spec, Dictionary.Dimension, Dictionary.AtomCount) with
    {
        Offset = Dictionary.HasOffset,
        Scaled = Dictionary.Scale != 1,
    };

    /// <summary>The same of a network of that size, without offset and scale.</summary>
    public static UnrolledCostSettings CostOf(UnrolledSpec spec, int dimension, int atomCount) => new()
    {
        Dimension = dimension,
        AtomCount = atomCount,
        Kept = [.. Enumerable.Range(0, spec.LayerCount).Select(layer => spec.Kept(layer, atomCount))],
        Free = spec.Weights == ListaWeights.Free,
        Analytic = spec.Weights == ListaWeights.Analytic,
        Tied = spec.Tied,
        ThresholdPerAtom = spec.ThresholdPerAtom,
        NonNegative = spec.NonNegative,
    };
}

using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// Moves the norms of atoms into the codes: z'_j = z_j ‖d_j‖ and d'_j = d_j/‖d_j‖. The encoder's row, its bias and the threshold are multiplied by the norm, which
/// changes neither which atoms are active nor the reconstruction for a selection that looks at each atom by itself. An atom of norm 0 stays as it is.
/// </summary>
internal static class NormFolding
{
    /// <summary>Whether the selection decides about each atom by itself, once trained.</summary>
    public static bool Allows(Selection selection) => selection is ReluSelection or JumpReluSelection or BatchTopKSelection;

    /// <summary>The same function with atoms of norm 1.</summary>
    public static SaeState Fold(SaeState state)
    {
        AtomDictionary dictionary = state.Dictionary;
        int dimension = state.Dimension;
        var weights = (float[])state.Encoder.Weights.Clone();
        var bias = (float[]?)state.Encoder.Bias?.Clone();
        Dictionary<string, float[]> vectors = state.Vectors.ToDictionary(pair => pair.Key, pair => (float[])pair.Value.Clone());
        for (int atom = 0; atom < state.AtomCount; atom++)
        {
            float norm = dictionary.NormValues[atom];
            if (!(norm > 0))
            {
                continue;
            }

            foreach (ref float value in weights.AsSpan(atom * dimension, dimension))
            {
                value *= norm;
            }

            if (bias is not null)
            {
                bias[atom] *= norm;
            }

            foreach (float[] vector in vectors.Values)
            {
                vector[atom] *= norm;
            }
        }

        return state with { Encoder = new LinearLayer(state.Encoder.Inputs, state.Encoder.Outputs, weights, bias), Decoder = dictionary.Normalized(), Vectors = vectors };
    }
}

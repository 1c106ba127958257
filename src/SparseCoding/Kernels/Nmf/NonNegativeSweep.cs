using System.Diagnostics;
using System.Numerics.Tensors;

namespace SparseCoding.Kernels;

/// <summary>
/// One sweep of hierarchical alternating least squares over the codes of one signal (Cichocki and Phan 2009): for each atom k in turn
/// z_k = max(0, z_k + (c_k − λ − (zG)_k)/G_kk), the exact minimiser over that entry of ½‖x − zD‖² + λΣz on z ≥ 0. An atom of norm 0 gets 0. 2N² operations.
/// </summary>
internal static class NonNegativeSweep
{
    /// <summary>Sweeps once.</summary>
    /// <param name="gram">G = DDᵀ, [atoms, atoms].</param>
    /// <param name="correlations">c = D x, [atoms].</param>
    /// <param name="lambda">λ.</param>
    /// <param name="codes">z, [atoms], not negative; changed.</param>
    public static void Run(ReadOnlySpan<float> gram, ReadOnlySpan<float> correlations, float lambda, Span<float> codes)
    {
        int atoms = codes.Length;
        Debug.Assert(gram.Length == atoms * atoms && correlations.Length == atoms, "Shapes disagree.");
        for (int k = 0; k < atoms; k++)
        {
            ReadOnlySpan<float> row = gram.Slice(k * atoms, atoms);
            float pivot = row[k];
            codes[k] = pivot > 0 ? Math.Max(0, codes[k] + ((correlations[k] - lambda - TensorPrimitives.Dot(row, codes)) / pivot)) : 0;
        }
    }
}

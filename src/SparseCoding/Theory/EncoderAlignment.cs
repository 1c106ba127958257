using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Theory;

/// <summary>
/// Which latent answers for which atom, and with what factor: aligned code a_i = c_i z_{π(i)}, or 0 where the encoder has no latent left.
/// Both keep an affine + ReLU encoder in its class, so the theorem forbids exactness up to permutation and positive scale as well.
/// </summary>
/// <param name="Latents">π [N]; −1 for none.</param>
/// <param name="Factors">c [N], not negative.</param>
/// <param name="IsSearched">Whether the assignment was searched for; false where the budget did not allow it and latent i was taken for atom i.</param>
internal sealed record EncoderAlignment(int[] Latents, double[] Factors, bool IsSearched = false)
{
    /// <summary>Latent i answers for atom i, unscaled; latents beyond <paramref name="latents"/> are missing.</summary>
    public static EncoderAlignment Identity(int atoms, int latents) =>
        new([.. Enumerable.Range(0, atoms).Select(i => i < latents ? i : -1)], [.. Enumerable.Repeat(1.0, atoms)]);

    /// <summary>
    /// Exact assignment on the shares A_il / ‖A_·l‖ (how much of latent l's response is to atom i), then the least-squares factors.
    /// Beyond the budget (N N' M) the identity is kept and only the factors are fitted. It is the best assignment of the shares, which need not be the one of the least
    /// error over all sources.
    /// </summary>
    public static EncoderAlignment Find(Matrix64 atoms, Matrix64 weights, double budget)
    {
        int n = atoms.Rows, latents = weights.Rows;
        EncoderAlignment result = Identity(n, latents);
        if ((double)n * latents * atoms.Columns <= budget)
        {
            Matrix64 share = Matrix64.MultiplyTransposed(atoms, weights);
            var norms = new double[latents];
            for (int i = 0; i < n; i++)
            {
                ReadOnlySpan<double> row = share.Row(i);
                TensorPrimitives.MultiplyAdd(row, row, norms, norms);
            }

            for (int i = 0; i < n; i++)
            {
                Span<double> row = share.Row(i);
                for (int l = 0; l < latents; l++)
                {
                    row[l] = norms[l] > 0 ? row[l] / Math.Sqrt(norms[l]) : 0;
                }
            }

            result = result with { Latents = LinearAssignment.Maximize(share.Values, n, latents).RowToColumn, IsSearched = true };
        }

        Matrix64 aligned = result.Weights(weights);
        return result with { Factors = RankBound.BestFactors(atoms, aligned, out _) };
    }

    /// <summary>Rows c_i W_{π(i)} [N, M].</summary>
    public Matrix64 Weights(Matrix64 weights)
    {
        var result = new Matrix64(Latents.Length, weights.Columns);
        for (int i = 0; i < Latents.Length; i++)
        {
            if (Latents[i] >= 0)
            {
                TensorPrimitives.Multiply(weights.Row(Latents[i]), Factors[i], result.Row(i));
            }
        }

        return result;
    }

    /// <summary>Entries c_i b_{π(i)} [N].</summary>
    public double[] Bias(ReadOnlySpan<double> bias)
    {
        var result = new double[Latents.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Latents[i] >= 0 ? Factors[i] * bias[Latents[i]] : 0;
        }

        return result;
    }

    /// <summary>The aligned code [N] of an encoder's answer [latents].</summary>
    public float[] Apply(ReadOnlySpan<float> answer)
    {
        var result = new float[Latents.Length];
        for (int i = 0; i < result.Length; i++)
        {
            result[i] = Latents[i] >= 0 ? (float)(Factors[i] * answer[Latents[i]]) : 0;
        }

        return result;
    }
}

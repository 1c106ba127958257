using SparseCoding.Numerics;

namespace SparseCoding.Training;

/// <summary>The weights that ALISTA does not learn: W [atoms, dimension] of least ‖WDᵀ‖_F with wᵢ·dᵢ = 1 (Liu, Chen, Wang and Yin 2019).</summary>
internal static class AnalyticWeights
{
    // A smaller share of a diagonal entry is the rounding of float32 atoms, not a direction.
    private const double Pivot = 1e-12;

    /// <summary>
    /// wᵢ = (DᵀD)⁻¹dᵢ / dᵢᵀ(DᵀD)⁻¹dᵢ, the exact minimiser row by row; in float64. An atom of norm 0 has weights 0. Where the atoms do not span the space a ridge of
    /// 1e-10 of the mean diagonal, grown by hundreds until the factorisation succeeds, takes the place of the inverse. The step is the least dᵢᵀ(DᵀD)⁻¹dᵢ: with it no
    /// eigenvalue of γ DWᵀ is above 1. 1 where all atoms are 0.
    /// </summary>
    public static (float[] Weights, float Step) Compute(ReadOnlySpan<float> atoms, int atomCount, int dimension)
    {
        var matrix = Matrix64.From(atoms, atomCount, dimension);
        Matrix64 gram = matrix.GramOfColumns();
        double trace = 0;
        for (int i = 0; i < dimension; i++)
        {
            trace += gram[i, i];
        }

        double ridge = 0;
        Cholesky factor = Cholesky.Compute(gram, Pivot);
        while (!factor.Succeeded)
        {
            ridge = ridge == 0 ? 1e-10 * Math.Max(trace / dimension, double.Epsilon * 1e20) : ridge * 100;
            Matrix64 ridged = gram.Clone();
            for (int i = 0; i < dimension; i++)
            {
                ridged[i, i] += ridge;
            }

            factor = Cholesky.Compute(ridged, Pivot);
        }

        Matrix64 solved = matrix.Clone();
        factor.SolveRows(solved);
        var weights = new float[atomCount * dimension];
        double step = 1;
        for (int i = 0; i < atomCount; i++)
        {
            double inner = 0;
            for (int j = 0; j < dimension; j++)
            {
                inner += matrix[i, j] * solved[i, j];
            }

            step = inner > 0 ? Math.Min(step, inner) : step;
            for (int j = 0; j < dimension && inner > 0; j++)
            {
                weights[(i * dimension) + j] = (float)(solved[i, j] / inner);
            }
        }

        return (weights, (float)step);
    }
}

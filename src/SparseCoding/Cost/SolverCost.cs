using SparseCoding.Diagnostics;

namespace SparseCoding.Cost;

/// <summary>Floating-point operations of solvers that work per signal on a shared Gram: upper bounds, because their work depends on the data. The Gram itself belongs to the dictionary and is not counted again.</summary>
internal static class SolverCost
{
    /// <summary>OMP: correlations 2MN, and for each of K steps the sum of up to k Gram rows (2Nk), the selection (3N) and the small triangular work (k²): 2MN + NK(K + 1) + 3NK + K³.</summary>
    public static FlopCount Omp(int dimension, int atoms, int maxActive, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive;
        return new FlopCount(((2 * m * n) + (n * k * (k + 1)) + (3 * n * k) + (k * k * k)) * (UInt128)samples, null, true);
    }

    /// <summary>LARS: correlations 2MN, and for each of S segments with up to K active atoms the slopes 2NK, the joins 4N and the triangular work 4K².</summary>
    public static FlopCount Lars(int dimension, int atoms, int maxActive, long segments, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive;
        return new FlopCount(((2 * m * n) + ((UInt128)segments * ((2 * n * k) + (4 * n) + (4 * k * k)))) * (UInt128)samples, null, true);
    }

    /// <summary>Matching and gradient pursuit: correlations 2MN, and for each step an update of all correlations by up to K Gram rows and the selection.</summary>
    public static FlopCount Pursuit(int dimension, int atoms, int maxActive, long steps, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive;
        return new FlopCount(((2 * m * n) + ((UInt128)steps * ((2 * n * k) + (2 * n) + (4 * k)))) * (UInt128)samples, null, true);
    }

    /// <summary>ADMM: correlations 2MN, and for each iteration the solve with the factor, 2N² or 4MN + 2M² by the smaller side, and 20N for updates, residuals and the gap, whose gradient is at most 2N² more.</summary>
    public static FlopCount Admm(int dimension, int atoms, int iterations, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, solve = n <= m ? 2 * n * n : (4 * m * n) + (2 * m * m);
        return new FlopCount(((2 * m * n) + ((UInt128)iterations * (solve + (2 * n * n) + (20 * n)))) * (UInt128)samples, null, true);
    }

    /// <summary>The one-pass baselines: correlations 2MN and a few operations for each atom; exact.</summary>
    public static FlopCount OnePass(int dimension, int atoms, int perAtom, long samples) =>
        new(((2 * (UInt128)dimension * (UInt128)atoms) + ((UInt128)perAtom * (UInt128)atoms)) * (UInt128)samples);

    /// <summary>
    /// IHT, HTP, CoSaMP and subspace pursuit: correlations 2MN, and for each iteration the gradient 2NK + 2N, and (1 + retries) times the selection 4N, the error 16K²
    /// and least squares on up to C atoms: C³/3 + 4C², non-negative at most 3C solves and updates, 24C³.
    /// </summary>
    public static FlopCount Thresholding(int dimension, int atoms, int maxActive, long candidates, int retries, int iterations, bool nonNegative, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive, c = (UInt128)Math.Min(candidates, atoms);
        UInt128 solve = nonNegative ? 24 * c * c * c : (c * c * c / 3) + (4 * c * c), attempts = (UInt128)retries + 1;
        return new FlopCount(((2 * m * n) + ((UInt128)iterations * ((2 * n * k) + (2 * n) + (attempts * ((4 * n) + (16 * k * k) + (2 * solve)))))) * (UInt128)samples, null, true);
    }
}

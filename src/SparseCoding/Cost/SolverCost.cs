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
}

using SparseCoding.Diagnostics;

namespace SparseCoding.Cost;

/// <summary>Floating-point operations of solvers that work per signal on a shared Gram: upper bounds, because their work depends on the data. The Gram itself belongs to the dictionary and is not counted again.</summary>
internal static class SolverCost
{
    // The same for every signal: five rounds of refinement on the support, each 4MK for residual and gradient and 2K² for the solution, and a factor of K³/3.
    private static UInt128 Refinement(UInt128 m, UInt128 k) => (28 * m * k) + (10 * k * k) + (k * k * k);

    /// <summary>
    /// OMP: correlations 2MN, and for each of K steps the sum of up to k Gram rows (2Nk), the selection (3N) and the small triangular work (k²): 2MN + NK(K + 1) + 3NK + K³; and the
    /// refinement of the code, 28MK + 10K² + K³. The non-negative form may take 4K + 8 steps, each with 2NK, 3N and up to K small solutions of 2K².
    /// </summary>
    public static FlopCount Omp(int dimension, int atoms, int maxActive, long samples, bool nonNegative = false)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive;
        UInt128 steps = nonNegative
            ? ((4 * k) + 8) * ((2 * n * k) + (3 * n) + (2 * k * k * k))
            : (n * k * (k + 1)) + (3 * n * k) + (k * k * k);
        return new FlopCount(((2 * m * n) + steps + Refinement(m, k)) * (UInt128)samples, null, true);
    }

    /// <summary>
    /// LARS: correlations 2MN; for each of S segments, and once more for the check at the end, with up to K active atoms the slopes 2NK, the joins 4N and the triangular work 4K²; the
    /// refinement of the code. The repair by coordinate descent, which a path takes whose end fails the check, is not in it.
    /// </summary>
    public static FlopCount Lars(int dimension, int atoms, int maxActive, long segments, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive;
        return new FlopCount(((2 * m * n) + (((UInt128)segments + 1) * ((2 * n * k) + (4 * n) + (4 * k * k))) + Refinement(m, k)) * (UInt128)samples, null, true);
    }

    /// <summary>
    /// Coordinate descent: correlations 2MN; for each sweep at most 2N² on the working set, 2N² for the gradient and 12N for the check; steps on the support of K = min(M, N) + 1 atoms,
    /// at most four a sweep of K³/3 + 4NK; the refinement. Far above what a sparse code takes.
    /// </summary>
    public static FlopCount CoordinateDescent(int dimension, int atoms, long sweeps, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = UInt128.Min(m, n) + 1;
        UInt128 sweep = (4 * n * n) + (12 * n) + (2 * k * k * k) + (16 * n * k);
        return new FlopCount(((2 * m * n) + (((UInt128)sweeps + 1) * sweep) + Refinement(m, k)) * (UInt128)samples, null, true);
    }

    /// <summary>
    /// FISTA: correlations 2MN; for each step the image of the code, at most 2N², and 24N for shrinkage, gap and momentum; 64 more for the start and for steps that are taken again
    /// with a larger constant; the refinement.
    /// </summary>
    public static FlopCount Fista(int dimension, int atoms, long steps, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = UInt128.Min(m, n) + 1;
        return new FlopCount(((2 * m * n) + (((UInt128)steps + 64) * ((2 * n * n) + (24 * n))) + Refinement(m, k)) * (UInt128)samples, null, true);
    }

    /// <summary>
    /// Matching and gradient pursuit: correlations 2MN, and for each step, and once for the start, an update of all correlations by up to K Gram rows, 2NK, the selection 3N, and on the
    /// support 16K² + 8K: gradient, image of the direction, and the directions before where they are conjugate.
    /// </summary>
    public static FlopCount Pursuit(int dimension, int atoms, int maxActive, long steps, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive;
        return new FlopCount(((2 * m * n) + (((UInt128)steps + 1) * ((2 * n * k) + (3 * n) + (16 * k * k) + (8 * k)))) * (UInt128)samples, null, true);
    }

    /// <summary>ADMM: correlations 2MN, and for each iteration the solve with the factor, 2N² or 4MN + 2M² by the smaller side, and, once more for the start, 40N for updates, residuals and the gap, whose gradient is at most 2N² more; the refinement. The factors, min(M, N)³/3 for each ρ that occurs, belong to the call and are not counted.</summary>
    public static FlopCount Admm(int dimension, int atoms, int iterations, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, solve = n <= m ? 2 * n * n : (4 * m * n) + (2 * m * m);
        return new FlopCount(((2 * m * n) + ((UInt128)iterations * solve) + (((UInt128)iterations + 1) * ((2 * n * n) + (40 * n))) + Refinement(m, UInt128.Min(m, n) + 1)) * (UInt128)samples, null, true);
    }

    /// <summary>The one-pass baselines: correlations 2MN and a few operations for each atom; exact.</summary>
    public static FlopCount OnePass(int dimension, int atoms, int perAtom, long samples) =>
        new(((2 * (UInt128)dimension * (UInt128)atoms) + ((UInt128)perAtom * (UInt128)atoms)) * (UInt128)samples);

    /// <summary>
    /// IHT, HTP, CoSaMP and subspace pursuit: correlations 2MN, and for each iteration, one that leads nowhere and one of solving anew, the gradient 2NK + 2N, and (1 + retries) times
    /// the selection, (3 + 2 log K) N, the error 36K² and twice least squares on up to C atoms: C³/3 + 4C², non-negative at most 3C rounds and as many removals of 5C² each, 30C³; the
    /// refinement.
    /// </summary>
    public static FlopCount Thresholding(int dimension, int atoms, int maxActive, long candidates, int retries, int iterations, bool nonNegative, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, k = (UInt128)maxActive, c = (UInt128)Math.Min(candidates, atoms);
        UInt128 solve = nonNegative ? 30 * c * c * c : (c * c * c / 3) + (4 * c * c), attempts = (UInt128)retries + 1, select = (3 + (2 * UInt128.Log2(k + k))) * n;
        return new FlopCount(((2 * m * n) + (((UInt128)iterations + 2) * ((2 * n * k) + (2 * n) + (attempts * (select + (36 * k * k) + (2 * solve))))) + Refinement(m, k)) * (UInt128)samples, null, true);
    }
}

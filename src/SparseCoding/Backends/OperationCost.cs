namespace SparseCoding.Backends;

/// <summary>
/// Floating-point operations of each operation of the contract: what a closed form in Cost must add up to, and what the counting backend of
/// the tests records. Rules: a multiply-add is 2; an addition, multiplication, division, root, exponential, comparison or sign is 1; constant
/// factors (alpha and beta) ride along for nothing, as in the 2mnk of a product; copies, gathers and conversions are 0; work on sparse codes counts
/// stored entries, not places. Integer overflow of 128 bits is out of reach.
/// </summary>
internal static class OperationCost
{
    /// <summary>Adam on one element: 3 for the first moment, 4 for the second, 6 for the step.</summary>
    public const int AdamPerElement = 13;

    /// <summary>2mnk, and mn for each of: what C held, bias, ReLU, mask.</summary>
    public static UInt128 Product(long m, long n, long k, bool beta = false, bool bias = false, bool relu = false, bool mask = false)
    {
        int extras = (beta ? 1 : 0) + (bias ? 1 : 0) + (relu ? 1 : 0) + (mask ? 1 : 0);
        return Count(m, n) * ((2 * (UInt128)k) + (UInt128)extras);
    }

    /// <summary>n(n + 1)k: the lower triangle with the diagonal.</summary>
    public static UInt128 SymmetricProduct(long n, long k) => Count(n, n + 1) * (UInt128)k;

    /// <summary>An element-wise operation; a scaling by 1 is a copy.</summary>
    public static UInt128 Map(MapOperation operation, long elements, float alpha = 1) => (UInt128)elements * operation switch
    {
        MapOperation.Scale => alpha == 1 ? 0u : 1u,
        MapOperation.Near or MapOperation.SoftThreshold or MapOperation.NonNegativeSoftThreshold or MapOperation.InverseSquareRoot => 2u,
        _ => 1u,
    };

    /// <summary>A reduction over that many elements: 1 each, 2 where the term itself takes an operation.</summary>
    public static UInt128 Reduce(ReduceOperation operation, long elements) =>
        (UInt128)elements * (operation is ReduceOperation.Sum or ReduceOperation.CountNonZero ? 1u : 2u);

    /// <summary>2 for the square and 1 for the scaling of an element, root and reciprocal of a row.</summary>
    public static UInt128 NormalizeRows(long rows, long columns) => (3 * Count(rows, columns)) + (2 * (UInt128)rows);

    /// <summary>Two inner products and one subtraction of a multiple, a division for each row.</summary>
    public static UInt128 ProjectGradients(long rows, long columns) => (6 * Count(rows, columns)) + (UInt128)rows;

    /// <summary>Ridge, Cholesky factorisation of [n, n] and two triangular solves for [n, m].</summary>
    public static UInt128 FactorAndSolve(long n, long m) =>
        (UInt128)n + (Count(n, n + 1) * (UInt128)((2 * n) + 1) / 6) + (2 * Count(n, n) * (UInt128)m);

    /// <summary>One comparison for each pre-activation.</summary>
    public static UInt128 Select(long rows, long atoms) => Count(rows, atoms);

    /// <summary>Rounds of <see cref="Backend.OptimizeOrthogonal"/>: a product before and after with the square matrix of the smaller side n, at most four of such matrices a round, and what adds them up.</summary>
    public static UInt128 Orthogonalize(long rows, long columns, int rounds)
    {
        long n = Math.Min(rows, columns), m = Math.Max(rows, columns);
        return ((UInt128)rounds * ((4 * Product(n, n, n)) + (15 * Count(n, n)))) + Product(n, n, m) + Product(m, n, n) + (9 * Count(m, n)) + 2;
    }

    /// <summary>The dense product, its bias, and the selection.</summary>
    public static UInt128 EncodeAndSelect(long rows, long atoms, long dimension, bool bias) =>
        Product(rows, atoms, dimension, bias: bias) + Select(rows, atoms);

    /// <summary>A multiply-add for each entry and dimension; offset and signals one for each element.</summary>
    public static UInt128 DecodeResidual(long entries, long rows, long dimension, bool offset, bool signals) =>
        (2 * Count(entries, dimension)) + (Count(rows, dimension) * ((offset ? 1u : 0u) + (signals ? 1u : 0u)));

    /// <summary>An inner product for each entry.</summary>
    public static UInt128 SampledProduct(long entries, long dimension) => 2 * Count(entries, dimension);

    /// <summary>One comparison for each stored entry.</summary>
    public static UInt128 KeepLargest(long entries) => (UInt128)entries;

    /// <summary>One comparison for each place.</summary>
    public static UInt128 KeepLargestOfColumns(long rows, long atoms) => Count(rows, atoms);

    /// <summary>One comparison for each place, and four operations for its weighted size, their sum of squares and its root.</summary>
    public static UInt128 KeepToNorm(long rows, long atoms) => 5 * Count(rows, atoms);

    /// <summary>One addition for each element.</summary>
    public static UInt128 ScatterAdd(long rows, long columns) => Count(rows, columns);

    /// <summary>Sign and addition for each entry.</summary>
    public static UInt128 PenaltyGradient(long entries) => 2 * (UInt128)entries;

    /// <summary>A multiply-add for each entry and dimension; adding to what is there rides along.</summary>
    public static UInt128 WeightGradient(long entries, long dimension) => 2 * Count(entries, dimension);

    /// <summary>count(count + 1) for a row: the products of the lower triangle, each added.</summary>
    public static UInt128 AddCodesGram(ReadOnlySpan<int> counts)
    {
        UInt128 total = 0;
        foreach (int count in counts)
        {
            total += Count(count, count + 1);
        }

        return total;
    }

    /// <summary>One addition (or comparison) for each entry.</summary>
    public static UInt128 PerEntry(long entries) => (UInt128)entries;

    /// <summary>One optimiser step on a parameter.</summary>
    public static UInt128 Optimize(long rows, long columns, bool project = false, bool normalize = false, bool scaled = false) =>
        (Count(rows, columns) * (UInt128)(AdamPerElement + (scaled ? 1 : 0)))
        + (project ? ProjectGradients(rows, columns) : 0)
        + (normalize ? NormalizeRows(rows, columns) : 0);

    /// <summary>For each updated atom: B_k − A_k D, division by A_kk, addition, norm and scaling.</summary>
    public static UInt128 UpdateAtoms(long updated, long atoms, long dimension) => Count(updated, dimension) * ((2 * (UInt128)atoms) + 6);

    private static UInt128 Count(long rows, long columns) => (UInt128)rows * (UInt128)columns;
}

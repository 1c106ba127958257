using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

/// <summary>
/// Identities of each factorisation on random, rank-deficient and Hilbert matrices, and golden numbers of NumPy 1.24.2 (LAPACK of
/// Debian 12) on matrices given by formula: the sine dictionary D0[i, j] = sin(ij + 0.3 j²), columns of unit norm, and Hilbert 8.
/// </summary>
public sealed class LinearAlgebraTests
{
    private static readonly double[] SineSingularValues =
    [
        1.9224317169081948, 1.771149977737637, 1.7304023789053453, 1.70400965404843, 1.63692576635053, 1.5610606756939216,
        1.5057561076021337, 1.4760062519121158, 1.3400037556888909, 1.3263323877389217, 1.21294001136009, 1.1437807909049218,
        1.0640834156362542, 0.9563825489574569, 0.8895730843501005, 0.7310974234391385,
    ];

    private static readonly double[] Hilbert8Eigenvalues =
    [
        1.6959389969219494, 0.29812521131693076, 0.02621284357811895, 0.0014676881177418009, 5.436943369746636e-05,
        1.2943320918847074e-06, 1.7988737466556817e-08, 1.1115389459722043e-10,
    ];

    [Test]
    public void Cholesky_OfAGram_ReproducesItAndSolves([Values(1, 2, 7, 33)] int n)
    {
        Matrix64 a = Random(n, n + 3, n).GramOfRows();
        Cholesky factor = Cholesky.Compute(a);
        Assert.That(factor.Succeeded);
        AssertClose(Matrix64.MultiplyTransposed(factor.Factor, factor.Factor), a, 1e-12 * a.FrobeniusNorm());
        double[] x = Random(1, n, 5).Values;
        double[] b = a.Multiply(x);
        factor.Solve(b);
        Assert.That(b, Is.EqualTo(x).Within(1e-7));
    }

    [Test]
    public void Cholesky_OfADependentGram_ReportsTheFirstDependentColumn()
    {
        Matrix64 rows = Random(4, 6, 1);
        for (int k = 0; k < 6; k++)
        {
            rows[2, k] = rows[0, k] - (2 * rows[1, k]);
        }

        Cholesky factor = Cholesky.Compute(rows.GramOfRows(), 1e-12);
        Assert.That(factor.Succeeded, Is.False);
        Assert.That(factor.FailedAt, Is.EqualTo(2));
        Assert.That(Cholesky.Compute(new Matrix64(1, 1, [double.NaN])).FailedAt, Is.EqualTo(0));
        Assert.That(Cholesky.Compute(new Matrix64(2, 2, [1, 2, 2, 1])).FailedAt, Is.EqualTo(1), "indefinite");
    }

    [TestCase(9, 5)]
    [TestCase(5, 9)]
    [TestCase(6, 6)]
    [TestCase(1, 4)]
    [TestCase(4, 1)]
    public void PivotedQr_OfAnyShape_HasTheGramOfTheMatrix(int m, int n)
    {
        Matrix64 a = Random(m, n, m + (10 * n));
        PivotedQr qr = PivotedQr.Compute(a);
        Assert.That(qr.Rank, Is.EqualTo(Math.Min(m, n)));
        Matrix64 permuted = a.Transpose().SelectRows(qr.Pivots).Transpose();
        AssertClose(qr.UpperTriangle().GramOfColumns(), permuted.GramOfColumns(), 1e-12 * m * n);
        for (int i = 1; i < qr.Diagonal.Length; i++)
        {
            Assert.That(Math.Abs(qr.Diagonal[i]), Is.LessThanOrEqualTo(Math.Abs(qr.Diagonal[i - 1]) * (1 + 1e-12)));
        }
    }

    [Test]
    public void PivotedQr_OfProductOfThinMatrices_FindsTheRankAndALeastSquaresSolution([Values(1, 3, 6)] int rank)
    {
        Matrix64 a = Matrix64.Multiply(Random(12, rank, 2), Random(rank, 8, 3));
        PivotedQr qr = PivotedQr.Compute(a);
        Assert.That(qr.Rank, Is.EqualTo(rank));
        Assert.That(Svd.Compute(a).Rank(), Is.EqualTo(rank));
        double[] b = Random(1, 12, 4).Values;
        double[] residual = a.Multiply(qr.SolveLeastSquares(b));
        for (int i = 0; i < b.Length; i++)
        {
            residual[i] -= b[i];
        }

        Assert.That(a.MultiplyLeft(residual), Is.All.EqualTo(0.0).Within(1e-11), "the residual is orthogonal to every column");
    }

    [Test]
    public void PivotedQr_OnTheSineDictionary_AgreesWithNumPyLeastSquares()
    {
        double[] b = [.. Enumerable.Range(1, 32).Select(k => Math.Cos(0.7 * k))];
        double[] x = PivotedQr.Compute(Sine(16, 32)).SolveLeastSquares(b);
        Assert.That(x[..3], Is.EqualTo([1.4898055812125433, 0.25438901689632887, -0.034013273368107555]).Within(1e-12));
    }

    [Test]
    public void SymmetricEigen_OfRandomMatrices_GivesOrthonormalVectorsAndTheMatrix([Values(1, 2, 3, 17, 60)] int n)
    {
        Matrix64 a = Random(n, n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                a[j, i] = a[i, j];
            }
        }

        SymmetricEigen eigen = SymmetricEigen.Compute(a);
        Assert.That(eigen.Converged);
        AssertClose(eigen.Vectors!.GramOfRows(), Matrix64.Identity(n), 1e-12);
        Matrix64 scaled = eigen.Vectors!.Clone();
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                scaled[i, j] *= eigen.Values[i];
            }
        }

        AssertClose(Matrix64.Multiply(eigen.Vectors!.Transpose(), scaled), a, 1e-12 * n);
        Assert.That(SymmetricEigen.Compute(a, vectors: false).Values, Is.EqualTo(eigen.Values).Within(1e-11));
        Assert.That(eigen.Values, Is.Ordered.Descending);
    }

    [Test]
    public void SymmetricEigen_OfHilbert8_AgreesWithNumPy()
    {
        Assert.That(SymmetricEigen.Compute(Hilbert(8)).Values, Is.EqualTo(Hilbert8Eigenvalues).Within(1e-14));
    }

    [Test]
    public void SymmetricEigen_OfRepeatedAndZeroEigenvalues_Converges()
    {
        Matrix64 ones = new(6, 6, [.. Enumerable.Repeat(1.0, 36)]);
        Assert.That(SymmetricEigen.Compute(ones).Values, Is.EqualTo([6.0, 0, 0, 0, 0, 0]).Within(1e-13));
        Assert.That(SymmetricEigen.Compute(Matrix64.Identity(5)).Values, Is.EqualTo([1.0, 1, 1, 1, 1]).Within(1e-15));
        Assert.That(SymmetricEigen.Compute(new Matrix64(1, 1, [double.NaN])).Converged, Is.False);
    }

    [TestCase(20, 6)]
    [TestCase(6, 20)]
    [TestCase(7, 7)]
    [TestCase(1, 1)]
    public void Svd_OfAnyShape_ReproducesTheMatrix(int m, int n)
    {
        Matrix64 a = Random(m, n, m * n);
        Svd svd = Svd.Compute(a);
        int k = Math.Min(m, n);
        Assert.That(svd.Converged);
        AssertClose(svd.Left.GramOfRows(), Matrix64.Identity(k), 1e-12);
        AssertClose(svd.Right.GramOfRows(), Matrix64.Identity(k), 1e-12);
        AssertClose(Rebuild(svd), a, 1e-12 * svd.Values[0]);
    }

    [Test]
    public void Svd_OfTheSineDictionaryAndHilbert_AgreesWithNumPy()
    {
        Svd sine = Svd.Compute(Sine(16, 32));
        Assert.That(sine.Values, Is.EqualTo(SineSingularValues).Within(1e-13));
        Matrix64 inverse = sine.PseudoInverse();
        Assert.That(inverse[0, 0], Is.EqualTo(0.10481832496721931).Within(1e-13));
        Assert.That(inverse[15, 31], Is.EqualTo(0.19410821936422343).Within(1e-13));
        Assert.That(inverse.FrobeniusNorm(), Is.EqualTo(3.260652265578007).Within(1e-12));
        Assert.That(Svd.Compute(Hilbert(8)).Values, Is.EqualTo(Hilbert8Eigenvalues).Within(1e-14));
    }

    [Test]
    public void PseudoInverse_OfARankDeficientMatrix_SatisfiesPenrose()
    {
        Matrix64 a = Matrix64.Multiply(Random(9, 3, 7), Random(3, 6, 8));
        Matrix64 p = Svd.Compute(a).PseudoInverse(1e-12);
        Matrix64 ap = Matrix64.Multiply(a, p), pa = Matrix64.Multiply(p, a);
        AssertClose(Matrix64.Multiply(ap, a), a, 1e-12 * a.FrobeniusNorm());
        AssertClose(Matrix64.Multiply(pa, p), p, 1e-11 * p.FrobeniusNorm());
        AssertClose(ap, ap.Transpose(), 1e-11);
        AssertClose(pa, pa.Transpose(), 1e-11);
    }

    [Test]
    public void Svd_OfZeroAndDuplicateRows_Converges()
    {
        Svd zero = Svd.Compute(new Matrix64(3, 5));
        Assert.That(zero.Converged && zero.Rank() == 0 && zero.PseudoInverse().FrobeniusNorm() == 0);
        Matrix64 twice = Random(2, 8, 9).SelectRows([0, 1, 0, 1, 0]);
        Assert.That(Svd.Compute(twice).Rank(1e-12), Is.EqualTo(2));
        Assert.That(Svd.Compute(new Matrix64(1, 2, [double.NaN, 1])).Converged, Is.False);
    }

    [TestCase(16, 32)]
    [TestCase(40, 12)]
    [TestCase(1, 9)]
    [TestCase(80, 80)]
    public void SpectralNorm_Bound_EnclosesTheLargestSingularValueClosely(int m, int n)
    {
        Matrix64 a = Random(m, n, m + n);
        double truth = Svd.Compute(a).Values[0];
        SpectralNormBound bound = SpectralNorm.Bound(a);
        Assert.That(bound.Lower, Is.LessThanOrEqualTo(truth * (1 + 1e-13)));
        Assert.That(bound.Upper, Is.GreaterThanOrEqualTo(truth));
        Assert.That(bound.Upper, Is.LessThanOrEqualTo(truth * (1 + 1e-6)));
        Assert.That(bound.ByFactorisation);
        SpectralNormBound wide = SpectralNorm.Bound(a, certificateLimit: 0);
        Assert.That(wide.Upper, Is.GreaterThanOrEqualTo(truth));
        Assert.That(wide.ByFactorisation, Is.False);
    }

    [Test]
    public void SpectralNorm_Bound_HoldsForRepeatedLargestAndForStoppedLanczos()
    {
        Assert.That(SpectralNorm.Bound(Matrix64.Identity(30)).Upper, Is.EqualTo(1).Within(1e-8).And.GreaterThanOrEqualTo(1.0));
        Matrix64 a = Random(60, 60, 3);
        Assert.That(SpectralNorm.Bound(a, maxSteps: 2).Upper, Is.GreaterThanOrEqualTo(Svd.Compute(a).Values[0]), "two steps are far off: the proof must notice");
        Assert.That(SpectralNorm.Bound(new Matrix64(3, 3)), Is.EqualTo(default(SpectralNormBound)));
    }

    private static Matrix64 Rebuild(Svd svd)
    {
        Matrix64 scaled = svd.Right.Clone();
        for (int i = 0; i < svd.Values.Length; i++)
        {
            foreach (ref double value in scaled.Row(i))
            {
                value *= svd.Values[i];
            }
        }

        return Matrix64.Multiply(svd.Left.Transpose(), scaled);
    }

    internal static Matrix64 Hilbert(int n)
    {
        var result = new Matrix64(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                result[i, j] = 1.0 / (i + j + 1);
            }
        }

        return result;
    }

    /// <summary>The sine dictionary, atoms as rows [atoms, dimension].</summary>
    internal static Matrix64 Sine(int dimension, int atoms)
    {
        var result = new Matrix64(atoms, dimension);
        for (int j = 1; j <= atoms; j++)
        {
            for (int i = 1; i <= dimension; i++)
            {
                result[j - 1, i - 1] = Math.Sin((i * j) + (0.3 * j * j));
            }

            double norm = Math.Sqrt(result.Row(j - 1).ToArray().Sum(v => v * v));
            foreach (ref double value in result.Row(j - 1))
            {
                value /= norm;
            }
        }

        return result;
    }

    internal static Matrix64 Random(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var result = new Matrix64(rows, columns);
        foreach (ref double value in result.Values.AsSpan())
        {
            value = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        }

        return result;
    }

    internal static void AssertClose(Matrix64 actual, Matrix64 expected, double tolerance)
    {
        Assert.That((actual.Rows, actual.Columns), Is.EqualTo((expected.Rows, expected.Columns)));
        Assert.That(actual.Values, Is.EqualTo(expected.Values).Within(tolerance));
    }
}

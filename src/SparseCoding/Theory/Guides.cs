namespace SparseCoding.Theory;

/// <summary>
/// Rules for typical (random) dictionaries: useful to see where a problem lies, neither hypotheses nor certificates for a given one.
/// </summary>
internal static class Guides
{
    /// <summary>M = 2 K ln(N / K), the line of the paper's figure 5, natural logarithm.</summary>
    public static double Measurements(int atoms, int active) => 2.0 * active * Math.Log((double)atoms / active);

    /// <summary>
    /// Donoho-Tanner weak transition: ρ = K / M up to which ℓ1 recovers most codes, at δ = M / N in (0, 1), for Gaussian atoms and N → ∞.
    /// With f the normal density and Q its upper tail at z > 0: ρ = 1 − zQ/f and δ = 2f / (z + 2(f − zQ)) for signed codes,
    /// δ = f / (z + f − zQ) for non-negative ones. NaN outside (0, 1); solved for z by bisection (δ falls with z).
    /// </summary>
    public static double DonohoTanner(double delta, bool nonNegative)
    {
        if (!(delta > 0 && delta < 1))
        {
            return double.NaN;
        }

        double low = 0, high = 30;
        for (int i = 0; i < 200 && high - low > 1e-15 * high; i++)
        {
            double middle = 0.5 * (low + high);
            if (Delta(middle, nonNegative) > delta)
            {
                low = middle;
            }
            else
            {
                high = middle;
            }
        }

        return 1 - (low * MillsRatio(low));
    }

    // Divided by f throughout, so that nothing underflows for large z.
    private static double Delta(double z, bool nonNegative)
    {
        double overDensity = Math.Exp((0.5 * z * z) + (0.5 * Math.Log(2 * Math.PI)));
        double rho = 1 - (z * MillsRatio(z));
        return nonNegative ? 1 / ((z * overDensity) + rho) : 2 / ((z * overDensity) + (2 * rho));
    }

    /// <summary>Q(z) / f(z) for z ≥ 0: a Taylor series of the lower tail below 3, a continued fraction above.</summary>
    internal static double MillsRatio(double z)
    {
        if (z < 3)
        {
            double term = z, sum = z;
            for (int k = 3; Math.Abs(term) > 1e-18 * sum; k += 2)
            {
                term *= z * z / k;
                sum += term;
            }

            return (Math.Exp(0.5 * z * z) * Math.Sqrt(Math.PI / 2)) - sum;
        }

        double fraction = z;
        for (int k = 200; k >= 1; k--)
        {
            fraction = z + (k / fraction);
        }

        return 1 / fraction;
    }
}

using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>Percentile intervals (95 %) of differences of FVU by resampling whole contexts (Efron 1979), paired: all errors of a context are drawn together, and every call draws the same.</summary>
internal sealed class ContextBootstrap
{
    private const int Resamples = 2000;
    private readonly double[] _energies;

    /// <summary>Takes ‖x − x̄‖² of each row.</summary>
    public ContextBootstrap(double[] energies) => _energies = Sums(energies);

    /// <summary>Interval of FVU(own) − FVU(other), and of that as a share of FVU(own).</summary>
    public (double[] Difference, double[] Share) Between(double[] own, double[] other)
    {
        double[] a = Sums(own), b = Sums(other), differences = new double[Resamples], shares = new double[Resamples];
        var random = new RandomStream(1, "benchmark.frontier.bootstrap");
        for (int resample = 0; resample < Resamples; resample++)
        {
            double first = 0, second = 0, energy = 0;
            for (int i = 0; i < a.Length; i++)
            {
                int drawn = random.NextInt(a.Length);
                first += a[drawn];
                second += b[drawn];
                energy += _energies[drawn];
            }

            (differences[resample], shares[resample]) = ((first - second) / energy, 1 - (second / first));
        }

        Array.Sort(differences);
        Array.Sort(shares);
        return ([Percentile(differences, 0.025), Percentile(differences, 0.975)], [Percentile(shares, 0.025), Percentile(shares, 0.975)]);
    }

    private static double[] Sums(double[] rows)
    {
        var sums = new double[(rows.Length + BrownData.Context - 1) / BrownData.Context];
        for (int i = 0; i < rows.Length; i++)
        {
            sums[i / BrownData.Context] += rows[i];
        }

        return sums;
    }

    private static double Percentile(double[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
}

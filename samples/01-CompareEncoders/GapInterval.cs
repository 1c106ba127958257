namespace SparseCoding.Samples.CompareEncoders;

/// <summary>
/// How much of an encoder's error is the encoder's and not the dictionary's: the difference of FVU between its codes and other codes, as it is and
/// relative to the encoder's FVU, with percentile intervals of a bootstrap over rows (Efron 1979). Paired: both errors of a row are drawn together.
/// </summary>
/// <param name="Difference">FVU of the encoder less FVU of the other codes.</param>
/// <param name="DifferenceLow">Lower end of its 95 % interval.</param>
/// <param name="DifferenceHigh">Upper end.</param>
/// <param name="Relative">The difference divided by the encoder's FVU.</param>
/// <param name="RelativeLow">Lower end of its 95 % interval.</param>
/// <param name="RelativeHigh">Upper end.</param>
internal sealed record GapInterval(double Difference, double DifferenceLow, double DifferenceHigh, double Relative, double RelativeLow, double RelativeHigh)
{
    private const int Resamples = 2000;

    /// <summary>Measures the gap; neighbours within a block are drawn together, so that rows of one context do not pass as independent.</summary>
    public static GapInterval Between(Scores encoder, Scores other, int block, int seed)
    {
        int blocks = (encoder.Errors.Length + block - 1) / block;
        double[] own = Sums(encoder.Errors, block, blocks), others = Sums(other.Errors, block, blocks), energies = Sums(encoder.Energies, block, blocks);
        double[] differences = new double[Resamples], relatives = new double[Resamples];

        // The same draws for every pair of encoders, so that the rows of the table can be compared.
        var random = new Random(seed);
        for (int resample = 0; resample < Resamples; resample++)
        {
            double a = 0, b = 0, energy = 0;
            for (int i = 0; i < blocks; i++)
            {
                int drawn = random.Next(blocks);
                a += own[drawn];
                b += others[drawn];
                energy += energies[drawn];
            }

            (differences[resample], relatives[resample]) = ((a - b) / energy, 1 - (b / a));
        }

        Array.Sort(differences);
        Array.Sort(relatives);
        return new GapInterval(
            encoder.Fvu - other.Fvu, Percentile(differences, 0.025), Percentile(differences, 0.975),
            1 - (other.Fvu / encoder.Fvu), Percentile(relatives, 0.025), Percentile(relatives, 0.975));
    }

    private static double[] Sums(double[] values, int block, int blocks)
    {
        var sums = new double[blocks];
        for (int i = 0; i < values.Length; i++)
        {
            sums[i / block] += values[i];
        }

        return sums;
    }

    private static double Percentile(double[] sorted, double share) => sorted[(int)Math.Round(share * (sorted.Length - 1))];
}

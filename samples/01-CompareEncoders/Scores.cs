namespace SparseCoding.Samples.CompareEncoders;

/// <summary>Signals in one array, row by row: unlike a <see cref="SignalView"/> it can be kept in a closure.</summary>
internal sealed record Matrix(float[] Values, int Dimension)
{
    public int RowCount => Values.Length / Dimension;

    public SignalView View => SignalView.FromRows(Values, Dimension);

    /// <summary>The given rows, in the given order.</summary>
    public Matrix Select(int[] rows)
    {
        var values = new float[rows.Length * Dimension];
        for (int i = 0; i < rows.Length; i++)
        {
            Values.AsSpan(rows[i] * Dimension, Dimension).CopyTo(values.AsSpan(i * Dimension));
        }

        return new Matrix(values, Dimension);
    }

    /// <summary>Mean signal, [dimension].</summary>
    public float[] Mean()
    {
        var sums = new double[Dimension];
        for (int i = 0; i < Values.Length; i++)
        {
            sums[i % Dimension] += Values[i];
        }

        return [.. sums.Select(s => (float)(s / RowCount))];
    }
}

/// <summary>How codes score on signals without ground truth; the parts of FVU row by row, so that intervals can resample rows.</summary>
/// <param name="Errors">‖x − x̂‖² of each row.</param>
/// <param name="Energies">‖x − x̄‖² of each row, with x̄ the mean of all rows.</param>
/// <param name="L0">Mean number of active atoms.</param>
/// <param name="DeadShare">Share of atoms that no row uses.</param>
/// <param name="IsNonNegative">Whether no code is negative.</param>
/// <param name="Dimension">Dimension of a signal.</param>
internal sealed record Scores(double[] Errors, double[] Energies, double L0, double DeadShare, bool IsNonNegative, int Dimension)
{
    /// <summary>Fraction of variance unexplained: Σ‖x − x̂‖² / Σ‖x − x̄‖².</summary>
    public double Fvu => Errors.Sum() / Energies.Sum();

    /// <summary>Mean squared error of an entry.</summary>
    public double Mse => Errors.Sum() / Errors.Length / Dimension;

    /// <summary>Scores codes of the signals. Entries of magnitude up to the threshold do not count as active.</summary>
    public static Scores Measure(Matrix signals, IDecoder decoder, SparseCodes codes, float threshold = 0)
    {
        int dimension = signals.Dimension, rows = signals.RowCount;
        var decoded = new float[rows * dimension];
        ((SignalView)decoder.Decode(codes)).CopyRows(0, rows, decoded);
        float[] mean = signals.Mean();
        double[] errors = new double[rows], energies = new double[rows];
        for (int i = 0; i < decoded.Length; i++)
        {
            double error = (double)signals.Values[i] - decoded[i], deviation = (double)signals.Values[i] - mean[i % dimension];
            errors[i / dimension] += error * error;
            energies[i / dimension] += deviation * deviation;
        }

        SparseCodes active = codes.Above(threshold);
        var used = new bool[codes.AtomCount];
        bool nonNegative = true;
        for (int i = 0; i < active.NonZeroCount; i++)
        {
            used[active.Atoms[i]] = true;
            nonNegative &= active.Values[i] >= 0;
        }

        return new Scores(errors, energies, (double)active.NonZeroCount / rows, (double)used.Count(u => !u) / used.Length, nonNegative, dimension);
    }
}

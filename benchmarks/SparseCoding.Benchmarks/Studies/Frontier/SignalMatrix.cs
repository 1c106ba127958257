namespace SparseCoding.Benchmarks;

/// <summary>Signals in one array, [rows, dimension]: unlike a <see cref="SignalView"/> it can be kept.</summary>
/// <param name="Values">The signals, row by row.</param>
/// <param name="Dimension">Dimension of a signal.</param>
internal sealed record SignalMatrix(float[] Values, int Dimension)
{
    /// <summary>Number of signals.</summary>
    public int RowCount => Values.Length / Dimension;

    /// <summary>The signals as encoders take them.</summary>
    public SignalView View => SignalView.FromRows(Values, Dimension);

    /// <summary>The given rows, in the given order.</summary>
    public SignalMatrix Rows(IReadOnlyList<int> rows)
    {
        var values = new float[rows.Count * Dimension];
        for (int i = 0; i < rows.Count; i++)
        {
            Values.AsSpan(rows[i] * Dimension, Dimension).CopyTo(values.AsSpan(i * Dimension));
        }

        return new SignalMatrix(values, Dimension);
    }

    /// <summary>‖x − x̄‖² of each row with the mean x̄ of all rows, [rows]: what FVU divides by.</summary>
    public double[] Energies()
    {
        var mean = new double[Dimension];
        for (int i = 0; i < Values.Length; i++)
        {
            mean[i % Dimension] += Values[i];
        }

        var energies = new double[RowCount];
        for (int i = 0; i < Values.Length; i++)
        {
            double deviation = Values[i] - (mean[i % Dimension] / RowCount);
            energies[i / Dimension] += deviation * deviation;
        }

        return energies;
    }

    /// <summary>‖x − x̂‖² of each row, [rows].</summary>
    public double[] Errors(IDecoder decoder, SparseCodes codes)
    {
        var decoded = new float[Values.Length];
        ((SignalView)decoder.Decode(codes)).CopyRows(0, RowCount, decoded);
        var errors = new double[RowCount];
        for (int i = 0; i < decoded.Length; i++)
        {
            double error = (double)Values[i] - decoded[i];
            errors[i / Dimension] += error * error;
        }

        return errors;
    }

    /// <summary>
    /// ‖x − x̂‖² of each row, [rows], with codes of a greedy pursuit on the dictionary that have <paramref name="active"/> atoms on average: a number between two whole ones gives
    /// that share of the rows, evenly spread, the upper one.
    /// </summary>
    public double[] PursuitErrors(AtomDictionary dictionary, double active, PursuitSelection selection, bool nonNegative, RunContext context)
    {
        int lower = (int)Math.Floor(active);
        double share = active - lower;
        var errors = new double[RowCount];
        foreach (IGrouping<int, int> group in Enumerable.Range(0, RowCount).GroupBy(row => Math.Floor((row + 1) * share) > Math.Floor(row * share) ? lower + 1 : lower))
        {
            int[] rows = [.. group];
            SignalMatrix part = Rows(rows);
            SparseCodes codes = group.Key == 0
                ? SparseCodes.FromRows(dictionary.AtomCount, new int[rows.Length + 1], [], [])
                : new OmpEncoder(dictionary, new OmpOptions { MaxActive = Math.Min(group.Key, dictionary.Dimension), Selection = selection, NonNegative = nonNegative }).Encode(part.View, new EncodeRequest { Context = context });
            double[] found = part.Errors(dictionary, codes);
            for (int i = 0; i < rows.Length; i++)
            {
                errors[rows[i]] = found[i];
            }
        }

        return errors;
    }

    /// <summary>Share of latents that are active in none of the signals. Blocks of rows are encoded until every latent has been seen.</summary>
    public double SilentShare(SaeEncoder encoder, RunContext context)
    {
        const int Block = 8192;
        var seen = new bool[encoder.AtomCount];
        int left = seen.Length;
        for (int start = 0; start < RowCount && left > 0; start += Block)
        {
            int count = Math.Min(Block, RowCount - start);
            SparseCodes codes = encoder.Encode(SignalView.FromRows(Values.AsSpan(start * Dimension, count * Dimension), Dimension), new EncodeRequest { Context = context });
            for (int i = 0; i < codes.NonZeroCount; i++)
            {
                if (codes.Values[i] != 0 && !seen[codes.Atoms[i]])
                {
                    seen[codes.Atoms[i]] = true;
                    left--;
                }
            }
        }

        return (double)left / seen.Length;
    }
}

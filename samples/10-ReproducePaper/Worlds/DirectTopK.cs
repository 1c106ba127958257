namespace SparseCoding.Samples.ReproducePaper;

/// <summary>
/// The paper's "optimise top-k": plain codes, of which the k largest decode the signal in every iteration; Adam moves the entries that were kept. Its gradient never reaches an
/// entry that was not kept. As published the codes start at 0, so that the first k atoms are chosen by the order of a tie (here: the lower index).
/// </summary>
internal sealed record DirectTopK
{
    private const double Beta1 = 0.9;
    private const double Beta2 = 0.999;

    /// <summary>Entries that are kept.</summary>
    public required int K { get; init; }

    /// <summary>Learning rate of Adam.</summary>
    public double Rate { get; init; } = 0.9;

    /// <summary>Iterations.</summary>
    public int Iterations { get; init; } = 1000;

    /// <summary>Whether codes start at the correlations with the atoms, and not at 0.</summary>
    public bool FromCorrelations { get; init; }

    /// <summary>Whether the best iterate of each signal is kept, and not the last.</summary>
    public bool KeepBest { get; init; }

    /// <summary>The published settings.</summary>
    public static DirectTopK Published(int k, int iterations) => new() { K = k, Iterations = iterations };

    /// <summary>Settings to choose from by the error alone.</summary>
    public static IEnumerable<DirectTopK> Candidates(int k, int iterations)
    {
        foreach (bool correlations in (bool[])[false, true])
        {
            foreach (double rate in (double[])[0.9, 0.3, 0.1, 0.03, 0.01])
            {
                yield return new DirectTopK { K = k, Rate = rate, Iterations = iterations, FromCorrelations = correlations, KeepBest = true };
            }
        }
    }

    /// <summary>Codes of signals.</summary>
    /// <param name="signals">Signals, row by row.</param>
    /// <param name="dictionary">Dictionary, without offset.</param>
    /// <returns>Codes, and the mean squared error of an entry.</returns>
    public (SparseCodes Codes, double Mse) Encode(ReadOnlySpan<float> signals, AtomDictionary dictionary)
    {
        int n = dictionary.AtomCount, m = dictionary.Dimension, rows = signals.Length / m;
        float[] atoms = dictionary.ToTensor().ToArray();
        var dense = new float[rows * n];
        double sum = 0;
        var state = new State(n, m);
        for (int row = 0; row < rows; row++)
        {
            sum += EncodeRow(signals.Slice(row * m, m), atoms, state, dense.AsSpan(row * n, n));
        }

        return (SparseCodes.FromDense(SignalView.FromRows(dense, n)), sum / signals.Length);
    }

    private double EncodeRow(ReadOnlySpan<float> signal, float[] atoms, State state, Span<float> kept)
    {
        int n = kept.Length, m = signal.Length;
        state.Clear();
        if (FromCorrelations)
        {
            for (int j = 0; j < n; j++)
            {
                state.Codes[j] = Dot(signal, atoms.AsSpan(j * m, m));
            }
        }

        double lowest = double.PositiveInfinity, power1 = 1, power2 = 1;
        for (int t = 0; t <= Iterations; t++)
        {
            state.Select(K);
            double error = state.Residual(signal, atoms);
            if (!KeepBest || error < lowest)
            {
                lowest = error;
                for (int j = 0; j < n; j++)
                {
                    kept[j] = state.Kept[j] ? (float)state.Codes[j] : 0;
                }
            }

            power1 *= Beta1;
            power2 *= Beta2;
            for (int j = 0; j < n; j++)
            {
                // An entry that is not kept has gradient 0, but its moments still move it, as in the published form.
                double gradient = state.Kept[j] ? -2.0 / m * Dot(state.Rest, atoms.AsSpan(j * m, m)) : 0;
                state.First[j] = (Beta1 * state.First[j]) + ((1 - Beta1) * gradient);
                state.Second[j] = (Beta2 * state.Second[j]) + ((1 - Beta2) * gradient * gradient);
                state.Codes[j] -= Rate * state.First[j] / (1 - power1) / (Math.Sqrt(state.Second[j] / (1 - power2)) + 1e-8);
            }
        }

        return lowest;
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b) => System.Numerics.Tensors.TensorPrimitives.Dot(a, b);

    /// <summary>Working memory of a row.</summary>
    private sealed class State(int atoms, int dimension)
    {
        public double[] Codes { get; } = new double[atoms];

        public double[] First { get; } = new double[atoms];

        public double[] Second { get; } = new double[atoms];

        public bool[] Kept { get; } = new bool[atoms];

        public float[] Rest { get; } = new float[dimension];

        public void Clear()
        {
            Array.Clear(Codes);
            Array.Clear(First);
            Array.Clear(Second);
        }

        /// <summary>Marks the k largest codes, ties to the lower index.</summary>
        public void Select(int k)
        {
            Array.Clear(Kept);
            for (int taken = 0; taken < Math.Min(k, Codes.Length); taken++)
            {
                int best = -1;
                for (int j = 0; j < Codes.Length; j++)
                {
                    if (!Kept[j] && (best < 0 || Codes[j] > Codes[best]))
                    {
                        best = j;
                    }
                }

                Kept[best] = true;
            }
        }

        /// <summary>Leaves what the kept codes do not explain in <see cref="Rest"/>; gives its squared norm.</summary>
        public double Residual(ReadOnlySpan<float> signal, float[] dictionary)
        {
            signal.CopyTo(Rest);
            for (int j = 0; j < Codes.Length; j++)
            {
                if (Kept[j])
                {
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(dictionary.AsSpan(j * Rest.Length, Rest.Length), -(float)Codes[j], Rest, Rest);
                }
            }

            return Dot(Rest, Rest);
        }
    }
}

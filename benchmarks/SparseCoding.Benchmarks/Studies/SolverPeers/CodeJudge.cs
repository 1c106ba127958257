namespace SparseCoding.Benchmarks;

/// <summary>Judges codes of both sides alike, in float64 from signals and atoms.</summary>
internal static class CodeJudge
{
    /// <summary>
    /// Means over the first <paramref name="rows"/> signals: entries of a code, squared residual, and, where λ > 0, the duality gap, with the largest violation of the optimality
    /// conditions, max_j (|⟨d_j, r⟩| − λ) and | |⟨d_i, r⟩| − λ | on the support, over λ.
    /// </summary>
    public static (double Entries, double Residual, double Gap, double Violation) Judge(SparseCodes codes, float[] signals, float[] atoms, int dimension, int rows, double lambda, bool nonNegative)
    {
        int count = atoms.Length / dimension;
        double entries = 0, squared = 0, gaps = 0, violation = 0;
        double[] wide = lambda > 0 ? Array.ConvertAll(atoms, a => (double)a) : [];
        var residual = new double[dimension];
        for (int row = 0; row < rows; row++)
        {
            SparseRow code = codes[row];
            double l1 = 0, fit = 0, error = 0, largest = 0;
            for (int i = 0; i < dimension; i++)
            {
                residual[i] = signals[(row * dimension) + i];
            }

            for (int i = 0; i < code.Atoms.Length; i++)
            {
                double value = code.Values[i];
                entries += value == 0 ? 0 : 1;
                l1 += Math.Abs(value);
                for (int k = 0; k < dimension; k++)
                {
                    residual[k] -= value * atoms[(code.Atoms[i] * dimension) + k];
                }
            }

            for (int k = 0; k < dimension; k++)
            {
                error += residual[k] * residual[k];
                fit += residual[k] * signals[(row * dimension) + k];
            }

            squared += error;
            if (lambda == 0)
            {
                continue;
            }

            for (int j = 0; j < count; j++)
            {
                double c = System.Numerics.Tensors.TensorPrimitives.Dot<double>(wide.AsSpan(j * dimension, dimension), residual);
                largest = Math.Max(largest, nonNegative ? c : Math.Abs(c));
            }

            violation = Math.Max(violation, (largest - lambda) / lambda);
            for (int i = 0; i < code.Atoms.Length; i++)
            {
                if (code.Values[i] != 0)
                {
                    double c = System.Numerics.Tensors.TensorPrimitives.Dot<double>(wide.AsSpan(code.Atoms[i] * dimension, dimension), residual);
                    violation = Math.Max(violation, Math.Abs((c * Math.Sign(code.Values[i])) - lambda) / lambda);
                }
            }

            double theta = largest > lambda ? lambda / largest : 1;
            gaps += Math.Max(0, (0.5 * error * (1 + (theta * theta))) - (theta * fit) + (lambda * l1));
        }

        return (entries / rows, squared / rows, gaps / rows, violation);
    }

    /// <summary>Share of the first <paramref name="rows"/> signals with the same set of atoms on both sides.</summary>
    public static double SameSupports(SparseCodes left, SparseCodes right, int rows)
    {
        int same = 0;
        for (int row = 0; row < rows; row++)
        {
            int[] a = left[row].Atoms.ToArray(), b = right[row].Atoms.ToArray();
            Array.Sort(a);
            Array.Sort(b);
            same += a.AsSpan().SequenceEqual(b) ? 1 : 0;
        }

        return (double)same / rows;
    }
}

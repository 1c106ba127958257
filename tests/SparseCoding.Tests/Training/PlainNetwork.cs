using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>The losses of the documentation in double precision, written down from the formulas and not from the code: the function that gradients are checked against.</summary>
internal sealed class PlainNetwork(NetworkCase form, IReadOnlyDictionary<string, double[]> parameters, float[] signals, float[] truth)
{
    /// <summary>Loss of the batch.</summary>
    public double Loss()
    {
        double loss = 0;
        var codes = new double[NetworkCase.Rows][];
        for (int row = 0; row < NetworkCase.Rows; row++)
        {
            double[] u = [.. signals.Skip(row * NetworkCase.Dimension).Take(NetworkCase.Dimension).Select(x => (double)x / form.Scale)];
            double[] z = codes[row] = Encode(u);
            if (form.Loss is null)
            {
                double squared = 0;
                for (int j = 0; j < u.Length; j++)
                {
                    double reconstruction = parameters.TryGetValue("decoder.bias", out double[]? offset) ? offset[j] : 0;
                    for (int k = 0; k < z.Length; k++)
                    {
                        reconstruction += z[k] * parameters["decoder.atoms"][(k * u.Length) + j];
                    }

                    squared += Math.Pow(u[j] - reconstruction, 2);
                }

                loss += ((0.5 * squared) + (form.Lambda * z.Sum(Math.Abs))) / NetworkCase.Rows;
            }
            else if (form.Loss == CodeLoss.SquaredError)
            {
                loss += 0.5 * z.Select((value, k) => Math.Pow(value - truth[(row * z.Length) + k], 2)).Sum() / NetworkCase.Rows;
            }
        }

        return form.Loss == CodeLoss.Cosine ? -Enumerable.Range(0, NetworkCase.AtomCount).Average(atom => Cosine(codes, atom)) : loss;
    }

    private double Cosine(double[][] codes, int atom)
    {
        double dot = 0, squares = 0, trueSquares = 0;
        for (int row = 0; row < codes.Length; row++)
        {
            double value = codes[row][atom], wanted = truth[(row * NetworkCase.AtomCount) + atom];
            dot += value * wanted;
            squares += value * value;
            trueSquares += wanted * wanted;
        }

        return squares == 0 || trueSquares == 0 ? 0 : dot / Math.Sqrt(squares * trueSquares);
    }

    private double[] Encode(double[] u)
    {
        double[] current = parameters.TryGetValue("decoder.bias", out double[]? offset) ? [.. u.Zip(offset, (a, b) => a - b)] : u;
        for (int layer = 0; layer <= form.Hidden.Length; layer++)
        {
            double[] weights = parameters[$"encoder.{layer}.weight"], input = current;
            double[]? bias = parameters.GetValueOrDefault($"encoder.{layer}.bias");
            current = new double[weights.Length / input.Length];
            for (int i = 0; i < current.Length; i++)
            {
                double sum = bias?[i] ?? 0;
                for (int j = 0; j < input.Length; j++)
                {
                    sum += weights[(i * input.Length) + j] * input[j];
                }

                current[i] = Math.Max(sum, 0);
            }
        }

        if (form.TopK)
        {
            double least = current.OrderDescending().ElementAt(NetworkCase.K - 1);
            current = [.. current.Select(value => value >= least ? value : 0)];
        }

        return current;
    }
}

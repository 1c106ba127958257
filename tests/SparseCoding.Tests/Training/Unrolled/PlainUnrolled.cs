namespace SparseCoding.Tests;

/// <summary>The layers and losses of the documentation in double precision, written down from the formulas and not from the code.</summary>
internal sealed class PlainUnrolled(UnrolledCase form, IReadOnlyDictionary<string, double[]> parameters, float[] signals, float[] truth, int depth = UnrolledCase.Layers)
{
    private const int M = UnrolledCase.Dimension, N = UnrolledCase.AtomCount;

    /// <summary>Loss of the batch behind layer <c>depth</c>.</summary>
    public double Loss()
    {
        var codes = new double[UnrolledCase.Rows][];
        double loss = 0;
        for (int row = 0; row < codes.Length; row++)
        {
            double[] input = [.. signals.Skip(row * M).Take(M).Select((x, j) => ((double)x / form.Scale) - Offset(j))];
            double[] z = codes[row] = Encode(input);
            if (form.Loss is null)
            {
                loss += ((0.5 * Residual(input, z).Sum(r => r * r)) + (form.Lambda * z.Sum(Math.Abs))) / codes.Length;
            }
            else if (form.Loss == CodeLoss.SquaredError)
            {
                loss += 0.5 * z.Select((value, k) => Math.Pow(value - truth[(row * N) + k], 2)).Sum() / codes.Length;
            }
        }

        return form.Loss == CodeLoss.Cosine ? -Enumerable.Range(0, N).Average(atom => Cosine(codes, atom)) : loss;
    }

    /// <summary>The code of u − b.</summary>
    public double[] Encode(double[] input)
    {
        var z = new double[N];
        for (int layer = 0; layer < depth; layer++)
        {
            double[] w = Shared("weight", layer, 0), from = form.Weights == ListaWeights.Free ? input : Residual(input, z);
            double step = form.Weights == ListaWeights.Analytic ? parameters[$"encoder.{layer}.step"][0] : 1;
            double[]? recurrent = form.Weights == ListaWeights.Free && layer > 0 ? Shared("recurrent", layer, 1) : null;
            var v = new double[N];
            for (int i = 0; i < N; i++)
            {
                v[i] = recurrent is null ? (form.Weights == ListaWeights.Free ? 0 : z[i]) : Enumerable.Range(0, N).Sum(k => recurrent[(i * N) + k] * z[k]);
                v[i] += step * Enumerable.Range(0, M).Sum(j => w[(i * M) + j] * from[j]);
            }

            double Size(double value) => form.NonNegative ? value : Math.Abs(value);
            int kept = form.Rich ? (int)(Math.Min(0.15 * (layer + 1), 0.3) * N) : 0;
            int[] largest = [.. Enumerable.Range(0, N).OrderByDescending(i => Size(v[i])).Take(kept)];
            double[] thresholds = parameters[$"encoder.{layer}.threshold"];
            z = [.. v.Select((value, i) =>
            {
                double threshold = thresholds[thresholds.Length == 1 ? 0 : i];
                return Size(value) <= threshold ? 0 : largest.Contains(i) ? value : value - (Math.Sign(value) * threshold);
            })];
        }

        return z;
    }

    private double Offset(int j) => parameters.TryGetValue("decoder.bias", out double[]? offset) ? offset[j] : 0;

    private double[] Shared(string name, int layer, int first) => parameters[$"encoder.{(form.Tied || form.Weights == ListaWeights.Analytic ? first : layer)}.{name}"];

    private double[] Residual(double[] input, double[] z) =>
        [.. input.Select((x, j) => x - z.Select((value, k) => value * parameters["decoder.atoms"][(k * M) + j]).Sum())];

    private double Cosine(double[][] codes, int atom)
    {
        double dot = 0, squares = 0, trueSquares = 0;
        for (int row = 0; row < codes.Length; row++)
        {
            double value = codes[row][atom], wanted = truth[(row * N) + atom];
            (dot, squares, trueSquares) = (dot + (value * wanted), squares + (value * value), trueSquares + (wanted * wanted));
        }

        return squares == 0 || trueSquares == 0 ? 0 : dot / Math.Sqrt(squares * trueSquares);
    }
}

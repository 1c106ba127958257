using System.Numerics.Tensors;

namespace SparseCoding.Benchmarks;

/// <summary>FISTA as it is printed (Beck and Teboulle 2009): no restart, no refit, so that k iterations are k layers.</summary>
internal static class PlainFista
{
    /// <summary>The codes after 1, 2, ... iterations of all signals of the world, [iterations][samples, atoms].</summary>
    public static SparseCodes[] Run(ListaWorld world, double lambda, int iterations, int threads)
    {
        int n = world.Atoms, m = world.Dimension, rows = world.TestCodes.RowCount;
        float[] atoms = Values(world.Dictionary.ToTensor()), signals = Values(world.TestSignals), gram = new float[n * n];
        for (int i = 0; i < n * n; i++)
        {
            gram[i] = TensorPrimitives.Dot<float>(atoms.AsSpan(i / n * m, m), atoms.AsSpan(i % n * m, m));
        }

        float step = (float)(1 / Largest(gram, n)), threshold = (float)lambda * step;
        var codes = new float[iterations][,];
        for (int k = 0; k < iterations; k++)
        {
            codes[k] = new float[rows, n];
        }

        Parallel.For(0, rows, new ParallelOptions { MaxDegreeOfParallelism = threads }, row =>
        {
            float[] correlations = new float[n], code = new float[n], ahead = new float[n], gradient = new float[n];
            for (int j = 0; j < n; j++)
            {
                correlations[j] = TensorPrimitives.Dot<float>(atoms.AsSpan(j * m, m), signals.AsSpan(row * m, m));
            }

            double momentum = 1;
            for (int k = 0; k < iterations; k++)
            {
                TensorPrimitives.Negate<float>(correlations, gradient);
                for (int j = 0; j < n; j++)
                {
                    if (ahead[j] != 0)
                    {
                        TensorPrimitives.MultiplyAdd<float>(gram.AsSpan(j * n, n), ahead[j], gradient, gradient);
                    }
                }

                double next = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
                float share = (float)((momentum - 1) / next);
                momentum = next;
                for (int j = 0; j < n; j++)
                {
                    float value = ahead[j] - (step * gradient[j]), shrunk = Math.Max(Math.Abs(value) - threshold, 0) * Math.Sign(value);
                    ahead[j] = shrunk + (share * (shrunk - code[j]));
                    code[j] = shrunk;
                    codes[k][row, j] = shrunk;
                }
            }
        });
        return [.. codes.Select(c => SparseCodes.FromDense(c))];
    }

    private static double Largest(float[] gram, int n)
    {
        var vector = new double[n];
        for (int i = 0; i < n; i++)
        {
            vector[i] = 1 + Math.Sin(i * 1.7);
        }

        double norm = 1;
        for (int round = 0; round < 200; round++)
        {
            var image = new double[n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    image[i] += gram[(i * n) + j] * vector[j];
                }
            }

            norm = TensorPrimitives.Norm<double>(image);
            TensorPrimitives.Divide(image, norm, vector);
        }

        return norm;
    }

    private static float[] Values(Tensor<float> tensor)
    {
        var values = new float[tensor.FlattenedLength];
        tensor.FlattenTo(values);
        return values;
    }
}

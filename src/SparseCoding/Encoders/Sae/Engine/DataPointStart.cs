using SparseCoding.Backends;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>Atoms and encoder from signals: see <see cref="Initialization.DataPoints"/>.</summary>
internal static class DataPointStart
{
    /// <summary>Writes both from <paramref name="points"/> [atoms, dimension]; a signal of norm 0 leaves the random part alone.</summary>
    public static void Apply(Backend backend, float[] points, TrainingOptions options, Parameter atoms, Parameter weights)
    {
        int dimension = weights.Value.Columns;
        double share = options.DataPointShare, bound = Math.Sqrt(6.0 / dimension);
        bool scaled = options.Initialization == Initialization.ScaledDataPoints;
        var stream = new RandomStream(options.Seed, "sae.init.data_point_noise");
        var row = new float[dimension];
        for (long atom = 0; atom < weights.Value.Rows; atom++)
        {
            ReadOnlySpan<float> point = points.AsSpan(checked((int)(atom * dimension)), dimension);
            double pointFactor = share, noiseFactor = 1 - share;
            if (scaled)
            {
                stream.FillUniform(row, -bound, bound);
            }
            else
            {
                stream.FillNormal(row);
                pointFactor *= InverseNorm(point);
                noiseFactor = pointFactor > 0 ? noiseFactor * InverseNorm(row) : 1;
            }

            for (int i = 0; i < dimension; i++)
            {
                row[i] = (float)((pointFactor * point[i]) + (noiseFactor * row[i]));
            }

            if (!scaled)
            {
                double factor = InverseNorm(row);
                for (int i = 0; i < dimension; i++)
                {
                    row[i] = (float)(row[i] * factor);
                }
            }

            backend.Write(weights.Value, atom, row);
            backend.Write(atoms.Value, atom, row);
        }

        if (atoms.HasUnitRows)
        {
            backend.NormalizeRows(atoms.Value);
        }
    }

    private static double InverseNorm(ReadOnlySpan<float> row)
    {
        double squares = 0;
        foreach (float value in row)
        {
            squares += (double)value * value;
        }

        return squares > 0 ? 1 / Math.Sqrt(squares) : 0;
    }
}

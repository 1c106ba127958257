using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>What a network's units are: u = (x − mean)/(deviation · scale), a mean and deviation for each coordinate where there are rows.</summary>
internal sealed record SignalUnits(float Scale, UnitRows? Rows)
{
    /// <summary>The affine decoder x̂ = mean + deviation ⊙ (scale · (zD + b)) from û = zD + b; takes the arrays over. The scale stays one where there are no rows.</summary>
    public AtomDictionary Dictionary(float[] atoms, int dimension, float[]? offset)
    {
        if (offset is not null)
        {
            for (int i = 0; i < offset.Length; i++)
            {
                offset[i] *= Scale;
            }
        }

        if (Rows is null)
        {
            return new AtomDictionary(atoms, dimension, offset, Scale);
        }

        Rows.ScaleRows(atoms);
        return new AtomDictionary(atoms, dimension, Rows.Offset(offset), Scale);
    }
}

namespace SparseCoding.Training;

/// <summary>Units of each coordinate: u = (x − mean)/deviation, both [dimension], deviations positive.</summary>
internal sealed record UnitRows(float[] Mean, float[] Deviation)
{
    /// <summary>The inverse map of a decoder's atoms [atoms, dimension], in place: each coordinate times its deviation.</summary>
    public void ScaleRows(Span<float> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] *= Deviation[i % Deviation.Length];
        }
    }

    /// <summary>The map of an encoder's weights [atoms, dimension], in place: each coordinate divided by its deviation.</summary>
    public void DivideRows(Span<float> rows)
    {
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] /= Deviation[i % Deviation.Length];
        }
    }

    /// <summary>mean + deviation ⊙ offset; the mean without an offset.</summary>
    public float[] Offset(float[]? offset) =>
        [.. Mean.Select((mean, i) => offset is null ? mean : mean + (Deviation[i] * offset[i]))];
}

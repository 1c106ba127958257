using SparseCoding.Diagnostics;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>From a <see cref="ForeignSae"/> to an encoder of this library: the one place that knows what the library can compute.</summary>
internal static class ForeignConversion
{
    /// <summary>The same SAE as an encoder without training options. NotSupportedException for a part that the library does not have.</summary>
    public static SaeEncoder ToEncoder(ForeignSae sae)
    {
        RequireSupported(sae);
        if (sae.RescalesByDecoderNorm || sae.FoldsDecoderNorm)
        {
            FoldNorms(sae);
        }

        Selection selection = sae.Selection switch
        {
            ForeignSelection.TopK => new TopKSelection(sae.K),
            ForeignSelection.Threshold => new JumpReluSelection(),
            ForeignSelection.BatchTopK => new BatchTopKSelection(sae.K),
            ForeignSelection.AbsTopK => new AbsTopKSelection(sae.K),
            ForeignSelection.GroupMax => new GroupMaxSelection(sae.K),
            ForeignSelection.Gated => Selection.Gated,
            _ => Selection.Relu,
        };
        float[]? offset = sae.DecoderBias.AsSpan().ContainsAnyExcept(0f) ? [.. sae.DecoderBias.Select(b => b / sae.InputScale)] : null;
        float inputScale = 1 / sae.InputScale;
        int output = sae.Decoder.Length / sae.AtomCount;
        var atoms = new AtomDictionary(sae.Decoder, output, offset, inputScale);
        bool predicts = sae.IsTranscoder || sae.Skip is not null;
        InputNormalization byRow = sae.RowNormalization switch
        {
            RowNormalization.LayerNorm => InputNormalization.LayerNorm,
            RowNormalization.ConstantNorm => InputNormalization.RowNorm,
            _ => InputNormalization.None,
        };
        var state = new SaeState
        {
            Encoder = new LinearLayer(sae.Dimension, sae.AtomCount, sae.Encoder, sae.GateBias ?? sae.EncoderBias),
            Selection = selection,
            Decoder = predicts ? new TranscoderDecoder(atoms, sae.Dimension, sae.Skip)
                : byRow != InputNormalization.None ? new RowNormalizedDecoder(atoms, byRow)
                : atoms,
            Normalization = byRow,
            InputOffset = sae.SubtractsDecoderBias ? offset : null,
            InputScale = inputScale,
            Vectors = VectorsOf(sae),
        };
        var options = new SaeOptions
        {
            AtomCount = sae.AtomCount,
            Selection = selection,
            Decoder = predicts ? new TranscoderDecoderOptions { OutputDimension = output, Skip = sae.Skip is not null, UnitNorm = false } : SaeDecoderOptions.Linear,
            Normalization = sae.ExpectsUnitScale ? InputNormalization.MeanNorm : byRow,
        };
        return new SaeEncoder(options, training: null, state, record: null) { ExpectedL0 = sae.ExpectedL0 };
    }

    private static IReadOnlyDictionary<string, float[]> VectorsOf(ForeignSae sae) =>
        sae.Thresholds is not null ? new Dictionary<string, float[]> { [JumpReluSelection.ThresholdName] = sae.Thresholds }
        : sae.Selection == ForeignSelection.Gated ? new Dictionary<string, float[]> { [GatedSelection.ScaleName] = sae.LogMagnitude!, [GatedSelection.BiasName] = sae.MagnitudeBias! }
        : SaeState.NoVectors;

    private static void RequireSupported(ForeignSae sae)
    {
        if (sae.RowNormalization != RowNormalization.None && (sae.IsTranscoder || sae.Skip is not null))
        {
            Throw.NotSupported($"{sae.Source}: it has {Name(sae.RowNormalization)} with a transcoder or a skip connection, whose target the row's own figures do not scale; without it its codes would be wrong.");
        }
    }

    private static string Name(RowNormalization normalization) =>
        normalization == RowNormalization.LayerNorm ? "a layer_norm of each row" : "a constant_norm_rescale of each row";

    /// <summary>
    /// code = select(pre · ‖w_j‖), x̂ = (code/‖w_j‖) D + b_dec equal a plain SAE with W_j ‖w_j‖, b_j ‖w_j‖ and atoms of norm 1: the norm only changes its
    /// place. A norm of 0 makes the foreign library's own result 0/0, so it is refused. A threshold would have to move along; no format has both.
    /// </summary>
    private static void FoldNorms(ForeignSae sae)
    {
        int dimension = sae.Dimension, output = sae.Decoder.Length / sae.AtomCount;
        for (int atom = 0; atom < sae.AtomCount; atom++)
        {
            Span<float> row = sae.Decoder.AsSpan(atom * output, output);
            double squared = 0;
            foreach (float value in row)
            {
                squared += (double)value * value;
            }

            double norm = Math.Sqrt(squared);
            if (!((float)norm > 0))
            {
                Throw.InvalidData($"{sae.Source}: row {atom} of W_dec has norm {norm}, and its own library divides by it; remove that latent.");
            }

            foreach (ref float value in row)
            {
                value = (float)(value / norm);
            }

            foreach (ref float value in sae.Encoder.AsSpan(atom * dimension, dimension))
            {
                value = (float)(value * norm);
            }

            sae.EncoderBias[atom] = (float)(sae.EncoderBias[atom] * norm);
        }
    }
}

namespace SparseCoding.Encoders;

/// <summary>How a foreign SAE chooses entries of the code from its pre-activations.</summary>
internal enum ForeignSelection
{
    /// <summary>max(pre, 0).</summary>
    Relu,

    /// <summary>The k largest of each row, negative ones set to 0.</summary>
    TopK,

    /// <summary>pre where it exceeds the latent's threshold (and 0): JumpReLU.</summary>
    Threshold,

    /// <summary>The same with one threshold for all, left by a training that kept the k largest per row on average over the batch.</summary>
    BatchTopK,

    /// <summary>max(pre · e^r_mag + b_mag, 0) where pre + b_gate is positive (Rajamanoharan et al. 2024).</summary>
    Gated,

    /// <summary>The k entries of largest magnitude, sign kept.</summary>
    AbsTopK,

    /// <summary>The largest of each of k contiguous groups, if positive.</summary>
    GroupMax,
}

/// <summary>What a foreign SAE does to each row before encoding and undoes after decoding.</summary>
internal enum RowNormalization
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>(x − mean)/(std + 1e-5) with the unbiased standard deviation of the row; x̂ · std + mean (SAELens layer_norm; OpenAI's TopK files).</summary>
    LayerNorm,

    /// <summary>x · √d/‖x‖; x̂ · ‖x‖/√d (SAELens constant_norm_rescale).</summary>
    ConstantNorm,
}

/// <summary>
/// An SAE of another library, apart from its layout. With u = s · normalised x, c = b_dec where it is subtracted and 0 elsewhere:
/// pre = (u − c) Wᵀ + b, code = select(pre), x̂ = undo((code · D + b_dec)/s) + x Skipᵀ. One reader per layout makes it; <see cref="ForeignConversion"/>
/// makes an encoder of it, or says by name what this library does not have.
/// </summary>
internal sealed class ForeignSae
{
    /// <summary>File or folder, for messages.</summary>
    public required string Source { get; init; }

    /// <summary>Which pre-activations become entries.</summary>
    public required ForeignSelection Selection { get; init; }

    /// <summary>Dimension of a signal.</summary>
    public required int Dimension { get; init; }

    /// <summary>Number of latents.</summary>
    public required int AtomCount { get; init; }

    /// <summary>Encoder W, [atoms, dimension].</summary>
    public required float[] Encoder { get; init; }

    /// <summary>Bias of the encoder, [atoms].</summary>
    public required float[] EncoderBias { get; init; }

    /// <summary>Atoms D, [atoms, output dimension], of any norm.</summary>
    public required float[] Decoder { get; init; }

    /// <summary>Bias of the decoder, [output dimension].</summary>
    public required float[] DecoderBias { get; init; }

    /// <summary>Whether the decoder's bias is subtracted from the (scaled) signal before encoding.</summary>
    public required bool SubtractsDecoderBias { get; init; }

    /// <summary>Active latents of TopK, BatchTopK, AbsTopK and GroupMax; 0 otherwise.</summary>
    public int K { get; init; }

    /// <summary>Thresholds, [atoms], for <see cref="ForeignSelection.Threshold"/> and <see cref="ForeignSelection.BatchTopK"/>.</summary>
    public float[]? Thresholds { get; init; }

    /// <summary>Bias of a gate, [atoms]; its <see cref="EncoderBias"/> is 0.</summary>
    public float[]? GateBias { get; init; }

    /// <summary>Bias of a gated SAE's magnitudes, [atoms].</summary>
    public float[]? MagnitudeBias { get; init; }

    /// <summary>Logarithm r_mag of a gated SAE's factor on pre for its magnitudes, [atoms].</summary>
    public float[]? LogMagnitude { get; init; }

    /// <summary>Whether it predicts another signal than its input; then output and input dimension may differ.</summary>
    public bool IsTranscoder { get; init; }

    /// <summary>Matrix of a skip connection, [output dimension, dimension].</summary>
    public float[]? Skip { get; init; }

    /// <summary>Factor s on the signal, positive.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>Whether s makes the mean norm of a signal √dimension.</summary>
    public bool ExpectsUnitScale { get; init; }

    /// <summary>Whether pre-activations are multiplied by the norms of the atoms before the selection and codes divided by them before decoding.</summary>
    public bool RescalesByDecoderNorm { get; init; }

    /// <summary>Whether its own loader moves the norms of the atoms into encoder and codes, so that atoms have norm 1.</summary>
    public bool FoldsDecoderNorm { get; init; }

    /// <summary>What is done to each row.</summary>
    public RowNormalization RowNormalization { get; init; }

    /// <summary>Mean number of active latents that the files state; null where they do not.</summary>
    public double? ExpectedL0 { get; init; }
}

namespace SparseCoding;

/// <summary>
/// How signals are brought to the units that an encoder works in. The decoder undoes it, so that codes decode to signals in their own units. What is the same
/// for every row is part of the decoder's affine map; what depends on the row (<see cref="RowNorm"/>, <see cref="LayerNorm"/>) needs the signal again:
/// see <see cref="ISignalDecoder"/>.
/// </summary>
public enum InputNormalization
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By one factor, so that the mean norm of a signal is √dimension (SAELens: expected_average_only_in). A crosscoder has one factor for each view.</summary>
    MeanNorm,

    /// <summary>By a factor that is given: u = x · <see cref="SaeOptions.NormalizationFactor"/> (SAELens: constant_scalar_rescale). Only an SAE has it.</summary>
    Constant,

    /// <summary>
    /// Each row to norm √dimension: u = x √d/‖x‖, and x̂ = û ‖x‖/√d (SAELens: constant_norm_rescale). A row of zeros stays one, and decodes to zeros. Only an SAE has it.
    /// </summary>
    RowNorm,

    /// <summary>
    /// Each row to mean 0 and deviation 1: u = (x − m)/(s + 10⁻⁵) with mean m and unbiased standard deviation s of the row's own entries, and
    /// x̂ = û (s + 10⁻⁵) + m (SAELens: layer_norm; OpenAI's TopK autoencoders). Needs a dimension of at least 2. Only an SAE has it.
    /// </summary>
    LayerNorm,

    /// <summary>
    /// Each coordinate to mean 0 and deviation 1 over the training data (the diagonal of a whitening); a constant coordinate is only centred. A trained
    /// encoder has it folded into its weights and atoms, which then have other norms than 1. Only an SAE has it.
    /// </summary>
    Standardize,
}

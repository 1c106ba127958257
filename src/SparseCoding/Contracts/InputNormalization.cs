namespace SparseCoding;

/// <summary>How signals are scaled before an encoder sees them; the dictionary undoes it, so that codes decode to signals in their own units.</summary>
public enum InputNormalization
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By one factor, so that the mean norm of a signal is √dimension (SAELens: expected_average_only_in).</summary>
    MeanNorm,
}

using SparseCoding.Diagnostics;

namespace SparseCoding.Encoders;

/// <summary>Checks that signals belong to codes.</summary>
internal static class SignalRows
{
    /// <summary>As many signals as codes, of that dimension, finite; ArgumentException otherwise.</summary>
    public static void Require(SparseCodes codes, SignalView signals, int dimension)
    {
        signals.ThrowIfInvalid(nameof(signals), dimension, "the decoder", allowEmpty: true);
        if (codes.RowCount != signals.RowCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but signals has [{signals.RowCount}, {signals.Dimension}]: one signal for each code is needed.", nameof(signals));
        }
    }
}

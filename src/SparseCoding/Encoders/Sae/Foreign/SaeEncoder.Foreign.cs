using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <content>What a foreign file says about the SAE it holds.</content>
public sealed partial class SaeEncoder
{
    /// <summary>
    /// Mean number of active latents per row (L0) that the foreign files state: metadata.l0 or sparsity.safetensors of SAELens, the folder
    /// average_l0_N of Gemma Scope, latents_activation_frequency of OpenAI. Null where they state none, and for an encoder that was not loaded from them.
    /// </summary>
    public double? ExpectedL0 { get; internal init; }

    /// <summary>
    /// Encodes activations of the model that the SAE was trained on and compares their mean L0 with <see cref="ExpectedL0"/>: the quickest way to see
    /// that activations come from another layer, in other units, or with tokens (a start token) that the training left out.
    /// </summary>
    /// <param name="signals">Activations, [samples, dimension]; some thousand rows of ordinary text.</param>
    /// <param name="relativeTolerance">Largest accepted |L0 − expected|/expected, positive. Stated values come from other text and are often rounded.</param>
    /// <param name="cancellationToken">Stops the encoding.</param>
    /// <returns>The mean L0 of the signals.</returns>
    /// <exception cref="InvalidOperationException">The files state no L0.</exception>
    /// <exception cref="InvalidDataException">The L0 is another one; the message has both.</exception>
    /// <exception cref="ArgumentException">No rows, another dimension, NaN or infinity.</exception>
    public double CheckExpectedL0(SignalView signals, double relativeTolerance = 0.25, CancellationToken cancellationToken = default)
    {
        if (!(relativeTolerance > 0) || !double.IsFinite(relativeTolerance))
        {
            Throw.OutOfRange(nameof(relativeTolerance), relativeTolerance, "a finite positive number");
        }

        if (ExpectedL0 is not { } expected)
        {
            throw new InvalidOperationException("This encoder has no ExpectedL0: the files it was loaded from state no L0, or it was not loaded from foreign files. Compare with the number its authors published.");
        }

        SparseCodes codes = Encode(signals, request: null, cancellationToken);
        if (codes.RowCount == 0)
        {
            Throw.Argument("signals has no rows, so it has no mean L0.", nameof(signals));
        }

        double found = (double)codes.NonZeroCount / codes.RowCount;
        if (!(Math.Abs(found - expected) <= relativeTolerance * expected))
        {
            Throw.InvalidData($"The mean L0 of these signals is {found:0.##}, but the files state {expected:0.##}: the signals are probably from another layer, "
                + "in other units (normalisation, scale), or hold tokens that the training left out, such as the start token.");
        }

        return found;
    }
}

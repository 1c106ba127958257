namespace SparseCoding;

/// <summary>
/// Turns signals into sparse codes. An encoder is an immutable value: options and, once fitted or loaded, a state. Thread-safe, managed
/// memory, nothing to dispose.
/// </summary>
public interface IEncoder
{
    /// <summary>Number of atoms: the width of the codes.</summary>
    int AtomCount { get; }

    /// <summary>Dimension of the signals.</summary>
    /// <exception cref="InvalidOperationException">The encoder is not fitted and was given no dictionary.</exception>
    int Dimension { get; }

    /// <summary>What turns the codes back into signals.</summary>
    /// <exception cref="InvalidOperationException">The encoder is not fitted and was given no dictionary.</exception>
    IDecoder Decoder { get; }

    /// <summary>Codes of the signals, [samples, atoms].</summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="request">Warm start, threads and progress; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted: Fit returns the trained encoder and leaves this one as it was.</exception>
    /// <exception cref="ArgumentException">The signals have another dimension, are empty, or hold NaN or infinity.</exception>
    SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Codes of the signals with, for every row, iterations, stop reason, and gap or residual.</summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="request">Warm start, threads and progress; null for defaults.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default);

    /// <summary>Floating-point operations to encode that many signals; says when it is a bound.</summary>
    /// <param name="samples">Number of signals, at least 0.</param>
    FlopCount EncodingFlops(long samples);
}

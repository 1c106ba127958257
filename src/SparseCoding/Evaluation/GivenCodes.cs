using SparseCoding.Diagnostics;

namespace SparseCoding.Evaluations;

/// <summary>Codes that exist already, in the place of an encoder: the evaluation takes its rows in order instead of encoding.</summary>
internal sealed class GivenCodes(SparseCodes codes, IDecoder decoder) : IEncoder
{
    /// <summary>The codes, [samples, atoms].</summary>
    public SparseCodes Codes => codes;

    /// <inheritdoc/>
    public int AtomCount => codes.AtomCount;

    /// <inheritdoc/>
    public int Dimension => decoder.InputDimension;

    /// <inheritdoc/>
    public IDecoder Decoder => decoder;

    /// <inheritdoc/>
    public SparseCodes Encode(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) => throw Unencodable();

    /// <inheritdoc/>
    public EncodeResult EncodeDetailed(SignalView signals, EncodeRequest? request = null, CancellationToken cancellationToken = default) => throw Unencodable();

    /// <summary>None: nothing is encoded.</summary>
    public FlopCount EncodingFlops(long samples) => default;

    /// <summary>"codes [1024, 16]".</summary>
    public override string ToString() => $"codes [{codes.RowCount}, {codes.AtomCount}]";

    private static NotSupportedException Unencodable() => new("Given codes cannot encode other signals.");
}

using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>φ(a) = a with the norms of the atoms: see <see cref="L1Penalty.TimesDecoderNorm"/>.</summary>
internal sealed class ScaledL1Part(SaeModel model, L1Penalty options) : ScaledPenaltyPart(model, options.Weight, options.Controller, scaled: true)
{
    /// <inheritdoc/>
    protected override int OperationsPerPlace => 0;

    /// <inheritdoc/>
    protected override void Slope(SaeStep step, DeviceMatrix a, DeviceMatrix result, float alpha) => Model.Backend.Fill(result, alpha);

    /// <inheritdoc/>
    protected override void Shape(SaeStep step, DeviceMatrix a, DeviceMatrix result) => Model.Backend.Map(MapOperation.Scale, result, a);
}

using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>φ(a) = ln(1 + a/ε): see <see cref="LogPenalty"/>.</summary>
internal sealed class LogPart(SaeModel model, LogPenalty options) : ScaledPenaltyPart(model, options.Weight, options.Controller, scaled: true)
{
    /// <inheritdoc/>
    protected override int OperationsPerPlace => 2;

    /// <inheritdoc/>
    protected override void Slope(SaeStep step, DeviceMatrix a, DeviceMatrix result, float alpha)
    {
        DeviceMatrix denominator = step.Penalized.Places("penalty.denominator");
        Model.Backend.Map(MapOperation.Affine, denominator, a, null, options.Offset);
        Model.Backend.Fill(result, alpha);
        Model.Backend.Map(MapOperation.Divide, result, result, denominator);
    }

    /// <inheritdoc/>
    protected override void Shape(SaeStep step, DeviceMatrix a, DeviceMatrix result)
    {
        Model.Backend.Map(MapOperation.Affine, result, a, null, 1, 1 / options.Offset);
        Model.Backend.Map(MapOperation.Log, result, result);
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>φ(a) = tanh(c·a): see <see cref="TanhPenalty"/>.</summary>
internal sealed class TanhPart(SaeModel model, TanhPenalty options) : ScaledPenaltyPart(model, options.Weight, options.Controller, scaled: true)
{
    /// <inheritdoc/>
    protected override int OperationsPerPlace => 3;

    /// <inheritdoc/>
    protected override bool ReachesZeros => true;

    /// <inheritdoc/>
    protected override void Slope(SaeStep step, DeviceMatrix a, DeviceMatrix result, float alpha)
    {
        Shape(step, a, result);
        Model.Backend.Map(MapOperation.Multiply, result, result, result);
        Model.Backend.Map(MapOperation.Affine, result, result, null, alpha * options.Slope, -alpha * options.Slope);
    }

    /// <inheritdoc/>
    protected override void Shape(SaeStep step, DeviceMatrix a, DeviceMatrix result) => Model.Backend.Map(MapOperation.Tanh, result, a, null, options.Slope);
}

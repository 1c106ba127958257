using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>Codes with a place for every atom.</summary>
internal sealed class DenseCodeBatch(Backend backend, int rows, int atomCount, bool training = true) : CodeBatch(backend, rows, atomCount)
{
    private readonly DeviceMatrix? _gradient = training ? backend.Allocate(rows, atomCount) : null;

    /// <inheritdoc/>
    public override bool IsDense => true;

    /// <inheritdoc/>
    public override DeviceMatrix Values { get; } = backend.Allocate(rows, atomCount);

    /// <inheritdoc/>
    public override DeviceMatrix Gradient => _gradient!;

    /// <inheritdoc/>
    public override DeviceMatrix PerPlace(DeviceMatrix row, string slot) => row;

    /// <inheritdoc/>
    public override void Decode(DeviceMatrix matrix, DeviceMatrix? offset, DeviceMatrix? subtracted, DeviceMatrix target) =>
        DecodePlaces(Values, matrix, offset, subtracted, target);

    /// <inheritdoc/>
    public override void DecodePlaces(DeviceMatrix places, DeviceMatrix matrix, DeviceMatrix? offset, DeviceMatrix? subtracted, DeviceMatrix target)
    {
        if (subtracted is not null)
        {
            Backend.Map(MapOperation.Scale, target, subtracted);
        }

        Backend.Product(places, false, matrix, false, target, new ProductEpilogue { Beta = subtracted is null ? 0 : -1, Bias = offset });
    }

    /// <inheritdoc/>
    public override void ReceiveGradient(DeviceMatrix left, DeviceMatrix matrix, float alpha)
    {
        Backend.Product(left, false, matrix, true, Gradient, new ProductEpilogue { Alpha = alpha, Bias = AddedToGradient, Mask = IsGradientMasked ? Values : null });
        AddedToGradient = null;
    }

    /// <inheritdoc/>
    public override void ReceiveGradient(DeviceMatrix dense)
    {
        if (IsGradientMasked)
        {
            Backend.Map(MapOperation.ReluGradient, Gradient, dense, Values);
        }
        else if (dense != Gradient)
        {
            Backend.Map(MapOperation.Scale, Gradient, dense);
        }
    }

    /// <inheritdoc/>
    public override void ValuesTransposedTimes(DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false) =>
        PlacesTransposedTimes(Values, right, target, alpha, add);

    /// <inheritdoc/>
    public override void PlacesTransposedTimes(DeviceMatrix places, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false) =>
        Backend.Product(places, true, right, false, target, new ProductEpilogue { Alpha = alpha, Beta = add ? 1 : 0 });

    /// <inheritdoc/>
    public override void GradientTransposedTimes(DeviceMatrix right, DeviceMatrix target, bool add = false) =>
        Backend.Product(Gradient, true, right, false, target, new ProductEpilogue { Beta = add ? 1 : 0 });

    /// <inheritdoc/>
    public override void GradientTimes(DeviceMatrix matrix, DeviceMatrix target) =>
        Backend.Product(Gradient, false, matrix, false, target, ProductEpilogue.None);

    /// <inheritdoc/>
    public override void SumPerAtom(DeviceMatrix places, DeviceMatrix row, float alpha = 1) =>
        Backend.Reduce(ReduceOperation.Sum, ReduceAxis.EachColumn, row, places, null, alpha);

    /// <inheritdoc/>
    public override void CountActive(DeviceMatrix row) => Backend.Reduce(ReduceOperation.CountNonZero, ReduceAxis.EachColumn, row, Values);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        Values.Dispose();
        _gradient?.Dispose();
    }
}

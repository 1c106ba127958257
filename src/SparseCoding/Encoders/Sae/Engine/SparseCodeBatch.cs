using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>Codes of at most a fixed number of entries for each row.</summary>
internal sealed class SparseCodeBatch : CodeBatch
{
    private readonly Dictionary<DeviceMatrix, DeviceCodes> _views = [];
    private readonly DeviceMatrix? _gradient;

    /// <summary>Allocates codes of that capacity, with a gradient for training.</summary>
    public SparseCodeBatch(Backend backend, int rows, int atomCount, int capacity, bool training = true)
        : base(backend, rows, atomCount)
    {
        Codes = backend.AllocateCodes(rows, atomCount, capacity);
        _gradient = training ? backend.Allocate(rows, capacity) : null;
    }

    /// <summary>The codes as the backend sees them.</summary>
    public DeviceCodes Codes { get; }

    /// <inheritdoc/>
    public override bool IsDense => false;

    /// <inheritdoc/>
    public override DeviceMatrix Values => Codes.Values;

    /// <inheritdoc/>
    public override DeviceMatrix Gradient => _gradient!;

    /// <inheritdoc/>
    public override DeviceMatrix PerPlace(DeviceMatrix row, string slot)
    {
        DeviceMatrix gathered = Places(slot);
        Backend.GatherAtSupport(row, Codes, gathered, 1);
        return gathered;
    }

    /// <inheritdoc/>
    public override void Decode(DeviceMatrix matrix, DeviceMatrix? offset, DeviceMatrix? subtracted, DeviceMatrix target) =>
        Backend.DecodeResidual(Codes, matrix, offset, subtracted, target);

    /// <inheritdoc/>
    public override void DecodePlaces(DeviceMatrix places, DeviceMatrix matrix, DeviceMatrix? offset, DeviceMatrix? subtracted, DeviceMatrix target) =>
        Backend.DecodeResidual(View(places), matrix, offset, subtracted, target);

    /// <inheritdoc/>
    public override void PlacesTransposedTimes(DeviceMatrix places, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false) =>
        Backend.WeightGradient(View(places), right, target, alpha, add);

    /// <inheritdoc/>
    public override void ReceiveGradient(DeviceMatrix left, DeviceMatrix matrix, float alpha) =>
        Backend.SampledProduct(Codes, matrix, left, Gradient, alpha);

    /// <inheritdoc/>
    public override void ReceiveGradient(DeviceMatrix dense) => Backend.GatherAtSupport(dense, Codes, Gradient, 1);

    /// <inheritdoc/>
    public override void ValuesTransposedTimes(DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false) =>
        Backend.WeightGradient(Codes, right, target, alpha, add);

    /// <inheritdoc/>
    public override void GradientTransposedTimes(DeviceMatrix right, DeviceMatrix target, bool add = false) =>
        Backend.WeightGradient(View(Gradient), right, target, 1, add);

    /// <inheritdoc/>
    public override void GradientTimes(DeviceMatrix matrix, DeviceMatrix target) => Backend.DecodeResidual(View(Gradient), matrix, null, null, target);

    /// <inheritdoc/>
    public override void SumPerAtom(DeviceMatrix places, DeviceMatrix row, float alpha = 1) => Backend.SumCodes(View(places), row, alpha);

    /// <inheritdoc/>
    public override void CountActive(DeviceMatrix row) => Backend.CountActive(Codes, row);

    /// <inheritdoc/>
    public override void Dispose()
    {
        base.Dispose();
        Codes.Dispose();
        _gradient?.Dispose();
    }

    /// <summary>The support with other values; one object for each matrix, so that a step allocates nothing.</summary>
    private DeviceCodes View(DeviceMatrix places)
    {
        if (!_views.TryGetValue(places, out DeviceCodes? codes))
        {
            _views[places] = codes = Codes.WithValues(places);
        }

        return codes;
    }
}

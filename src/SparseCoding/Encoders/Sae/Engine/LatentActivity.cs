using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>How long each latent has been silent: statistics of training that all remedies share, on the device.</summary>
internal sealed class LatentActivity(Backend backend, int atomCount) : IDisposable
{
    private readonly DeviceMatrix _reset = backend.Allocate(1, atomCount);

    /// <summary>Signals of the last batch in which each atom fired, [1, atoms].</summary>
    public DeviceMatrix Fired { get; } = backend.Allocate(1, atomCount);

    /// <summary>Steps since each atom fired, [1, atoms]; exact in float32 up to 2²⁴.</summary>
    public DeviceMatrix Silent { get; } = backend.Allocate(1, atomCount);

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [("latents.silent", Silent)];

    /// <summary>Takes the codes of a training step in.</summary>
    public void Update(SaeStep step)
    {
        step.Codes.CountActive(Fired);
        backend.Map(MapOperation.Affine, Silent, Silent, null, 1, 1);
        backend.Map(MapOperation.ReluGradient, _reset, Silent, Fired);
        backend.Map(MapOperation.Add, Silent, Silent, _reset, 1, -1);
    }

    /// <summary>Operations of an update: one for each place and three for each atom.</summary>
    public UInt128 Operations(long places) => (UInt128)places + (3 * (UInt128)atomCount);

    /// <inheritdoc/>
    public void Dispose()
    {
        _reset.Dispose();
        Fired.Dispose();
        Silent.Dispose();
    }
}

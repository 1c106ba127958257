using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>How long each latent has been silent: statistics of training that all remedies share, on the device.</summary>
internal sealed class LatentActivity(Backend backend, int atomCount) : IDisposable
{
    private readonly DeviceMatrix _reset = backend.Allocate(1, atomCount);

    /// <summary>Signals of the last batch in which each atom fired, [1, atoms]; while a batch comes in pieces, of those so far.</summary>
    public DeviceMatrix Fired { get; } = backend.Allocate(1, atomCount);

    /// <summary>Steps since each atom fired, [1, atoms]; exact in float32 up to 2²⁴.</summary>
    public DeviceMatrix Silent { get; } = backend.Allocate(1, atomCount);

    /// <summary>Signals of that batch.</summary>
    public long Rows { get; private set; }

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [("latents.silent", Silent)];

    /// <summary>Counts the codes of a piece of a batch.</summary>
    public void Count(SaeStep step)
    {
        if (step.Piece == 0)
        {
            step.Codes.CountActive(Fired);
            Rows = step.Rows;
            return;
        }

        step.Codes.CountActive(_reset);
        backend.Map(MapOperation.Add, Fired, Fired, _reset);
        Rows += step.Rows;
    }

    /// <summary>Takes the counts of a whole batch in.</summary>
    public void Update()
    {
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

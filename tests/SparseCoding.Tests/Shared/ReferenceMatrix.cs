using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>A matrix of doubles: the memory of <see cref="ReferenceBackend"/>, open to tests.</summary>
internal sealed class ReferenceMatrix(double[] data, int offset, long rows, int columns) : DeviceMatrix(rows, columns)
{
    /// <summary>All entries, row-major; writing to it is how a test perturbs a parameter.</summary>
    public Span<double> Span => data.AsSpan(offset, (int)Length);

    /// <summary>One entry.</summary>
    public ref double this[long row, long column] => ref data[offset + (row * Columns) + column];

    /// <summary>Rows over the same memory.</summary>
    public ReferenceMatrix View(long firstRow, long count) => new(data, checked(offset + (int)(firstRow * Columns)), count, Columns);

    /// <summary>The entries of a matrix of the reference backend.</summary>
    public static ReferenceMatrix Of(DeviceMatrix matrix) => (ReferenceMatrix)matrix;
}

/// <summary>Indices of the reference backend.</summary>
internal sealed class ReferenceIndices(int[] data) : DeviceIndices(data.Length)
{
    /// <summary>All entries.</summary>
    public int[] Data => data;
}

/// <summary>Makes reference backends, so that public calls run on them, and keeps the last one.</summary>
internal sealed class ReferenceDevice() : Contracts.ExternalDevice("reference")
{
    /// <summary>FLOPs of all backends made so far.</summary>
    public UInt128 Flops => Made.Aggregate(UInt128.Zero, (sum, backend) => sum + backend.Flops);

    /// <summary>Backends in the order in which they were made.</summary>
    public List<ReferenceBackend> Made { get; } = [];

    internal override Backend CreateBackend(int threads)
    {
        var backend = new ReferenceBackend();
        Made.Add(backend);
        return backend;
    }
}

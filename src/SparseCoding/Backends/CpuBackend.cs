using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <summary>
/// The processor. Work is cut into blocks whose size depends on the problem alone, so that the bits are the same for any number of threads;
/// small work stays on the caller's thread, and where the cut lies depends on size alone.
/// </summary>
internal sealed partial class CpuBackend(int threads) : Backend
{
    /// <summary>Elements below which a second thread costs more than it saves.</summary>
    private const long ParallelElements = 1 << 17;

    /// <summary>Elements of one block of an element-wise operation.</summary>
    private const int BlockElements = 1 << 16;

    /// <inheritdoc/>
    public override string Name => "cpu/" + SimdTier.Name;

    /// <inheritdoc/>
    public override int Threads => threads;

    /// <inheritdoc/>
    public override DeviceMatrix Allocate(long rows, int columns)
    {
        if (rows * columns > Array.MaxLength)
        {
            Throw.Argument($"A matrix of [{rows}, {columns}] has more than {Array.MaxLength} entries, the most that one block of managed memory holds; use fewer atoms or smaller batches.");
        }

        return new CpuMatrix(new float[rows * columns], 0, rows, columns);
    }

    /// <inheritdoc/>
    public override DeviceIndices AllocateIndices(int length) => new CpuIndices(new int[length]);

    /// <inheritdoc/>
    public override DeviceMatrix View(DeviceMatrix source, long firstRow, long rows) => Cpu(source).View(firstRow, rows);

    /// <inheritdoc/>
    public override void Write(DeviceMatrix target, long firstRow, ReadOnlySpan<float> values) =>
        values.CopyTo(Cpu(target).RowRange(firstRow, values.Length / target.Columns));

    /// <inheritdoc/>
    public override void Write(DeviceIndices target, ReadOnlySpan<int> values) => values.CopyTo(Cpu(target));

    /// <inheritdoc/>
    public override void Read(DeviceMatrix source, long firstRow, Span<float> target) =>
        Cpu(source).RowRange(firstRow, target.Length / source.Columns).CopyTo(target);

    /// <inheritdoc/>
    public override void Read(DeviceIndices source, Span<int> target) => Cpu(source).AsSpan(0, target.Length).CopyTo(target);

    /// <inheritdoc/>
    public override double ReadLagged(DeviceMatrix scalar) => Cpu(scalar).Span[0];

    /// <inheritdoc/>
    public override void Gather(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target)
    {
        CpuMatrix from = Cpu(source), to = Cpu(target);
        int[] index = Cpu(rows);
        for (int i = 0; i < to.Rows; i++)
        {
            from.Row(index[i]).CopyTo(to.Row(i));
        }
    }

    /// <inheritdoc/>
    public override void Fill(DeviceMatrix target, float value) => Cpu(target).Span.Fill(value);

    private static CpuMatrix Cpu(DeviceMatrix matrix) => (CpuMatrix)matrix;

    private static int[] Cpu(DeviceIndices indices) => ((CpuIndices)indices).Data;

    /// <summary>Threads for work on that many elements: a function of the size, so that the cut-over cannot change a result.</summary>
    private int ThreadsFor(long elements) => elements >= ParallelElements ? threads : 1;

    /// <summary>Runs row blocks of about <see cref="BlockElements"/> elements.</summary>
    private void ForRowBlocks(long rows, int columns, Action<int, int> block, long workPerRow = 0)
    {
        int size = RowsPerBlock(columns);
        int blocks = ParallelBlocks.Count(rows, size);
        int used = ThreadsFor(rows * Math.Max(workPerRow, columns));
        if (used <= 1 || blocks <= 1)
        {
            block(0, (int)rows);
            return;
        }

        ParallelBlocks.Run(blocks, used, index => block(index * size, (int)Math.Min(rows, (long)(index + 1) * size)));
    }

    private static int RowsPerBlock(int columns) => Math.Max(1, BlockElements / Math.Max(1, columns));
}

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
    public override DeviceMatrix Adopt(float[] values, long rows, int columns) => new CpuMatrix(values, 0, rows, columns);

    /// <inheritdoc/>
    public override DeviceIndices AllocateIndices(int length) => new CpuIndices(new int[length]);

    /// <inheritdoc/>
    public override DeviceMatrix View(DeviceMatrix source, long firstRow, long rows) => Cpu(source).View(firstRow, rows);

    /// <inheritdoc/>
    public override void Write(DeviceMatrix target, long firstRow, ReadOnlySpan<float> values) =>
        values.CopyTo(Cpu(target).RowRange(firstRow, values.Length / target.Columns));

    /// <inheritdoc/>
    public override void WriteStored(DeviceMatrix target, long firstRow, ReadOnlySpan<byte> values, StoredFormat format) =>
        Decode(values, format, Cpu(target).RowRange(firstRow, values.Length / (target.Columns * BytesOf(format))));

    /// <inheritdoc/>
    public override void Write(DeviceIndices target, ReadOnlySpan<int> values) => values.CopyTo(((CpuIndices)target).Overwrite());

    /// <inheritdoc/>
    public override void Read(DeviceMatrix source, long firstRow, Span<float> target) =>
        Cpu(source).RowRange(firstRow, target.Length / source.Columns).CopyTo(target);

    /// <inheritdoc/>
    public override void Read(DeviceIndices source, Span<int> target) => Cpu(source).AsSpan(0, target.Length).CopyTo(target);

    /// <inheritdoc/>
    public override double ReadLagged(DeviceMatrix scalar) => Cpu(scalar).Span[0];

    /// <inheritdoc/>
    public override void Gather(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target) =>
        ForRowBlocks(target.Rows, target.Columns, new GatherBlock(Cpu(source), Cpu(rows), Cpu(target)));

    /// <inheritdoc/>
    public override void Fill(DeviceMatrix target, float value) => Cpu(target).Span.Fill(value);

    private static CpuMatrix Cpu(DeviceMatrix matrix) => (CpuMatrix)matrix;

    private static int[] Cpu(DeviceIndices indices) => ((CpuIndices)indices).Data;

    /// <summary>Threads for work on that many elements.</summary>
    private int ThreadsFor(long elements) => elements >= ParallelElements ? threads : 1;

    /// <summary>
    /// Runs blocks of rows of about <see cref="BlockElements"/> elements, small work as one block. The cut depends on the size alone and is the
    /// same on one thread, because a vector loop may round the end of a span otherwise than its middle. A struct, so that nothing is allocated
    /// for small work.
    /// </summary>
    private void ForRowBlocks<TBlock>(long rows, int columns, in TBlock block, long workPerRow = 0)
        where TBlock : struct, IRowBlock
    {
        long work = Math.Max(1, Math.Max(workPerRow, columns));
        if (rows * work < ParallelElements)
        {
            block.Run(0, (int)rows);
            return;
        }

        int size = RowsPerBlock(work);
        ParallelBlocks.Run(ParallelBlocks.Count(rows, size), threads, new RowBlocks<TBlock>(block, size, rows));
    }

    private static int RowsPerBlock(long workPerRow) => (int)Math.Max(1, BlockElements / Math.Max(1, workPerRow));

    /// <summary>An operation on a range of rows.</summary>
    private interface IRowBlock
    {
        /// <summary>Works on rows first .. end − 1.</summary>
        void Run(int first, int end);
    }

    private readonly struct RowBlocks<TBlock>(TBlock block, int size, long rows) : IBlockAction
        where TBlock : struct, IRowBlock
    {
        public void Invoke(int index) => block.Run(index * size, (int)Math.Min(rows, (long)(index + 1) * size));
    }

    private readonly struct GatherBlock(CpuMatrix from, int[] index, CpuMatrix to) : IRowBlock
    {
        public void Run(int first, int end)
        {
            for (int row = first; row < end; row++)
            {
                from.Row(index[row]).CopyTo(to.Row(row));
            }
        }
    }
}

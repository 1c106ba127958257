using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>Selection over a whole batch, and scattering.</content>
internal sealed partial class CpuBackend
{
    /// <summary>Columns of a block of a scatter: each block adds all rows, so that repeated rows are added in order.</summary>
    private const int ScatterColumns = 256;

    private int[] _keys = [];

    /// <inheritdoc/>
    public override void KeepLargest(DeviceCodes codes, long total, DeviceMatrix smallest)
    {
        CpuMatrix values = Cpu(codes.Values);
        int[] indices = Writer(codes.Indices), counts = Writer(codes.Counts);
        long entries = 0;
        foreach (int count in counts)
        {
            entries += count;
        }

        if (_keys.Length < entries)
        {
            _keys = new int[entries];
        }

        int stored = 0;
        for (int row = 0; row < codes.Rows; row++)
        {
            foreach (float value in values.Row(row)[..counts[row]])
            {
                _keys[stored++] = OrderedKeys.Of(value);
            }
        }

        int keep = total >= entries ? stored : (int)total, above = 0;
        float bound = keep == 0 ? float.PositiveInfinity : OrderedKeys.ToSingle(OrderedKeys.OfRank(_keys.AsSpan(0, stored), keep, out above));
        Cpu(smallest).Span[0] = keep == 0 ? 0 : bound;
        Trim(codes, values, indices, counts, bound, keep - above);
    }

    /// <inheritdoc/>
    public override void ScatterAdd(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target, float alpha = 1)
    {
        CpuMatrix from = Cpu(source), to = Cpu(target);
        ParallelBlocks.Run(ParallelBlocks.Count(from.Columns, ScatterColumns), ThreadsFor(from.Length), new ScatterBlock(from, Cpu(rows), to, alpha));
    }

    /// <summary>Drops what lies below the bound, and of those at it all but the first <paramref name="ties"/>.</summary>
    private static void Trim(DeviceCodes codes, CpuMatrix values, int[] indices, int[] counts, float bound, int ties)
    {
        bool overflowed = false;
        for (int row = 0; row < codes.Rows; row++)
        {
            Span<float> v = values.Row(row);
            Span<int> place = indices.AsSpan(row * codes.Capacity, codes.Capacity);
            int count = counts[row], kept = 0;
            for (int i = 0; i < count; i++)
            {
                if (v[i] > bound || (v[i] == bound && ties-- > 0))
                {
                    (place[kept], v[kept++]) = (place[i], v[i]);
                }
            }

            overflowed |= kept == codes.Capacity && codes.Capacity < codes.AtomCount;
            ClearTail(place, v, kept);
            counts[row] = kept;
        }

        codes.Overflowed = overflowed;
    }

    private readonly struct ScatterBlock(CpuMatrix from, int[] index, CpuMatrix to, float alpha) : IBlockAction
    {
        public void Invoke(int block)
        {
            int first = block * ScatterColumns, count = Math.Min(ScatterColumns, from.Columns - first);
            for (int i = 0; i < from.Rows; i++)
            {
                Span<float> target = to.Row(index[i]).Slice(first, count);
                TensorPrimitives.MultiplyAdd(from.Row(i).Slice(first, count), alpha, target, target);
            }
        }
    }
}

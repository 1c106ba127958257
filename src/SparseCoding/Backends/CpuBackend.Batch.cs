using System.Numerics.Tensors;

namespace SparseCoding.Backends;

/// <content>Selection over a whole batch, and scattering.</content>
internal sealed partial class CpuBackend
{
    private float[] _ranked = [];

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

        if (_ranked.Length < entries)
        {
            _ranked = new float[entries];
        }

        int stored = 0;
        for (int row = 0; row < codes.Rows; row++)
        {
            values.Row(row)[..counts[row]].CopyTo(_ranked.AsSpan(stored));
            stored += counts[row];
        }

        // Sorted once for the batch: a few hundred thousand entries, small beside the product that made them.
        Span<float> ranked = _ranked.AsSpan(0, stored);
        ranked.Sort();
        bool all = total >= entries;
        int keep = all ? stored : (int)total;
        float bound = keep == 0 ? float.PositiveInfinity : ranked[stored - keep];
        int above = 0;
        for (int i = stored - 1; i >= 0 && ranked[i] > bound; i--)
        {
            above++;
        }

        Cpu(smallest).Span[0] = keep == 0 ? 0 : bound;
        Trim(codes, values, indices, counts, bound, keep - above);
    }

    /// <inheritdoc/>
    public override void ScatterAdd(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target, float alpha = 1)
    {
        CpuMatrix from = Cpu(source), to = Cpu(target);
        int[] index = Cpu(rows);
        for (int i = 0; i < from.Rows; i++)
        {
            TensorPrimitives.MultiplyAdd(from.Row(i), alpha, to.Row(index[i]), to.Row(index[i]));
        }
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
}

namespace SparseCoding.Backends;

/// <content>Operations on sparse codes.</content>
internal sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Densify(DeviceCodes codes, DeviceMatrix target)
    {
        CpuMatrix dense = Cpu(target), values = Cpu(codes.Values);
        int[] indices = Cpu(codes.Indices), counts = Cpu(codes.Counts);
        ForRowBlocks(codes.Rows, codes.AtomCount, (first, end) =>
        {
            dense.RowRange(first, end - first).Clear();
            for (int row = first; row < end; row++)
            {
                Span<float> to = dense.Row(row);
                ReadOnlySpan<float> from = values.Row(row);
                for (int i = 0; i < counts[row]; i++)
                {
                    to[indices[(row * codes.Capacity) + i]] = from[i];
                }
            }
        });
    }

    /// <inheritdoc/>
    public override void GatherAtSupport(DeviceMatrix matrix, DeviceCodes support, DeviceMatrix values, float alpha)
    {
        CpuMatrix from = Cpu(matrix), to = Cpu(values);
        int[] indices = Cpu(support.Indices), counts = Cpu(support.Counts);
        for (int row = 0; row < support.Rows; row++)
        {
            ReadOnlySpan<float> source = from.Row(row);
            Span<float> target = to.Row(row);
            for (int i = 0; i < counts[row]; i++)
            {
                target[i] = alpha * source[indices[(row * support.Capacity) + i]];
            }
        }
    }

    /// <inheritdoc/>
    public override void Select(DeviceMatrix preActivations, SelectionRule rule, DeviceCodes codes) =>
        Diagnostics.Throw.NotSupported("The selection kernel is not merged yet.");
}

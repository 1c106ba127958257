namespace SparseCoding.Backends;

/// <content>Selections on a dense matrix that look at a column of the batch, or at the norm of a row.</content>
internal sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void KeepLargestOfColumns(DeviceMatrix values, DeviceMatrix quota, DeviceMatrix target, DeviceMatrix smallest)
    {
        CpuMatrix from = Cpu(values), to = Cpu(target), least = Cpu(smallest), wanted = Cpu(quota);
        ForRowBlocks(from.Columns, checked((int)from.Rows), new ColumnBlock(from, wanted, to, least), 8 * from.Rows);
    }

    /// <inheritdoc/>
    public override void KeepToNorm(DeviceMatrix values, DeviceMatrix? weights, DeviceMatrix norms, DeviceMatrix target) => ForRowBlocks(
        values.Rows, values.Columns, new NormBlock(Cpu(values), weights is null ? null : Cpu(weights), Cpu(norms), Cpu(target)), 8L * values.Columns);

    /// <summary>Columns first .. end − 1: the interface's "rows".</summary>
    private readonly struct ColumnBlock(CpuMatrix from, CpuMatrix quota, CpuMatrix to, CpuMatrix smallest) : IRowBlock
    {
        public void Run(int first, int end)
        {
            int rows = (int)from.Rows;
            var column = new float[rows];
            for (int j = first; j < end; j++)
            {
                int positive = 0;
                for (int row = 0; row < rows; row++)
                {
                    float value = from.Row(row)[j];
                    to.Row(row)[j] = 0;
                    if (value > 0)
                    {
                        column[positive++] = value;
                    }
                }

                int keep = (int)quota.Span[j];
                Array.Sort(column, 0, positive);
                bool all = keep >= positive;
                float bound = keep == 0 ? float.PositiveInfinity : all ? 0 : column[positive - keep];
                smallest.Span[j] = keep == 0 || keep > positive ? 0 : column[positive - keep];

                // Of those at the bound the first rows, as many as are left.
                int left = Math.Min(keep, positive);
                for (int i = positive - 1; i >= 0 && column[i] > bound; i--)
                {
                    left--;
                }

                for (int row = 0; row < rows; row++)
                {
                    float value = from.Row(row)[j];
                    if (value > bound || (value == bound && value > 0 && left-- > 0))
                    {
                        to.Row(row)[j] = value;
                    }
                }
            }
        }
    }

    private readonly struct NormBlock(CpuMatrix from, CpuMatrix? weights, CpuMatrix norms, CpuMatrix to) : IRowBlock
    {
        public void Run(int first, int end)
        {
            int columns = from.Columns;
            var sizes = new float[columns];
            var order = new int[columns];
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> values = from.Row(row);
                int count = 0;
                for (int j = 0; j < columns; j++)
                {
                    if (values[j] > 0)
                    {
                        // Negated, so that an ascending sort puts the largest first; equal keys are put right below.
                        sizes[count] = weights is null ? -values[j] : -values[j] * weights.Span[j];
                        order[count++] = j;
                    }
                }

                Array.Sort(sizes, order, 0, count);
                for (int i = 0, run; i < count; i = run)
                {
                    for (run = i + 1; run < count && sizes[run] == sizes[i]; run++)
                    {
                    }

                    Array.Sort(order, i, run - i);
                }

                double norm = norms.Span[row], sum = 0, best = double.PositiveInfinity;
                int keep = 0;
                for (int i = 0; i < count; i++)
                {
                    sum += (double)sizes[i] * sizes[i];
                    double miss = Math.Abs(Math.Sqrt(sum) - norm);
                    if (!(miss < best))
                    {
                        break; // the sums only grow, so that it has been nearest
                    }

                    (best, keep) = (miss, i + 1);
                }

                Span<float> target = to.Row(row);
                target.Clear();
                foreach (int j in order.AsSpan(0, keep))
                {
                    target[j] = values[j];
                }
            }
        }
    }
}

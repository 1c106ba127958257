using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>Reductions, accumulated in float64.</content>
internal sealed partial class CpuBackend
{
    private double[] _partial = [];

    /// <inheritdoc/>
    public override void Reduce(ReduceOperation operation, ReduceAxis axis, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float scale = 1)
    {
        CpuMatrix t = Cpu(target), x = Cpu(a);
        CpuMatrix? y = b is null ? null : Cpu(b);
        if (axis == ReduceAxis.EachRow)
        {
            ForRowBlocks(x.Rows, x.Columns, new RowReduction(operation, t, x, y, scale));
            return;
        }

        // Partial results of fixed row blocks, joined in the order of the blocks.
        int size = RowsPerBlock(x.Columns);
        int blocks = ParallelBlocks.Count(x.Rows, size);
        int width = axis == ReduceAxis.All ? 1 : x.Columns;
        if (_partial.Length < blocks * width)
        {
            _partial = new double[blocks * width];
        }

        Array.Clear(_partial, 0, blocks * width);
        ParallelBlocks.Run(blocks, ThreadsFor(x.Length), new PartialReduction(operation, axis, x, y, _partial, size));
        Span<float> to = t.Span;
        for (int j = 0; j < width; j++)
        {
            double total = 0;
            for (int block = 0; block < blocks; block++)
            {
                double part = _partial[(block * width) + j];
                total = operation == ReduceOperation.MaxAbsolute ? Math.Max(total, part) : total + part;
            }

            to[j] = (float)(scale * total);
        }
    }

    private static double ReduceSpan(ReduceOperation operation, ReadOnlySpan<float> a, ReadOnlySpan<float> b) => operation switch
    {
        ReduceOperation.Sum => Reduction.Sum(a),
        ReduceOperation.SumAbsolute => Reduction.SumAbs(a),
        ReduceOperation.SumSquares => Reduction.SumSquares(a),
        ReduceOperation.Dot => Reduction.Dot(a, b),
        ReduceOperation.CountNonZero => Reduction.CountNonZero(a),
        _ => a.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(a)),
    };

    /// <summary>sums[j] joined with the term of a[j].</summary>
    private static void AccumulateColumns(ReduceOperation operation, ReadOnlySpan<float> a, Span<double> sums)
    {
        switch (operation)
        {
            case ReduceOperation.SumAbsolute:
                for (int j = 0; j < sums.Length; j++)
                {
                    sums[j] += Math.Abs(a[j]);
                }

                break;
            case ReduceOperation.CountNonZero:
                for (int j = 0; j < sums.Length; j++)
                {
                    sums[j] += a[j] != 0 ? 1 : 0;
                }

                break;
            default:
                for (int j = 0; j < sums.Length; j++)
                {
                    sums[j] = Math.Max(sums[j], Math.Abs(a[j]));
                }

                break;
        }
    }

    private readonly struct RowReduction(ReduceOperation operation, CpuMatrix t, CpuMatrix x, CpuMatrix? y, float scale) : IRowBlock
    {
        public void Run(int first, int end)
        {
            Span<float> to = t.Span;
            for (int row = first; row < end; row++)
            {
                to[row] = (float)(scale * ReduceSpan(operation, x.Row(row), y is null ? default : y.Row(row)));
            }
        }
    }

    private readonly struct PartialReduction(ReduceOperation operation, ReduceAxis axis, CpuMatrix x, CpuMatrix? y, double[] partial, int size) : IBlockAction
    {
        public void Invoke(int block)
        {
            int first = block * size, end = (int)Math.Min(x.Rows, (long)(block + 1) * size), count = end - first;
            if (axis == ReduceAxis.All)
            {
                partial[block] = ReduceSpan(operation, x.RowRange(first, count), y is null ? default : y.RowRange(first, count));
                return;
            }

            Span<double> sums = partial.AsSpan(block * x.Columns, x.Columns);
            ReadOnlySpan<float> entries = x.RowRange(first, count);
            switch (operation)
            {
                case ReduceOperation.Sum:
                    RowOperations.ColumnSums(entries, count, x.Columns, sums);
                    break;
                case ReduceOperation.SumSquares:
                    RowOperations.ColumnSquares(entries, count, x.Columns, sums);
                    break;
                case ReduceOperation.Dot:
                    RowOperations.ColumnDots(entries, y!.RowRange(first, count), count, x.Columns, sums);
                    break;
                default:
                    for (int row = first; row < end; row++)
                    {
                        AccumulateColumns(operation, x.Row(row), sums);
                    }

                    break;
            }
        }
    }
}

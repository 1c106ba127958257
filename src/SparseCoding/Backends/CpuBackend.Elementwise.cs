using System.Numerics.Tensors;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>Element-wise operations and reductions.</content>
internal sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Map(MapOperation operation, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float alpha = 1, float beta = 1)
    {
        CpuMatrix t = Cpu(target), x = Cpu(a);
        CpuMatrix? y = b is null ? null : Cpu(b);
        bool whole = y is null || (y.Rows == x.Rows && y.Columns == x.Columns);
        if (whole && ThreadsFor(t.Length) <= 1)
        {
            MapSpan(operation, x.Span, y is null ? default : y.Span, t.Span, alpha, beta);
            return;
        }

        ForRowBlocks(t.Rows, t.Columns, (first, end) =>
        {
            if (whole)
            {
                MapSpan(operation, x.RowRange(first, end - first), y is null ? default : y.RowRange(first, end - first), t.RowRange(first, end - first), alpha, beta);
                return;
            }

            // b is a row, a column or a scalar: spread it over each row.
            Span<float> spread = y!.Columns == 1 ? new float[t.Columns] : default;
            for (int row = first; row < end; row++)
            {
                if (y.Columns == 1)
                {
                    spread.Fill(y.Span[y.Rows == 1 ? 0 : row]);
                }

                MapSpan(operation, x.Row(row), y.Columns == 1 ? spread : y.Row(0), t.Row(row), alpha, beta);
            }
        });
    }

    /// <inheritdoc/>
    public override void AdamDirection(DeviceMatrix target, DeviceMatrix first, DeviceMatrix second, float rootScale, float epsilon)
    {
        CpuMatrix t = Cpu(target), m = Cpu(first), v = Cpu(second);
        ForRowBlocks(t.Rows, t.Columns, (start, end) =>
        {
            Span<float> direction = t.RowRange(start, end - start);
            TensorPrimitives.Sqrt(v.RowRange(start, end - start), direction);
            TensorPrimitives.Multiply(direction, rootScale, direction);
            TensorPrimitives.Add(direction, epsilon, direction);
            TensorPrimitives.Divide(m.RowRange(start, end - start), direction, direction);
        });
    }

    /// <inheritdoc/>
    public override void Reduce(ReduceOperation operation, ReduceAxis axis, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float scale = 1)
    {
        CpuMatrix t = Cpu(target), x = Cpu(a);
        CpuMatrix? y = b is null ? null : Cpu(b);
        if (axis == ReduceAxis.EachRow)
        {
            ForRowBlocks(x.Rows, x.Columns, (first, end) =>
            {
                for (int row = first; row < end; row++)
                {
                    t.Span[row] = (float)(scale * ReduceSpan(operation, x.Row(row), y is null ? default : y.Row(row)));
                }
            });
            return;
        }

        // Partial results of fixed row blocks, joined in the order of the blocks.
        int size = RowsPerBlock(x.Columns);
        int blocks = ParallelBlocks.Count(x.Rows, size);
        int width = axis == ReduceAxis.All ? 1 : x.Columns;
        var partial = new double[blocks * width];
        void Block(int block)
        {
            int first = block * size, end = (int)Math.Min(x.Rows, (long)(block + 1) * size);
            Span<double> sums = partial.AsSpan(block * width, width);
            if (axis == ReduceAxis.All)
            {
                sums[0] = ReduceSpan(operation, x.RowRange(first, end - first), y is null ? default : y.RowRange(first, end - first));
                return;
            }

            for (int row = first; row < end; row++)
            {
                AccumulateColumns(operation, x.Row(row), y is null ? default : y.Row(row), sums);
            }
        }

        ParallelBlocks.Run(blocks, ThreadsFor(x.Length), Block);
        for (int j = 0; j < width; j++)
        {
            double total = 0;
            for (int block = 0; block < blocks; block++)
            {
                double part = partial[(block * width) + j];
                total = operation == ReduceOperation.MaxAbsolute ? Math.Max(total, part) : total + part;
            }

            t.Span[j] = (float)(scale * total);
        }
    }

    /// <inheritdoc/>
    public override void NormalizeRows(DeviceMatrix matrix)
    {
        CpuMatrix w = Cpu(matrix);
        ForRowBlocks(w.Rows, w.Columns, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                Span<float> values = w.Row(row);
                double norm = Math.Sqrt(ReduceSpan(ReduceOperation.SumSquares, values, default));
                if (norm > 0)
                {
                    TensorPrimitives.Multiply(values, (float)(1 / norm), values);
                }
            }
        });
    }

    /// <inheritdoc/>
    public override void ProjectGradients(DeviceMatrix gradient, DeviceMatrix weights)
    {
        CpuMatrix g = Cpu(gradient), w = Cpu(weights);
        ForRowBlocks(g.Rows, g.Columns, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                double norm = ReduceSpan(ReduceOperation.SumSquares, w.Row(row), default);
                if (norm > 0)
                {
                    double along = ReduceSpan(ReduceOperation.Dot, g.Row(row), w.Row(row)) / norm;
                    TensorPrimitives.MultiplyAdd(w.Row(row), (float)-along, g.Row(row), g.Row(row));
                }
            }
        });
    }

    private static void MapSpan(MapOperation operation, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> t, float alpha, float beta)
    {
        switch (operation)
        {
            case MapOperation.Scale:
                TensorPrimitives.Multiply(a, alpha, t);
                break;
            case MapOperation.Add:
                MapAdd(a, b, t, alpha, beta);
                break;
            case MapOperation.Multiply:
                TensorPrimitives.Multiply(a, b, t);
                if (alpha != 1)
                {
                    TensorPrimitives.Multiply(t, alpha, t);
                }

                break;
            case MapOperation.Divide:
                for (int i = 0; i < t.Length; i++)
                {
                    t[i] = b[i] == 0 ? 0 : alpha * a[i] / b[i];
                }

                break;
            case MapOperation.Relu:
                TensorPrimitives.Max(a, 0f, t);
                break;
            case MapOperation.ReluGradient:
                for (int i = 0; i < t.Length; i++)
                {
                    t[i] = b[i] > 0 ? a[i] : 0;
                }

                break;
            case MapOperation.Exp:
                TensorPrimitives.Exp(a, t);
                break;
            case MapOperation.Sign:
                for (int i = 0; i < t.Length; i++)
                {
                    t[i] = a[i] > 0 ? alpha : a[i] < 0 ? -alpha : 0;
                }

                break;
            case MapOperation.SoftThreshold:
                for (int i = 0; i < t.Length; i++)
                {
                    t[i] = a[i] > alpha ? a[i] - alpha : a[i] < -alpha ? a[i] + alpha : 0;
                }

                break;
            case MapOperation.NonNegativeSoftThreshold:
                TensorPrimitives.Subtract(a, alpha, t);
                TensorPrimitives.Max(t, 0f, t);
                break;
            case MapOperation.Affine:
                TensorPrimitives.Multiply(a, beta, t);
                TensorPrimitives.Add(t, alpha, t);
                break;
            case MapOperation.InverseSquareRoot:
                for (int i = 0; i < t.Length; i++)
                {
                    t[i] = a[i] > alpha ? 1 / MathF.Sqrt(a[i]) : 0;
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, null);
        }
    }

    private static void MapAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> t, float alpha, float beta)
    {
        // alpha·a + beta·b in chunks that stay in the first-level cache; t may be a or b.
        Span<float> scaled = stackalloc float[512];
        for (int start = 0; start < t.Length; start += scaled.Length)
        {
            int count = Math.Min(scaled.Length, t.Length - start);
            Span<float> part = scaled[..count];
            TensorPrimitives.Multiply(b.Slice(start, count), beta, part);
            TensorPrimitives.MultiplyAdd(a.Slice(start, count), alpha, part, t.Slice(start, count));
        }
    }

    private static double ReduceSpan(ReduceOperation operation, ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        // Chunks are summed in float32 lanes (short sums), and the chunks in float64.
        const int Chunk = 256;
        double total = 0;
        for (int start = 0; start < a.Length; start += Chunk)
        {
            ReadOnlySpan<float> x = a.Slice(start, Math.Min(Chunk, a.Length - start));
            switch (operation)
            {
                case ReduceOperation.Sum:
                    total += TensorPrimitives.Sum(x);
                    break;
                case ReduceOperation.SumAbsolute:
                    total += TensorPrimitives.SumOfMagnitudes(x);
                    break;
                case ReduceOperation.SumSquares:
                    total += TensorPrimitives.SumOfSquares(x);
                    break;
                case ReduceOperation.Dot:
                    total += TensorPrimitives.Dot(x, b.Slice(start, x.Length));
                    break;
                case ReduceOperation.CountNonZero:
                    total += x.Length - x.Count(0f);
                    break;
                default:
                    total = Math.Max(total, Math.Abs(TensorPrimitives.MaxMagnitude(x)));
                    break;
            }
        }

        return total;
    }

    private static void AccumulateColumns(ReduceOperation operation, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<double> sums)
    {
        for (int j = 0; j < a.Length; j++)
        {
            sums[j] = operation switch
            {
                ReduceOperation.Sum => sums[j] + a[j],
                ReduceOperation.SumAbsolute => sums[j] + Math.Abs(a[j]),
                ReduceOperation.SumSquares => sums[j] + ((double)a[j] * a[j]),
                ReduceOperation.Dot => sums[j] + ((double)a[j] * b[j]),
                ReduceOperation.CountNonZero => sums[j] + (a[j] != 0 ? 1 : 0),
                _ => Math.Max(sums[j], Math.Abs(a[j])),
            };
        }
    }
}

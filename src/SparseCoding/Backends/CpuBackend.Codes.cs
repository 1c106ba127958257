using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>Operations on sparse codes: the CPU works on the support only.</content>
internal sealed partial class CpuBackend
{
    /// <summary>Columns of the pre-activations that are held at a time: a tile of 1024 rows then stays in the third-level cache.</summary>
    private const int SelectTile = 1024;

    private readonly SupportTranspose _transpose = new();
    private float[] _transposedValues = [];
    private TopKAccumulator? _accumulator;

    /// <inheritdoc/>
    public override void Select(DeviceMatrix preActivations, SelectionRule rule, DeviceCodes codes)
    {
        CpuMatrix pre = Cpu(preActivations), values = Cpu(codes.Values);
        int[] indices = Cpu(codes.Indices), counts = Cpu(codes.Counts);
        ForRowBlocks(codes.Rows, codes.AtomCount, (first, end) =>
        {
            for (int row = first; row < end; row++)
            {
                counts[row] = SelectRow(pre.Row(row), rule, indices.AsSpan(row * codes.Capacity, codes.Capacity), values.Row(row), out bool overflowed);
                codes.Overflowed |= overflowed;
            }
        });
    }

    /// <inheritdoc/>
    public override void EncodeAndSelect(DeviceMatrix x, DeviceMatrix weights, DeviceMatrix? bias, SelectionRule rule, DeviceCodes codes)
    {
        int atoms = (int)weights.Rows;
        if (rule.Kind != SelectionKind.TopK || atoms <= 2 * SelectTile)
        {
            base.EncodeAndSelect(x, weights, bias, rule, codes);
            return;
        }

        // Tile after tile of columns, so that the [rows, atoms] matrix of pre-activations never exists.
        CpuMatrix input = Cpu(x), w = Cpu(weights), values = Cpu(codes.Values);
        int[] indices = Cpu(codes.Indices), counts = Cpu(codes.Counts);
        int rows = codes.Rows, k = rule.Capacity(atoms);
        if (_accumulator is null || _accumulator.Rows != rows || _accumulatorK != k)
        {
            _accumulator = new TopKAccumulator(rows, k, byMagnitude: false, positiveOnly: true);
            _accumulatorK = k;
        }

        _accumulator.Reset();
        TopKAccumulator accumulator = _accumulator;
        CpuMatrix tile = Cpu(Scratch("encode.tile", rows, SelectTile));
        for (int first = 0; first < atoms; first += SelectTile)
        {
            int width = Math.Min(SelectTile, atoms - first);
            Gemm.Multiply(
                false,
                true,
                rows,
                width,
                input.Columns,
                1,
                input.Span,
                input.Columns,
                w.RowRange(first, width),
                w.Columns,
                0,
                tile.Span,
                SelectTile,
                new GemmEpilogue { Bias = bias is null ? default : Cpu(bias).Span.Slice(first, width) },
                threads);
            int firstColumn = first;
            ForRowBlocks(rows, width, (start, end) =>
            {
                for (int row = start; row < end; row++)
                {
                    accumulator.Offer(row, firstColumn, tile.Row(row)[..width]);
                }
            });
        }

        for (int row = 0; row < rows; row++)
        {
            Span<int> to = indices.AsSpan(row * codes.Capacity, codes.Capacity);
            counts[row] = accumulator.Finish(row, to, values.Row(row));
            ClearTail(to, values.Row(row), counts[row]);
        }
    }

    /// <inheritdoc/>
    public override void DecodeResidual(DeviceCodes codes, DeviceMatrix dictionary, DeviceMatrix? offset, DeviceMatrix? x, DeviceMatrix residual)
    {
        CpuMatrix values = Cpu(codes.Values), atoms = Cpu(dictionary), target = Cpu(residual);
        CpuMatrix? signals = x is null ? null : Cpu(x);
        CpuMatrix? shift = offset is null ? null : Cpu(offset);
        int[] indices = Cpu(codes.Indices), counts = Cpu(codes.Counts);
        ForRowBlocks(
            codes.Rows,
            target.Columns,
            (first, end) =>
            {
                for (int row = first; row < end; row++)
                {
                    Span<float> to = target.Row(row);
                    if (signals is null)
                    {
                        to.Clear();
                    }
                    else
                    {
                        System.Numerics.Tensors.TensorPrimitives.Negate(signals.Row(row), to);
                    }

                    if (shift is not null)
                    {
                        System.Numerics.Tensors.TensorPrimitives.Add(to, shift.Span, to);
                    }

                    DecodeRow.Accumulate(indices.AsSpan(row * codes.Capacity, counts[row]), values.Row(row)[..counts[row]], atoms.Span, atoms.Columns, to);
                }
            },
            (long)codes.Capacity * target.Columns);
    }

    /// <inheritdoc/>
    public override void SampledProduct(DeviceCodes support, DeviceMatrix dictionary, DeviceMatrix residual, DeviceMatrix values, float alpha)
    {
        CpuMatrix atoms = Cpu(dictionary), rows = Cpu(residual), target = Cpu(values);
        int[] indices = Cpu(support.Indices), counts = Cpu(support.Counts);
        ForRowBlocks(
            support.Rows,
            rows.Columns,
            (first, end) =>
            {
                for (int row = first; row < end; row++)
                {
                    Span<float> to = target.Row(row);
                    Span<float> used = to[..counts[row]];
                    SampledRow.Products(indices.AsSpan(row * support.Capacity, counts[row]), atoms.Span, atoms.Columns, rows.Row(row), used);
                    System.Numerics.Tensors.TensorPrimitives.Multiply(used, alpha, used);
                    to[counts[row]..].Clear();
                }
            },
            (long)support.Capacity * rows.Columns);
    }

    /// <inheritdoc/>
    public override void WeightGradient(DeviceCodes codes, DeviceMatrix right, DeviceMatrix target, float alpha)
    {
        CpuMatrix rows = Cpu(right), gradient = Cpu(target);
        Transpose(codes);
        ReadOnlyMemory<float> values = _transposedValues;
        const int AtomsPerBlock = 256;
        int blocks = ParallelBlocks.Count(codes.AtomCount, AtomsPerBlock);
        ParallelBlocks.Run(blocks, ThreadsFor((long)codes.Rows * codes.Capacity * rows.Columns), block =>
        {
            int first = block * AtomsPerBlock, end = Math.Min(codes.AtomCount, first + AtomsPerBlock);
            Span<float> part = gradient.RowRange(first, end - first);
            part.Clear();
            Kernels.WeightGradient.Accumulate(_transpose, values.Span, rows.Span, rows.Columns, gradient.Span, first, end);
            if (alpha != 1)
            {
                System.Numerics.Tensors.TensorPrimitives.Multiply(part, alpha, part);
            }
        });
    }

    /// <inheritdoc/>
    public override void AddCodesGram(DeviceCodes codes, DeviceMatrix target)
    {
        CpuMatrix values = Cpu(codes.Values), gram = Cpu(target);
        Transpose(codes);
        CodesGram.AccumulateLower(_transpose, Cpu(codes.Indices), values.Span, codes.Capacity, gram.Span, 0, codes.AtomCount);
        CodesGram.Mirror(gram.Span, codes.AtomCount);
    }

    /// <inheritdoc/>
    public override void SumCodes(DeviceCodes codes, DeviceMatrix target, float alpha)
    {
        Transpose(codes);
        var sums = new double[codes.AtomCount];
        Kernels.WeightGradient.AccumulateSums(_transpose, _transposedValues, sums, 0, codes.AtomCount);
        Span<float> to = Cpu(target).Span;
        for (int i = 0; i < sums.Length; i++)
        {
            to[i] = (float)(alpha * sums[i]);
        }
    }

    /// <inheritdoc/>
    public override void CountActive(DeviceCodes codes, DeviceMatrix fired)
    {
        CpuMatrix values = Cpu(codes.Values);
        var counts = new long[codes.AtomCount];
        CodeStatistics.Accumulate(Cpu(codes.Indices), values.Span, Cpu(codes.Counts), codes.Capacity, counts, new double[codes.AtomCount], new double[codes.AtomCount]);
        Span<float> to = Cpu(fired).Span;
        for (int i = 0; i < counts.Length; i++)
        {
            to[i] = counts[i];
        }
    }

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

            target[counts[row]..].Clear();
        }
    }

    private int _accumulatorK;

    private static int SelectRow(ReadOnlySpan<float> pre, SelectionRule rule, Span<int> indices, Span<float> values, out bool overflowed)
    {
        overflowed = false;
        int count = 0;
        if (rule.Kind == SelectionKind.TopK)
        {
            count = TopK.Select(pre, rule.K, byMagnitude: false, positiveOnly: true, indices, values);
        }
        else
        {
            for (int i = 0; i < pre.Length; i++)
            {
                if (pre[i] > 0)
                {
                    if (count == indices.Length)
                    {
                        overflowed = true;
                        break;
                    }

                    indices[count] = i;
                    values[count++] = pre[i];
                }
            }
        }

        ClearTail(indices, values, count);
        return count;
    }

    /// <summary>Places beyond a row's entries hold atom 0 with value 0, so that sums over all places are sums over the code.</summary>
    private static void ClearTail(Span<int> indices, Span<float> values, int count)
    {
        indices[count..].Clear();
        values[count..].Clear();
    }

    private void Transpose(DeviceCodes codes)
    {
        CpuMatrix values = Cpu(codes.Values);
        _transpose.Build(Cpu(codes.Indices), Cpu(codes.Counts), codes.Capacity, codes.AtomCount);
        if (_transposedValues.Length < _transpose.EntryCount)
        {
            _transposedValues = new float[codes.Rows * codes.Capacity];
        }

        _transpose.Gather(values.Span, _transposedValues);
    }
}

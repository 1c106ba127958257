using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>Selection and the operations on rows of sparse codes: the CPU works on the support only.</content>
internal sealed partial class CpuBackend
{
    /// <summary>Columns of the pre-activations that are held at a time: a tile of 1024 rows then stays in the third-level cache.</summary>
    private const int SelectTile = 2048;

    /// <summary>The same for at most <see cref="FewRows"/> rows: encoding in small blocks is meant to need little memory.</summary>
    private const int NarrowSelectTile = 1024;

    /// <summary>Rows up to which the tile is narrow.</summary>
    private const int FewRows = 512;

    /// <summary>Rows that share one accumulator of the tiled selection; its scratch is for one thread.</summary>
    private const int AccumulatorRows = 64;

    private TopKAccumulator[] _accumulators = [];
    private int _accumulatorK;
    private bool _accumulatorSigned;

    /// <inheritdoc/>
    public override void Select(DeviceMatrix preActivations, SelectionRule rule, DeviceCodes codes)
    {
        codes.Overflowed = false;
        ForRowBlocks(codes.Rows, codes.AtomCount, new SelectBlock(Cpu(preActivations), rule, codes, Writer(codes.Indices), Writer(codes.Counts)));
    }

    /// <inheritdoc/>
    public override void EncodeAndSelect(DeviceMatrix x, DeviceMatrix weights, DeviceMatrix? bias, SelectionRule rule, DeviceCodes codes)
    {
        int atoms = (int)weights.Rows;
        if (rule.Kind is SelectionKind.Relu or SelectionKind.GroupMax || atoms <= SelectTile || rule.Capacity(atoms) > codes.Capacity || codes.Rows == 0)
        {
            base.EncodeAndSelect(x, weights, bias, rule, codes);
            return;
        }

        // Tile after tile of columns, so that the [rows, atoms] matrix of pre-activations never exists.
        CpuMatrix input = Cpu(x), w = Cpu(weights);
        int rows = codes.Rows;
        TopKAccumulator[] accumulators = Accumulators(rows, rule.Capacity(atoms), rule.Kind == SelectionKind.AbsTopK);
        int blocks = accumulators.Length;
        int columns = rows <= FewRows ? NarrowSelectTile : SelectTile;
        CpuMatrix tile = Cpu(Scratch("encode.tile", rows, columns));
        for (int first = 0; first < atoms; first += columns)
        {
            int width = Math.Min(columns, atoms - first);
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
                columns,
                new GemmEpilogue { Bias = bias is null ? default : Cpu(bias).Span.Slice(first, width) },
                threads);
            ParallelBlocks.Run(blocks, ThreadsFor((long)rows * width), new OfferBlock(accumulators, tile, first, width));
        }

        codes.Overflowed = false;
        ParallelBlocks.Run(
            blocks, ThreadsFor((long)rows * codes.Capacity * 8), new FinishBlock(accumulators, codes, Cpu(codes.Values), Writer(codes.Indices), Writer(codes.Counts), rule.Kind == SelectionKind.AbsTopK));
    }

    /// <inheritdoc/>
    public override void DecodeResidual(DeviceCodes codes, DeviceMatrix dictionary, DeviceMatrix? offset, DeviceMatrix? x, DeviceMatrix residual) => ForRowBlocks(
        codes.Rows,
        residual.Columns,
        new DecodeBlock(
            Cpu(codes.Indices), Cpu(codes.Counts), Cpu(codes.Values), Cpu(dictionary), offset is null ? null : Cpu(offset), x is null ? null : Cpu(x), Cpu(residual)),
        (long)codes.Capacity * residual.Columns);

    /// <inheritdoc/>
    public override void SampledProduct(DeviceCodes support, DeviceMatrix dictionary, DeviceMatrix residual, DeviceMatrix values, float alpha) => ForRowBlocks(
        support.Rows,
        residual.Columns,
        new SampledBlock(Cpu(support.Indices), Cpu(support.Counts), Cpu(dictionary), Cpu(residual), Cpu(values), alpha),
        (long)support.Capacity * residual.Columns);

    /// <inheritdoc/>
    public override void PenaltyGradient(DeviceCodes codes, DeviceMatrix gradient, float lambda) =>
        ForRowBlocks(gradient.Rows, gradient.Columns, new PenaltyBlock(Cpu(codes.Values), Cpu(gradient), lambda));

    /// <inheritdoc/>
    public override void Densify(DeviceCodes codes, DeviceMatrix target) => ForRowBlocks(
        codes.Rows, codes.AtomCount, new DensifyBlock(Cpu(codes.Indices), Cpu(codes.Counts), Cpu(codes.Values), Cpu(target)));

    /// <inheritdoc/>
    public override void GatherAtSupport(DeviceMatrix matrix, DeviceCodes support, DeviceMatrix values, float alpha) => ForRowBlocks(
        support.Rows, support.Capacity, new SupportBlock(Cpu(matrix), Cpu(support.Indices), Cpu(support.Counts), Cpu(values), alpha));

    private static int[] Writer(DeviceIndices indices) => ((CpuIndices)indices).Overwrite();

    /// <summary>One row; a capacity below k of a TopK keeps the best that fit, as if k were the capacity, and says that it overflowed where an entry was left out.</summary>
    private static int SelectRow(ReadOnlySpan<float> pre, SelectionRule rule, Span<int> indices, Span<float> values, out bool overflowed)
    {
        overflowed = false;
        int count = 0;
        if (rule.Kind == SelectionKind.GroupMax)
        {
            return SelectGroups(pre, rule.K, indices, values, out overflowed);
        }

        if (rule.Kind != SelectionKind.Relu)
        {
            bool signed = rule.Kind == SelectionKind.AbsTopK;
            int k = Math.Min(rule.K, pre.Length);
            count = TopK.Select(pre, Math.Min(k, indices.Length), byMagnitude: signed, positiveOnly: !signed, indices, values);
            if (k > indices.Length)
            {
                int eligible = 0;
                foreach (float value in pre)
                {
                    eligible += value > 0 || (signed && value < 0) ? 1 : 0;
                }

                overflowed = eligible > indices.Length;
            }

            return signed ? DropZeros(indices, values, count) : count;
        }

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

        return count;
    }

    /// <summary>The largest positive entry of each group; ties go to the lower index, NaN is never taken.</summary>
    private static int SelectGroups(ReadOnlySpan<float> pre, int groups, Span<int> indices, Span<float> values, out bool overflowed)
    {
        overflowed = false;
        int count = 0;
        for (int g = 0; g < groups; g++)
        {
            int best = -1, end = (int)((g + 1L) * pre.Length / groups);
            for (int i = (int)((long)g * pre.Length / groups); i < end; i++)
            {
                if (pre[i] > (best < 0 ? 0 : pre[best]))
                {
                    best = i;
                }
            }

            if (best >= 0 && count == indices.Length)
            {
                overflowed = true;
                break;
            }

            if (best >= 0)
            {
                (indices[count], values[count++]) = (best, pre[best]);
            }
        }

        return count;
    }

    /// <summary>Removes entries of value 0, which a selection by magnitude takes where there are not enough others.</summary>
    private static int DropZeros(Span<int> indices, Span<float> values, int count)
    {
        int kept = 0;
        for (int i = 0; i < count; i++)
        {
            if (values[i] != 0)
            {
                (indices[kept], values[kept++]) = (indices[i], values[i]);
            }
        }

        return kept;
    }

    /// <summary>Places beyond a row's entries hold atom 0 with value 0, so that sums over all places are sums over the code.</summary>
    private static void ClearTail(Span<int> indices, Span<float> values, int count)
    {
        indices[count..].Clear();
        values[count..].Clear();
    }

    private TopKAccumulator[] Accumulators(int rows, int k, bool signed)
    {
        int blocks = ParallelBlocks.Count(rows, AccumulatorRows);
        if (_accumulators.Length == blocks && _accumulatorK == k && _accumulatorSigned == signed)
        {
            foreach (TopKAccumulator accumulator in _accumulators)
            {
                accumulator.Reset();
            }

            return _accumulators;
        }

        (_accumulatorK, _accumulatorSigned) = (k, signed);
        _accumulators = new TopKAccumulator[blocks];
        for (int block = 0; block < blocks; block++)
        {
            _accumulators[block] = new TopKAccumulator(AccumulatorRows, k, byMagnitude: signed, positiveOnly: !signed);
        }

        return _accumulators;
    }

    private readonly struct SelectBlock(CpuMatrix pre, SelectionRule rule, DeviceCodes codes, int[] indices, int[] counts) : IRowBlock
    {
        public void Run(int first, int end)
        {
            CpuMatrix values = Cpu(codes.Values);
            for (int row = first; row < end; row++)
            {
                Span<int> to = indices.AsSpan(row * codes.Capacity, codes.Capacity);
                counts[row] = SelectRow(pre.Row(row), rule, to, values.Row(row), out bool overflowed);
                ClearTail(to, values.Row(row), counts[row]);
                if (overflowed)
                {
                    codes.Overflowed = true; // only ever set: reading it first would lose another thread's
                }
            }
        }
    }

    private readonly struct OfferBlock(TopKAccumulator[] accumulators, CpuMatrix tile, int firstColumn, int width) : IBlockAction
    {
        public void Invoke(int block)
        {
            int first = block * AccumulatorRows, end = (int)Math.Min(tile.Rows, first + AccumulatorRows);
            for (int row = first; row < end; row++)
            {
                accumulators[block].Offer(row - first, firstColumn, tile.Row(row)[..width]);
            }
        }
    }

    private readonly struct FinishBlock(TopKAccumulator[] accumulators, DeviceCodes codes, CpuMatrix values, int[] indices, int[] counts, bool signed) : IBlockAction
    {
        public void Invoke(int block)
        {
            int first = block * AccumulatorRows, end = Math.Min(codes.Rows, first + AccumulatorRows);
            for (int row = first; row < end; row++)
            {
                Span<int> to = indices.AsSpan(row * codes.Capacity, codes.Capacity);
                int count = accumulators[block].Finish(row - first, to, values.Row(row));
                counts[row] = signed ? DropZeros(to, values.Row(row), count) : count;
                ClearTail(to, values.Row(row), counts[row]);
            }
        }
    }

    private readonly struct DecodeBlock(int[] indices, int[] counts, CpuMatrix values, CpuMatrix atoms, CpuMatrix? offset, CpuMatrix? x, CpuMatrix residual) : IRowBlock
    {
        public void Run(int first, int end)
        {
            int capacity = values.Columns;
            for (int row = first; row < end; row++)
            {
                Span<float> to = residual.Row(row);
                if (x is null)
                {
                    to.Clear();
                }
                else
                {
                    TensorPrimitives.Negate(x.Row(row), to);
                }

                if (offset is not null)
                {
                    TensorPrimitives.Add(to, offset.Span, to);
                }

                DecodeRow.Accumulate(indices.AsSpan(row * capacity, counts[row]), values.Row(row)[..counts[row]], atoms.Span, atoms.Columns, to);
            }
        }
    }

    private readonly struct SampledBlock(int[] indices, int[] counts, CpuMatrix atoms, CpuMatrix residual, CpuMatrix values, float alpha) : IRowBlock
    {
        public void Run(int first, int end)
        {
            for (int row = first; row < end; row++)
            {
                Span<float> to = values.Row(row), used = to[..counts[row]];
                SampledRow.Products(indices.AsSpan(row * values.Columns, counts[row]), atoms.Span, atoms.Columns, residual.Row(row), used);
                TensorPrimitives.Multiply(used, alpha, used);
                to[counts[row]..].Clear();
            }
        }
    }

    private readonly struct PenaltyBlock(CpuMatrix values, CpuMatrix gradient, float lambda) : IRowBlock
    {
        public void Run(int first, int end)
        {
            ReadOnlySpan<float> v = values.RowRange(first, end - first);
            Span<float> g = gradient.RowRange(first, end - first);
            for (int i = 0; i < g.Length; i++)
            {
                g[i] += v[i] > 0 ? lambda : v[i] < 0 ? -lambda : v[i] == 0 ? 0 : float.NaN;
            }
        }
    }

    private readonly struct DensifyBlock(int[] indices, int[] counts, CpuMatrix values, CpuMatrix dense) : IRowBlock
    {
        public void Run(int first, int end)
        {
            dense.RowRange(first, end - first).Clear();
            for (int row = first; row < end; row++)
            {
                Span<float> to = dense.Row(row);
                ReadOnlySpan<float> from = values.Row(row);
                for (int i = 0; i < counts[row]; i++)
                {
                    to[indices[(row * values.Columns) + i]] = from[i];
                }
            }
        }
    }

    private readonly struct SupportBlock(CpuMatrix from, int[] indices, int[] counts, CpuMatrix values, float alpha) : IRowBlock
    {
        public void Run(int first, int end)
        {
            for (int row = first; row < end; row++)
            {
                ReadOnlySpan<float> source = from.Row(from.Rows == 1 ? 0 : row);
                Span<float> to = values.Row(row);
                for (int i = 0; i < counts[row]; i++)
                {
                    to[i] = alpha * source[indices[(row * values.Columns) + i]];
                }

                to[counts[row]..].Clear();
            }
        }
    }
}

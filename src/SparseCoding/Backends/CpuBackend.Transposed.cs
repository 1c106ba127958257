using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <content>
/// Sums over the rows of sparse codes, by atom: one writer for each atom, rows in ascending order. The transposed support is kept while the
/// indices that it came from are not written to, so a training step builds it once.
/// </content>
internal sealed partial class CpuBackend
{
    /// <summary>Atoms of one block.</summary>
    private const int AtomsPerBlock = 64;

    private readonly SupportTranspose _transpose = new();
    private CpuIndices? _transposedIndices;
    private CpuIndices? _transposedCounts;
    private (long Indices, long Counts, int Atoms) _transposedVersion;
    private float[] _transposedValues = [];
    private double[] _sums = [];

    /// <inheritdoc/>
    public override void WeightGradient(DeviceCodes codes, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false)
    {
        Transpose(codes);
        if (add)
        {
            // The factor goes onto the values instead: the target keeps what it holds.
            TensorPrimitives.Multiply(_transposedValues.AsSpan(0, _transpose.EntryCount), alpha, _transposedValues);
            ForAtomBlocks(codes, (long)codes.Rows * codes.Capacity * right.Columns, new AddedGradientBlock(_transpose, _transposedValues, Cpu(right), Cpu(target)));
            return;
        }

        ForAtomBlocks(codes, (long)codes.Rows * codes.Capacity * right.Columns, new GradientBlock(_transpose, _transposedValues, Cpu(right), Cpu(target), alpha));
    }

    /// <inheritdoc/>
    public override void AddCodesGram(DeviceCodes codes, DeviceMatrix target)
    {
        Transpose(codes);
        CpuMatrix gram = Cpu(target);
        ForAtomBlocks(
            codes, (long)codes.Rows * codes.Capacity * codes.Capacity, new GramBlock(_transpose, Cpu(codes.Indices), Cpu(codes.Values), codes.Capacity, gram));
        CodesGram.Mirror(gram.Span, codes.AtomCount);
    }

    /// <inheritdoc/>
    public override void SumCodes(DeviceCodes codes, DeviceMatrix target, float alpha)
    {
        Transpose(codes);
        if (_sums.Length < codes.AtomCount)
        {
            _sums = new double[codes.AtomCount];
        }

        ForAtomBlocks(codes, (long)codes.Rows * codes.Capacity, new SumBlock(_transpose, _transposedValues, _sums, Cpu(target), alpha));
    }

    /// <inheritdoc/>
    public override void CountActive(DeviceCodes codes, DeviceMatrix fired)
    {
        // Counts are exact in float32 up to 2²⁴ rows of a batch.
        Span<float> to = Cpu(fired).Span;
        to.Clear();
        CpuMatrix values = Cpu(codes.Values);
        int[] indices = Cpu(codes.Indices), counts = Cpu(codes.Counts);
        for (int row = 0; row < codes.Rows; row++)
        {
            ReadOnlySpan<float> stored = values.Row(row)[..counts[row]];
            for (int i = 0; i < stored.Length; i++)
            {
                to[indices[(row * codes.Capacity) + i]] += stored[i] != 0 ? 1 : 0;
            }
        }
    }

    private void ForAtomBlocks<TBlock>(DeviceCodes codes, long work, in TBlock block)
        where TBlock : struct, IRowBlock
    {
        if (work < ParallelElements)
        {
            block.Run(0, codes.AtomCount);
            return;
        }

        ParallelBlocks.Run(ParallelBlocks.Count(codes.AtomCount, AtomsPerBlock), threads, new RowBlocks<TBlock>(block, AtomsPerBlock, codes.AtomCount));
    }

    private void Transpose(DeviceCodes codes)
    {
        var indices = (CpuIndices)codes.Indices;
        var counts = (CpuIndices)codes.Counts;
        (long, long, int) version = (indices.Version, counts.Version, codes.AtomCount);
        if (_transposedIndices != indices || _transposedCounts != counts || _transposedVersion != version)
        {
            _transpose.Build(indices.Data, counts.Data, codes.Capacity, codes.AtomCount);
            (_transposedIndices, _transposedCounts, _transposedVersion) = (indices, counts, version);
        }

        if (_transposedValues.Length < _transpose.EntryCount)
        {
            _transposedValues = new float[codes.Rows * codes.Capacity];
        }

        _transpose.Gather(Cpu(codes.Values).Span, _transposedValues);
    }

    private readonly struct GradientBlock(SupportTranspose support, float[] values, CpuMatrix right, CpuMatrix gradient, float alpha) : IRowBlock
    {
        public void Run(int first, int end)
        {
            Span<float> part = gradient.RowRange(first, end - first);
            part.Clear();
            Kernels.WeightGradient.Accumulate(support, values, right.Span, right.Columns, gradient.Span, first, end);
            if (alpha != 1)
            {
                TensorPrimitives.Multiply(part, alpha, part);
            }
        }
    }

    private readonly struct AddedGradientBlock(SupportTranspose support, float[] values, CpuMatrix right, CpuMatrix gradient) : IRowBlock
    {
        public void Run(int first, int end) => Kernels.WeightGradient.Accumulate(support, values, right.Span, right.Columns, gradient.Span, first, end);
    }

    private readonly struct GramBlock(SupportTranspose support, int[] indices, CpuMatrix values, int capacity, CpuMatrix gram) : IRowBlock
    {
        public void Run(int first, int end) => CodesGram.AccumulateLowerWide(support, indices, values.Span, capacity, gram.Span, first, end);
    }

    private readonly struct SumBlock(SupportTranspose support, float[] values, double[] sums, CpuMatrix target, float alpha) : IRowBlock
    {
        public void Run(int first, int end)
        {
            Array.Clear(sums, first, end - first);
            Kernels.WeightGradient.AccumulateSums(support, values, sums, first, end);
            Span<float> to = target.Span;
            for (int i = first; i < end; i++)
            {
                to[i] = (float)(alpha * sums[i]);
            }
        }
    }
}

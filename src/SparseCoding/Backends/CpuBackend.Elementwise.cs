using System.Numerics.Tensors;
using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <content>Element-wise operations and the optimiser.</content>
internal sealed partial class CpuBackend
{
    /// <summary>Elements of a broadcast or scaled operand that are made at a time; they stay in the first-level cache.</summary>
    private const int ChunkElements = 512;

    private bool _nonFinite;

    /// <inheritdoc/>
    public override void Map(MapOperation operation, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float alpha = 1, float beta = 1) =>
        ForRowBlocks(target.Rows, target.Columns, new MapBlock(operation, Cpu(target), Cpu(a), b is null ? null : Cpu(b), alpha, beta));

    /// <inheritdoc/>
    public override void AdamDirection(DeviceMatrix target, DeviceMatrix first, DeviceMatrix second, float rootScale, float epsilon) =>
        ForRowBlocks(target.Rows, target.Columns, new DirectionBlock(Cpu(target), Cpu(first), Cpu(second), rootScale, epsilon));

    /// <inheritdoc/>
    public override void NormalizeRows(DeviceMatrix matrix) => ForRowBlocks(matrix.Rows, matrix.Columns, new NormalizeBlock(Cpu(matrix)));

    /// <inheritdoc/>
    public override void ProjectGradients(DeviceMatrix gradient, DeviceMatrix weights) =>
        ForRowBlocks(gradient.Rows, gradient.Columns, new ProjectBlock(Cpu(gradient), Cpu(weights)));

    /// <inheritdoc/>
    public override void Optimize(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, DeviceMatrix second, in OptimizerStep step)
    {
        AdamStep numbers = AdamStep.At(step.Number, step.LearningRate, step.Beta1, step.Beta2, step.Epsilon) with
        {
            Project = step.ProjectGradient,
            Normalize = step.NormalizeRows,
            GradientScale = ScaleOf(step),
        };
        ForRowBlocks(weights.Rows, weights.Columns, new AdamBlock(this, Cpu(weights), Cpu(gradient), Cpu(first), Cpu(second), numbers));
    }

    /// <inheritdoc/>
    public override bool HasNonFinite() => _nonFinite || base.HasNonFinite(); // what is composed of primitives flags in the base

    private static void MapSpan(MapOperation operation, ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> t, float alpha, float beta)
    {
        switch (operation)
        {
            case MapOperation.Scale:
                if (alpha == 1)
                {
                    a.CopyTo(t);
                    break;
                }

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
                Choice.Divide(a, b, alpha, t);
                break;
            case MapOperation.Relu:
                Activation.Relu(a, t);
                break;
            case MapOperation.ReluGradient:
                Activation.ReluMask(b, a, t);
                break;
            case MapOperation.Exp:
                TensorPrimitives.Exp(a, t);
                break;
            case MapOperation.Sign:
                Choice.Sign(a, alpha, t);
                break;
            case MapOperation.SoftThreshold:
                Activation.SoftThreshold(a, alpha, t);
                break;
            case MapOperation.NonNegativeSoftThreshold:
                Activation.SoftThresholdNonNegative(a, alpha, t);
                break;
            case MapOperation.Affine:
                TensorPrimitives.Multiply(a, beta, t);
                TensorPrimitives.Add(t, alpha, t);
                break;
            case MapOperation.InverseSquareRoot:
                Choice.InverseSquareRoot(a, alpha, t);
                break;
            case MapOperation.Above:
                Choice.Above(a, b, t);
                break;
            case MapOperation.Near:
                Choice.Near(a, b, alpha, beta, t);
                break;
            case MapOperation.Mask:
                Choice.Mask(a, b, t);
                break;
            case MapOperation.Tanh:
                TensorPrimitives.Multiply(a, alpha, t);
                TensorPrimitives.Tanh(t, t);

                // It gives −6e-8 at 0, where nothing must come of nothing.
                for (int i = 0; i < t.Length; i++)
                {
                    t[i] = Math.Abs(t[i]) < 1e-7f ? 0 : t[i];
                }

                break;
            case MapOperation.Log:
                TensorPrimitives.Log(a, t);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(operation), operation, null);
        }
    }

    /// <summary>t = alpha·a + beta·b; t may be a or b. The factors 1 and −1, which a training step has, take one pass.</summary>
    private static void MapAdd(ReadOnlySpan<float> a, ReadOnlySpan<float> b, Span<float> t, float alpha, float beta)
    {
        if (alpha == 1 && beta == 1)
        {
            TensorPrimitives.Add(a, b, t);
            return;
        }

        if (alpha == 1 && beta == -1)
        {
            TensorPrimitives.Subtract(a, b, t);
            return;
        }

        Span<float> scaled = stackalloc float[ChunkElements];
        for (int start = 0; start < t.Length; start += scaled.Length)
        {
            int count = Math.Min(scaled.Length, t.Length - start);
            Span<float> part = scaled[..count];
            TensorPrimitives.Multiply(b.Slice(start, count), beta, part);
            TensorPrimitives.MultiplyAdd(a.Slice(start, count), alpha, part, t.Slice(start, count));
        }
    }

    private readonly struct MapBlock(MapOperation operation, CpuMatrix t, CpuMatrix x, CpuMatrix? y, float alpha, float beta) : IRowBlock
    {
        public void Run(int first, int end)
        {
            int count = end - first;
            if (y is null || (y.Rows == x.Rows && y.Columns == x.Columns))
            {
                MapSpan(operation, x.RowRange(first, count), y is null ? default : y.RowRange(first, count), t.RowRange(first, count), alpha, beta);
                return;
            }

            // What is broadcast is written out once for as many rows as fit: a call for each of many short rows would cost more than its work.
            Span<float> spread = stackalloc float[ChunkElements];
            int columns = t.Columns, together = Math.Clamp(ChunkElements / Math.Max(1, columns), 1, Math.Max(1, count));
            bool isRow = y.Columns == columns, isScalar = !isRow && y.Rows == 1;
            if (isRow && together == 1)
            {
                for (int row = first; row < end; row++)
                {
                    MapSpan(operation, x.Row(row), y.Span, t.Row(row), alpha, beta);
                }

                return;
            }

            if (isRow || isScalar)
            {
                Span<float> tile = isScalar ? spread : spread[..(together * columns)];
                Repeat(y.Span[..y.Columns], tile);
                Flat(x.RowRange(first, count), tile, t.RowRange(first, count));
                return;
            }

            for (int row = first; row < end; row += together)
            {
                // A column: one number for a row.
                int rows = Math.Min(together, end - row);
                if (rows > 1)
                {
                    for (int i = 0; i < rows; i++)
                    {
                        spread.Slice(i * columns, columns).Fill(y.Span[row + i]);
                    }

                    MapSpan(operation, x.RowRange(row, rows), spread[..(rows * columns)], t.RowRange(row, rows), alpha, beta);
                    continue;
                }

                Span<float> one = spread[..Math.Min(columns, ChunkElements)];
                one.Fill(y.Span[row]);
                Flat(x.Row(row), one, t.Row(row));
            }
        }

        /// <summary>The operation on pieces as long as the tile, all with the same b.</summary>
        private void Flat(ReadOnlySpan<float> from, ReadOnlySpan<float> tile, Span<float> to)
        {
            for (int start = 0; start < to.Length; start += tile.Length)
            {
                int width = Math.Min(tile.Length, to.Length - start);
                MapSpan(operation, from.Slice(start, width), tile[..width], to.Slice(start, width), alpha, beta);
            }
        }

        private static void Repeat(ReadOnlySpan<float> values, Span<float> tile)
        {
            for (int start = 0; start < tile.Length; start += values.Length)
            {
                values.CopyTo(tile[start..]);
            }
        }
    }

    private readonly struct DirectionBlock(CpuMatrix t, CpuMatrix m, CpuMatrix v, float rootScale, float epsilon) : IRowBlock
    {
        public void Run(int first, int end)
        {
            Span<float> direction = t.RowRange(first, end - first);
            TensorPrimitives.Sqrt(v.RowRange(first, end - first), direction);
            TensorPrimitives.Multiply(direction, rootScale, direction);
            TensorPrimitives.Add(direction, epsilon, direction);
            TensorPrimitives.Divide(m.RowRange(first, end - first), direction, direction);
        }
    }

    private readonly struct NormalizeBlock(CpuMatrix w) : IRowBlock
    {
        public void Run(int first, int end) => RowOperations.NormalizeRows(w.RowRange(first, end - first), end - first, w.Columns);
    }

    private readonly struct ProjectBlock(CpuMatrix g, CpuMatrix w) : IRowBlock
    {
        public void Run(int first, int end)
        {
            for (int row = first; row < end; row++)
            {
                double norm = Reduction.SumSquares(w.Row(row));
                if (norm > 0)
                {
                    double along = Reduction.Dot(g.Row(row), w.Row(row)) / norm;
                    TensorPrimitives.MultiplyAdd(w.Row(row), (float)-along, g.Row(row), g.Row(row));
                }
            }
        }
    }

    private readonly struct AdamBlock(CpuBackend owner, CpuMatrix w, CpuMatrix g, CpuMatrix m, CpuMatrix v, AdamStep step) : IRowBlock
    {
        public void Run(int first, int end)
        {
            int count = end - first;
            if (Adam.Step(w.RowRange(first, count), g.RowRange(first, count), m.RowRange(first, count), v.RowRange(first, count), count, w.Columns, step))
            {
                owner._nonFinite = true; // only ever set, so that blocks on several threads agree
            }
        }
    }
}

using System.Numerics.Tensors;
using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <content>Products, solves and the dictionary update.</content>
internal sealed partial class CpuBackend
{
    /// <inheritdoc/>
    public override void Product(DeviceMatrix a, bool transposeA, DeviceMatrix b, bool transposeB, DeviceMatrix c, ProductEpilogue epilogue)
    {
        CpuMatrix left = Cpu(a), right = Cpu(b), result = Cpu(c);
        int depth = (int)(transposeA ? left.Rows : left.Columns);
        Gemm.Multiply(
            transposeA,
            transposeB,
            (int)result.Rows,
            result.Columns,
            depth,
            epilogue.Alpha,
            left.Span,
            left.Columns,
            right.Span,
            right.Columns,
            epilogue.Beta,
            result.Span,
            result.Columns,
            new GemmEpilogue
            {
                Bias = epilogue.Bias is null ? default : Cpu(epilogue.Bias).Span,
                Activation = epilogue.Relu ? GemmActivation.Relu : GemmActivation.None,
                Mask = epilogue.Mask is null ? default : Cpu(epilogue.Mask).Span,
            },
            threads);
    }

    /// <inheritdoc/>
    public override void SymmetricProduct(DeviceMatrix a, DeviceMatrix gram)
    {
        CpuMatrix matrix = Cpu(a), result = Cpu(gram);
        Gemm.SymmetricProduct((int)matrix.Rows, matrix.Columns, matrix.Span, matrix.Columns, result.Span, result.Columns, threads);
    }

    /// <inheritdoc/>
    public override bool FactorAndSolve(DeviceMatrix a, double ridge, DeviceMatrix b)
    {
        CpuMatrix matrix = Cpu(a), right = Cpu(b);
        int n = (int)matrix.Rows, columns = right.Columns;
        var factor = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<float> row = matrix.Row(i);
            for (int j = 0; j <= i; j++)
            {
                factor[(i * n) + j] = row[j] + (i == j ? ridge : 0);
            }
        }

        if (!BlockedCholesky.TryFactor(factor, n, threads))
        {
            return false;
        }

        var solution = new double[n * columns];
        for (int i = 0; i < n; i++)
        {
            TensorPrimitives.ConvertChecked<float, double>(right.Row(i), solution.AsSpan(i * columns, columns));
        }

        BlockedCholesky.Solve(factor, n, solution, columns, threads);
        for (int i = 0; i < n; i++)
        {
            TensorPrimitives.ConvertTruncating<double, float>(solution.AsSpan(i * columns, columns), right.Row(i));
        }

        return true;
    }

    /// <inheritdoc/>
    public override void UpdateAtoms(DeviceMatrix dictionary, DeviceMatrix codesGram, DeviceMatrix codesSignals, float threshold, bool unitBall, bool nonNegative = false)
    {
        // For a block of atoms W = B − A D by one product, with the atoms as they are before the block; inside the block each atom's row of W
        // is corrected by what the atoms before it changed. The order of updates is that of the plain loop over atoms.
        const int Block = 32;
        CpuMatrix d = Cpu(dictionary), a = Cpu(codesGram), b = Cpu(codesSignals);
        int atoms = (int)d.Rows, width = d.Columns;
        CpuMatrix residual = Cpu(Scratch("atoms.residual", Block, width)), change = Cpu(Scratch("atoms.change", Block, width));
        for (int first = 0; first < atoms; first += Block)
        {
            int count = Math.Min(Block, atoms - first);
            Span<float> w = residual.RowRange(0, count);
            b.RowRange(first, count).CopyTo(w);
            Gemm.Multiply(
                false, false, count, width, atoms, -1, a.RowRange(first, count), atoms, d.Span, width, 1, w, width, default, threads);
            change.Span.Clear();
            for (int i = 0; i < count; i++)
            {
                ReadOnlySpan<float> weights = a.Row(first + i).Slice(first, count);
                if (!(weights[i] > threshold))
                {
                    continue;
                }

                Span<float> row = residual.Row(i);
                for (int j = 0; j < i; j++)
                {
                    if (weights[j] != 0)
                    {
                        TensorPrimitives.MultiplyAdd(change.Row(j), -weights[j], row, row);
                    }
                }

                MoveAtom(d.Row(first + i), row, weights[i], unitBall, nonNegative ? 0 : double.NegativeInfinity, change.Row(i));
            }
        }
    }

    /// <summary>atom += step/pivot, at least the lowest entry that is allowed, scaled to (or into the ball of) norm 1; change is how far it moved.</summary>
    private static void MoveAtom(Span<float> atom, ReadOnlySpan<float> step, float pivot, bool unitBall, double lowest, Span<float> change)
    {
        double squared = 0;
        for (int i = 0; i < atom.Length; i++)
        {
            double moved = Math.Max(atom[i] + ((double)step[i] / pivot), lowest);
            squared += moved * moved;
        }

        double norm = Math.Sqrt(squared);
        double scale = norm == 0 ? 0 : unitBall ? 1 / Math.Max(1, norm) : 1 / norm;
        for (int i = 0; i < atom.Length; i++)
        {
            float moved = (float)(Math.Max(atom[i] + ((double)step[i] / pivot), lowest) * scale);
            change[i] = moved - atom[i];
            atom[i] = moved;
        }
    }
}

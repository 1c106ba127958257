using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>
/// The specification of the backend contract as running code: double precision, plain loops, no fused operation of its own. Two uses: other
/// backends are compared with it, and it counts floating-point operations by <see cref="OperationCost"/>. A fused operation counts what it means
/// (on sparse codes: the stored entries), not what its composition of primitives would take.
/// </summary>
internal sealed partial class ReferenceBackend : Backend
{
    private int _suspended;

    /// <summary>Operations counted since the start or the last reset.</summary>
    public UInt128 Flops { get; private set; }

    /// <inheritdoc/>
    public override string Name => "reference";

    /// <inheritdoc/>
    public override int Threads => 1;

    /// <summary>Starts counting at 0.</summary>
    public void ResetFlops() => Flops = 0;

    /// <inheritdoc/>
    public override DeviceMatrix Allocate(long rows, int columns) => new ReferenceMatrix(new double[rows * columns], 0, rows, columns);

    /// <inheritdoc/>
    public override DeviceIndices AllocateIndices(int length) => new ReferenceIndices(new int[length]);

    /// <inheritdoc/>
    public override DeviceMatrix View(DeviceMatrix source, long firstRow, long rows) => ReferenceMatrix.Of(source).View(firstRow, rows);

    /// <inheritdoc/>
    public override void Write(DeviceMatrix target, long firstRow, ReadOnlySpan<float> values)
    {
        Span<double> to = ReferenceMatrix.Of(target).View(firstRow, values.Length / target.Columns).Span;
        for (int i = 0; i < to.Length; i++)
        {
            to[i] = values[i];
        }
    }

    /// <inheritdoc/>
    public override void Write(DeviceIndices target, ReadOnlySpan<int> values) => values.CopyTo(Indices(target));

    /// <inheritdoc/>
    public override void Read(DeviceMatrix source, long firstRow, Span<float> target)
    {
        Span<double> from = ReferenceMatrix.Of(source).View(firstRow, target.Length / source.Columns).Span;
        for (int i = 0; i < from.Length; i++)
        {
            target[i] = (float)from[i];
        }
    }

    /// <inheritdoc/>
    public override void Read(DeviceIndices source, Span<int> target) => Indices(source).AsSpan(0, target.Length).CopyTo(target);

    /// <inheritdoc/>
    public override double ReadLagged(DeviceMatrix scalar) => ReferenceMatrix.Of(scalar)[0, 0];

    /// <inheritdoc/>
    public override void Gather(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target)
    {
        ReferenceMatrix from = ReferenceMatrix.Of(source), to = ReferenceMatrix.Of(target);
        for (int i = 0; i < to.Rows; i++)
        {
            from.View(Indices(rows)[i], 1).Span.CopyTo(to.View(i, 1).Span);
        }
    }

    /// <inheritdoc/>
    public override void Fill(DeviceMatrix target, float value) => ReferenceMatrix.Of(target).Span.Fill(value);

    /// <inheritdoc/>
    public override void Product(DeviceMatrix a, bool transposeA, DeviceMatrix b, bool transposeB, DeviceMatrix c, ProductEpilogue epilogue)
    {
        ReferenceMatrix left = ReferenceMatrix.Of(a), right = ReferenceMatrix.Of(b), result = ReferenceMatrix.Of(c);
        long depth = transposeA ? left.Rows : left.Columns;
        for (long i = 0; i < result.Rows; i++)
        {
            for (long j = 0; j < result.Columns; j++)
            {
                double sum = 0;
                for (long k = 0; k < depth; k++)
                {
                    sum += (transposeA ? left[k, i] : left[i, k]) * (transposeB ? right[j, k] : right[k, j]);
                }

                sum *= epilogue.Alpha;
                sum += epilogue.Beta == 0 ? 0 : epilogue.Beta * result[i, j];
                sum += epilogue.Bias is null ? 0 : ReferenceMatrix.Of(epilogue.Bias)[0, j];
                sum = epilogue.Relu && sum <= 0 ? 0 : sum;
                result[i, j] = epilogue.Mask is null || ReferenceMatrix.Of(epilogue.Mask)[i, j] > 0 ? sum : 0;
            }
        }

        Count(OperationCost.Product(result.Rows, result.Columns, depth, epilogue.Beta != 0, epilogue.Bias is not null, epilogue.Relu, epilogue.Mask is not null));
    }

    /// <inheritdoc/>
    public override void SymmetricProduct(DeviceMatrix a, DeviceMatrix gram)
    {
        Suspended(() => Product(a, false, a, true, gram, ProductEpilogue.None));
        Count(OperationCost.SymmetricProduct(a.Rows, a.Columns));
    }

    /// <inheritdoc/>
    public override bool FactorAndSolve(DeviceMatrix a, double ridge, DeviceMatrix b)
    {
        // Gauss-Jordan on the symmetric matrix; positive definite exactly where every pivot is positive.
        ReferenceMatrix matrix = ReferenceMatrix.Of(a), right = ReferenceMatrix.Of(b);
        int n = (int)matrix.Rows;
        double[] work = matrix.Span.ToArray(), x = right.Span.ToArray();
        for (int i = 0; i < n; i++)
        {
            work[(i * n) + i] += ridge;
        }

        for (int p = 0; p < n; p++)
        {
            double pivot = work[(p * n) + p];
            if (!(pivot > 0))
            {
                return false;
            }

            for (int i = 0; i < n; i++)
            {
                double factor = i == p ? 0 : work[(i * n) + p] / pivot;
                for (int j = 0; factor != 0 && j < n; j++)
                {
                    work[(i * n) + j] -= factor * work[(p * n) + j];
                }

                for (int j = 0; factor != 0 && j < right.Columns; j++)
                {
                    x[(i * right.Columns) + j] -= factor * x[(p * right.Columns) + j];
                }
            }
        }

        for (int i = 0; i < x.Length; i++)
        {
            right.Span[i] = x[i] / work[i / right.Columns * (n + 1)];
        }

        Count(OperationCost.FactorAndSolve(n, right.Columns));
        return true;
    }

    /// <inheritdoc/>
    public override void UpdateAtoms(DeviceMatrix dictionary, DeviceMatrix codesGram, DeviceMatrix codesSignals, float threshold, bool unitBall, bool nonNegative = false)
    {
        ReferenceMatrix d = ReferenceMatrix.Of(dictionary), a = ReferenceMatrix.Of(codesGram), b = ReferenceMatrix.Of(codesSignals);
        int updated = 0;
        for (int k = 0; k < d.Rows; k++)
        {
            if (!(a[k, k] > threshold))
            {
                continue;
            }

            updated++;
            var moved = new double[d.Columns];
            double squared = 0;
            for (int i = 0; i < moved.Length; i++)
            {
                double step = b[k, i];
                for (int j = 0; j < d.Rows; j++)
                {
                    step -= a[k, j] * d[j, i];
                }

                moved[i] = Math.Max(d[k, i] + (step / a[k, k]), nonNegative ? 0 : double.NegativeInfinity);
                squared += moved[i] * moved[i];
            }

            double norm = Math.Sqrt(squared);
            for (int i = 0; i < moved.Length; i++)
            {
                d[k, i] = norm == 0 ? 0 : moved[i] / (unitBall ? Math.Max(1, norm) : norm);
            }
        }

        Count(OperationCost.UpdateAtoms(updated, d.Rows, d.Columns));
    }

    private static int[] Indices(DeviceIndices indices) => ((ReferenceIndices)indices).Data;

    private static int[] Counts(DeviceCodes codes) => Indices(codes.Counts);

    private static long Entries(DeviceCodes codes) => Counts(codes).Sum(count => (long)count);

    private void Count(UInt128 flops) => Flops += _suspended > 0 ? 0 : flops;

    /// <summary>Runs a body whose primitives are not counted, because the whole is.</summary>
    private void Suspended(Action body)
    {
        _suspended++;
        body();
        _suspended--;
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <content>Element-wise operations and reductions.</content>
internal sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Map(MapOperation operation, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float alpha = 1, float beta = 1)
    {
        ReferenceMatrix t = ReferenceMatrix.Of(target), x = ReferenceMatrix.Of(a);
        ReferenceMatrix? y = b is null ? null : ReferenceMatrix.Of(b);
        for (long i = 0; i < t.Rows; i++)
        {
            for (long j = 0; j < t.Columns; j++)
            {
                double right = y is null ? 0 : y[y.Rows == 1 ? 0 : i, y.Columns == 1 ? 0 : j];
                t[i, j] = Value(operation, x[i, j], right, alpha, beta);
            }
        }

        Count(OperationCost.Map(operation, t.Length, alpha));
    }

    /// <inheritdoc/>
    public override void AdamDirection(DeviceMatrix target, DeviceMatrix first, DeviceMatrix second, float rootScale, float epsilon)
    {
        Span<double> t = ReferenceMatrix.Of(target).Span, m = ReferenceMatrix.Of(first).Span, v = ReferenceMatrix.Of(second).Span;
        for (int i = 0; i < t.Length; i++)
        {
            t[i] = m[i] / ((Math.Sqrt(v[i]) * rootScale) + epsilon);
        }
    }

    /// <inheritdoc/>
    public override void Reduce(ReduceOperation operation, ReduceAxis axis, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float scale = 1)
    {
        ReferenceMatrix t = ReferenceMatrix.Of(target), x = ReferenceMatrix.Of(a);
        ReferenceMatrix? y = b is null ? null : ReferenceMatrix.Of(b);
        var totals = new double[t.Length];
        for (long i = 0; i < x.Rows; i++)
        {
            for (long j = 0; j < x.Columns; j++)
            {
                double value = x[i, j];
                ref double total = ref totals[axis switch { ReduceAxis.EachRow => i, ReduceAxis.EachColumn => j, _ => 0 }];
                total = operation switch
                {
                    ReduceOperation.Sum => total + value,
                    ReduceOperation.SumAbsolute => total + Math.Abs(value),
                    ReduceOperation.SumSquares => total + (value * value),
                    ReduceOperation.Dot => total + (value * y![i, j]),
                    ReduceOperation.CountNonZero => total + (value != 0 ? 1 : 0),
                    ReduceOperation.MaxAbsolute => Math.Max(total, Math.Abs(value)),
                    _ => throw new ArgumentOutOfRangeException(nameof(operation)),
                };
            }
        }

        for (int i = 0; i < totals.Length; i++)
        {
            t.Span[i] = scale * totals[i];
        }

        Count(OperationCost.Reduce(operation, x.Length));
    }

    /// <inheritdoc/>
    public override void NormalizeRows(DeviceMatrix matrix)
    {
        ReferenceMatrix w = ReferenceMatrix.Of(matrix);
        for (long row = 0; row < w.Rows; row++)
        {
            double norm = Math.Sqrt(Dot(w, w, row));
            for (long j = 0; norm > 0 && j < w.Columns; j++)
            {
                w[row, j] /= norm;
            }
        }

        Count(OperationCost.NormalizeRows(w.Rows, w.Columns));
    }

    /// <inheritdoc/>
    public override void ProjectGradients(DeviceMatrix gradient, DeviceMatrix weights)
    {
        ReferenceMatrix g = ReferenceMatrix.Of(gradient), w = ReferenceMatrix.Of(weights);
        for (long row = 0; row < w.Rows; row++)
        {
            double squared = Dot(w, w, row), along = Dot(g, w, row) / squared;
            for (long j = 0; squared > 0 && j < w.Columns; j++)
            {
                g[row, j] -= along * w[row, j];
            }
        }

        Count(OperationCost.ProjectGradients(w.Rows, w.Columns));
    }

    private static double Dot(ReferenceMatrix a, ReferenceMatrix b, long row)
    {
        double sum = 0;
        for (long j = 0; j < a.Columns; j++)
        {
            sum += a[row, j] * b[row, j];
        }

        return sum;
    }

    private static double Value(MapOperation operation, double a, double b, double alpha, double beta) => operation switch
    {
        MapOperation.Scale => alpha * a,
        MapOperation.Add => (alpha * a) + (beta * b),
        MapOperation.Multiply => alpha * a * b,
        MapOperation.Divide => b == 0 ? 0 : alpha * a / b,
        MapOperation.Relu => a <= 0 ? 0 : a,
        MapOperation.ReluGradient => b > 0 ? a : 0,
        MapOperation.Exp => Math.Exp(a),
        MapOperation.Sign => a > 0 ? alpha : a < 0 ? -alpha : a == 0 ? 0 : double.NaN,
        MapOperation.SoftThreshold => Math.Abs(a) <= alpha ? 0 : a > 0 ? a - alpha : a + alpha,
        MapOperation.NonNegativeSoftThreshold => a <= alpha ? 0 : a - alpha,
        MapOperation.Affine => alpha + (beta * a),
        MapOperation.InverseSquareRoot => a > alpha ? 1 / Math.Sqrt(a) : 0,
        MapOperation.Above => a > b ? a : 0,
        MapOperation.Near => Math.Abs(a - b) < beta ? alpha : 0,
        MapOperation.Mask => b == 0 ? 0 : a,
        MapOperation.Tanh => Math.Tanh(alpha * a),
        MapOperation.Log => Math.Log(a),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };
}

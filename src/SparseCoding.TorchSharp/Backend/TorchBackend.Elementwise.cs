using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>Element-wise operations and reductions.</content>
internal sealed partial class TorchBackend
{
    /// <summary>Entries that the host works on at a time where several operations follow each other: they then stay in its cache.</summary>
    private const long ChunkEntries = 1 << 18;

    /// <inheritdoc/>
    public override void Map(MapOperation operation, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float alpha = 1, float beta = 1)
    {
        CheckMap(target, a, b);
        using DisposeScope scope = NewDisposeScope();
        Tensor t = Of(target), x = Of(a);
        bool first = ((TorchMatrix)target).IsSameAs((TorchMatrix)a);
        switch (operation)
        {
            case MapOperation.Scale:
                Start(t, x, first, alpha);
                return;
            case MapOperation.Add:
                Add(target, a, b!, alpha, beta);
                return;
            case MapOperation.Multiply:
                if (!first && ((TorchMatrix)target).IsSameAs((TorchMatrix)b!))
                {
                    t.mul_(x);
                }
                else
                {
                    Start(t, x, first, 1);
                    t.mul_(Of(b!));
                }

                Start(t, t, true, alpha);
                return;
            case MapOperation.Relu:
                Start(t, x, first, 1);
                t.clamp_min_(Zero);
                return;
            case MapOperation.NonNegativeSoftThreshold:
                Start(t, x, first, 1);
                t.sub_(S(alpha)).clamp_min_(Zero);
                return;
            case MapOperation.Affine:
                Start(t, x, first, beta);
                t.add_(S(alpha), One);
                return;
            case MapOperation.Exp:
                Start(t, x, first, 1);
                t.exp_();
                return;
            case MapOperation.Log:
                Start(t, x, first, 1);
                t.log_();
                return;
            case MapOperation.Tanh:
                Start(t, x, first, alpha);
                t.tanh_();
                return;
            default:
                t.copy_(Mapped(operation, x, b is null ? null : Of(b), alpha, beta));
                return;
        }
    }

    /// <inheritdoc/>
    public override void AdamDirection(DeviceMatrix target, DeviceMatrix first, DeviceMatrix second, float rootScale, float epsilon)
    {
        using DisposeScope scope = NewDisposeScope();
        Of(target).copy_(Of(second).sqrt().mul_(S(rootScale)).add_(S(epsilon), One).reciprocal_().mul_(Of(first)));
    }

    /// <inheritdoc/>
    public override void Reduce(ReduceOperation operation, ReduceAxis axis, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float scale = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor t = Of(target), x = Of(a);
        if (x.NumberOfElements == 0)
        {
            t.zero_();
            return;
        }

        if (operation == ReduceOperation.MaxAbsolute)
        {
            Tensor largest = axis switch
            {
                ReduceAxis.EachRow => x.abs().amax([1], keepdim: true),
                ReduceAxis.EachColumn => x.abs().amax([0], keepdim: true),
                _ => x.abs().amax([0, 1], keepdim: true),
            };
            t.copy_(largest.mul_(S(scale)));
            return;
        }

        // Blocks of rows, so that what is widened to float64 stays in the cache of the host; a device takes them whole.
        Tensor? y = b is null ? null : Of(b);
        long step = ChunkRows(x.shape[1]);
        Tensor? total = null;
        for (long row = 0; row < x.shape[0]; row += step)
        {
            long count = Math.Min(step, x.shape[0] - row);
            using DisposeScope block = NewDisposeScope();
            Tensor part = Summed(operation, axis, x.narrow(0, row, count), y?.narrow(0, row, count));
            if (axis == ReduceAxis.EachRow)
            {
                t.narrow(0, row, count).copy_(part.mul_(S(scale)));
            }
            else if (total is null)
            {
                total = part.MoveToOuterDisposeScope();
            }
            else
            {
                total.add_(part, One);
            }
        }

        if (total is not null)
        {
            t.copy_(total.mul_(S(scale)));
        }
    }

    /// <inheritdoc/>
    public override void NormalizeRows(DeviceMatrix matrix)
    {
        using DisposeScope scope = NewDisposeScope();
        NormalizeRows(Of(matrix));
    }

    /// <inheritdoc/>
    public override void ProjectGradients(DeviceMatrix gradient, DeviceMatrix weights)
    {
        using DisposeScope scope = NewDisposeScope();
        ForRows(gradient.Rows, gradient.Columns, (row, count) => Project(Of(gradient).narrow(0, row, count), Of(weights).narrow(0, row, count)));
    }

    /// <summary>Scales rows to norm 1; a norm that is not above 0, NaN included, leaves its row.</summary>
    private void NormalizeRows(Tensor matrix)
    {
        if (matrix.NumberOfElements > 0)
        {
            Tensor norms = matrix.norm(1, keepdim: true, p: 2);
            matrix.div_(where(norms.gt(Zero), norms, Constant(1)));
        }
    }

    private void Project(Tensor gradient, Tensor weights)
    {
        if (gradient.NumberOfElements > 0)
        {
            Tensor squared = (weights * weights).sum(1, keepdim: true), along = (gradient * weights).sum(1, keepdim: true);
            gradient.sub_(weights * where(squared.gt(Zero), along / squared, Constant(0)));
        }
    }

    /// <summary>target = factor·source.</summary>
    private static void Start(Tensor target, Tensor source, bool isSame, float factor)
    {
        if (!isSame)
        {
            target.copy_(source);
        }

        if (factor != 1)
        {
            target.mul_(S(factor));
        }
    }

    private static void Add(DeviceMatrix target, DeviceMatrix a, DeviceMatrix b, float alpha, float beta)
    {
        TorchMatrix to = (TorchMatrix)target, left = (TorchMatrix)a, right = (TorchMatrix)b;
        Tensor t = to.Tensor;
        if (left.IsSameAs(right))
        {
            Start(t, left.Tensor, to.IsSameAs(left), alpha + beta);
        }
        else if (to.IsSameAs(right))
        {
            Start(t, t, true, beta);
            t.add_(left.Tensor, S(alpha));
        }
        else
        {
            Start(t, left.Tensor, to.IsSameAs(left), alpha);
            t.add_(right.Tensor, S(beta));
        }
    }

    private Tensor Mapped(MapOperation operation, Tensor a, Tensor? b, float alpha, float beta) => operation switch
    {
        MapOperation.Divide => where(b!.eq(Zero), Constant(0), a.mul(S(alpha)).div_(b)),
        MapOperation.ReluGradient => where(b!.gt(Zero), a, Constant(0)),
        MapOperation.Sign => where(a.isnan(), a, a.sign().mul_(S(alpha))),
        MapOperation.SoftThreshold => a - a.clamp(S(-alpha), S(alpha)),
        MapOperation.InverseSquareRoot => where(a.gt(S(alpha)), a.rsqrt(), Constant(0)),
        MapOperation.Above => where(a.gt(b!), a, Constant(0)),
        MapOperation.Near => (a - b!).abs_().lt(S(beta)).to(ScalarType.Float32).mul_(S(alpha)),
        MapOperation.Mask => where(b!.ne(Zero), a, Constant(0)),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Unknown operation."),
    };

    /// <summary>A sum in the wide type.</summary>
    private Tensor Summed(ReduceOperation operation, ReduceAxis axis, Tensor a, Tensor? b)
    {
        Tensor wide = operation switch
        {
            ReduceOperation.Sum => a.to(_wide),
            ReduceOperation.SumAbsolute => a.abs().to(_wide),
            ReduceOperation.SumSquares => Squared(a.to(_wide)),
            ReduceOperation.Dot => a.to(_wide) * b!.to(_wide),
            ReduceOperation.CountNonZero => a.ne(Zero).to(_wide),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Unknown operation."),
        };
        return axis switch
        {
            ReduceAxis.EachRow => wide.sum(1, keepdim: true),
            ReduceAxis.EachColumn => wide.sum(0, keepdim: true),
            _ => wide.sum().reshape(1, 1),
        };
    }

    private static Tensor Squared(Tensor a) => a.mul(a);

    /// <summary>Rows of a block that stays in the host's cache; a device takes all.</summary>
    private long ChunkRows(long columns) => _isHost ? Math.Max(1, ChunkEntries / Math.Max(1, columns)) : long.MaxValue;

    /// <summary>Runs a body over blocks of rows, each in a scope of its own.</summary>
    private void ForRows(long rows, long columns, Action<long, long> body)
    {
        long step = ChunkRows(columns);
        for (long row = 0; row < rows; row += Math.Min(step, rows))
        {
            using DisposeScope scope = NewDisposeScope();
            body(row, Math.Min(step, rows - row));
        }
    }

    /// <summary>Shapes that broadcast to the target; torch would end the process, or grow the target, for others.</summary>
    private static void CheckMap(DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b)
    {
        if ((a.Rows, a.Columns) != (target.Rows, target.Columns))
        {
            throw new ArgumentException($"a is {a} where the target is {target}.", nameof(a));
        }

        if (b is not null && ((b.Rows != target.Rows && b.Rows != 1) || (b.Columns != target.Columns && b.Columns != 1)))
        {
            throw new ArgumentException($"b is {b}, which does not broadcast to {target}.", nameof(b));
        }
    }
}

using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>Products and solves. Shapes are checked here in every build: torch ends the process where they do not fit.</content>
internal sealed partial class TorchBackend
{
    private readonly Dictionary<(string Kind, long Size), Tensor> _constants = [];

    /// <inheritdoc/>
    public override void Product(DeviceMatrix a, bool transposeA, DeviceMatrix b, bool transposeB, DeviceMatrix c, ProductEpilogue epilogue)
    {
        (long m, long depth) = transposeA ? ((long)a.Columns, a.Rows) : (a.Rows, (long)a.Columns);
        (long other, long n) = transposeB ? ((long)b.Columns, b.Rows) : (b.Rows, (long)b.Columns);
        if (depth != other || c.Rows != m || c.Columns != n)
        {
            throw new ArgumentException($"A product of {a}{(transposeA ? "ᵀ" : string.Empty)} and {b}{(transposeB ? "ᵀ" : string.Empty)} does not fit into {c}.", nameof(c));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor result = Of(c), left = Of(a), right = Of(b);
        Multiply(result, transposeA ? left.t() : left, transposeB ? right.t() : right, epilogue.Alpha, epilogue.Beta);
        if (epilogue.Bias is { } bias)
        {
            result.add_(Of(bias), One);
        }

        if (epilogue.Relu)
        {
            result.clamp_min_(Zero);
        }

        if (epilogue.Mask is { } mask)
        {
            result.masked_fill_(Of(mask).gt(Zero).logical_not_(), Zero);
        }
    }

    /// <inheritdoc/>
    public override void SymmetricProduct(DeviceMatrix a, DeviceMatrix gram)
    {
        if (gram.Rows != a.Rows || gram.Columns != a.Rows)
        {
            throw new ArgumentException($"The Gram of {a} does not fit into {gram}.", nameof(gram));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor g = Of(gram), x = Of(a);
        Multiply(g, x, x.t(), 1, 0);
        Tensor below = g.tril(-1);
        g.tril_().add_(below.t(), One);
    }

    /// <inheritdoc/>
    public override bool FactorAndSolve(DeviceMatrix a, double ridge, DeviceMatrix b)
    {
        if (a.Rows != a.Columns || a.Rows != b.Rows)
        {
            throw new ArgumentException($"A system of {a} and right sides {b} do not fit.", nameof(b));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor matrix = Of(a).to(_wide, copy: true);
        matrix.diagonal().add_(S(ridge), One);
        (Tensor factor, Tensor info) = linalg.cholesky_ex(matrix);
        Tensor good = info.eq(Zero).all().logical_and_(factor.diagonal().gt(Zero).all());
        CountRead();
        if (!IsTrue(good))
        {
            return false;
        }

        Tensor right = Of(b);
        right.copy_(right.to(_wide).cholesky_solve(factor));
        return true;
    }

    /// <summary>c = alpha·a·b + beta·c in IEEE float32, whatever the process has set for products; its setting is put back.</summary>
    private void Multiply(Tensor c, Tensor a, Tensor b, float alpha, float beta)
    {
        using var precision = new Precision(_device.type == DeviceType.CUDA, _torchDevice.AllowTensorFloat32);
        if (beta == 0 && c.NumberOfElements > 0 && a.shape[1] == 0)
        {
            c.zero_(); // an empty sum; BLAS would leave what c held
            return;
        }

        c.addmm_(a, b, beta: beta, alpha: alpha);
    }

    /// <summary>A scalar on the device.</summary>
    private Tensor Constant(int value) => Constant("scalar", value, () => full([], S(value), dtype: ScalarType.Float32, device: _device));

    /// <summary>0, 1 ... size − 1 on the device, int64.</summary>
    private Tensor Range(long size) => Constant("range", size, () => arange(Zero, S(size), One, dtype: ScalarType.Int64, device: _device));

    private Tensor Constant(string kind, long size, Func<Tensor> make)
    {
        if (!_constants.TryGetValue((kind, size), out Tensor? constant))
        {
            _constants[(kind, size)] = constant = make().DetachFromDisposeScope();
        }

        return constant;
    }

    /// <summary>
    /// The process's flag for TensorFloat-32 products, set as the device wants it and put back at the end. The flag belongs to the user and holds for all threads, so that it is touched for
    /// the time of one call and only where it differs.
    /// </summary>
    internal readonly struct Precision : IDisposable
    {
        private readonly bool _changed, _before;

        /// <summary>Sets the flag.</summary>
        /// <param name="applies">Whether the device has such products at all.</param>
        /// <param name="allow">What the flag is to be.</param>
        public Precision(bool applies, bool allow)
        {
            _before = applies && backends.cuda.matmul.allow_tf32;
            _changed = applies && _before != allow;
            if (_changed)
            {
                backends.cuda.matmul.allow_tf32 = allow;
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            if (_changed)
            {
                backends.cuda.matmul.allow_tf32 = _before;
            }
        }
    }
}

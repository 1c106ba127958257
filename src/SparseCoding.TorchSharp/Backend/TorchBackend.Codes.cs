using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>
/// Rows of sparse codes. On the host products with codes are torch's sparse-dense products, which add in the order of the entries; elsewhere gathers in blocks of bounded memory and
/// accumulating puts, which torch sorts, so that repeated atoms are added in one order too.
/// </content>
internal sealed partial class TorchBackend
{
    /// <summary>Bytes of gathered atoms that are held at a time.</summary>
    private long GatherBytes => _isHost ? 1L << 21 : 1L << 28;

    /// <inheritdoc/>
    public override void Densify(DeviceCodes codes, DeviceMatrix target)
    {
        using DisposeScope scope = NewDisposeScope();

        // Added, not written: places without an entry hold atom 0 with value 0.
        Of(target).zero_().scatter_add_(1, Indices(codes), Of(codes.Values));
    }

    /// <inheritdoc/>
    public override void GatherAtSupport(DeviceMatrix matrix, DeviceCodes support, DeviceMatrix values, float alpha)
    {
        using DisposeScope scope = NewDisposeScope();
        if (support.Rows == 0)
        {
            return;
        }

        Tensor gathered = Of(matrix).expand(support.Rows, matrix.Columns).gather(1, Indices(support));
        Of(values).copy_(where(Used(support), gathered.mul_(S(alpha)), Constant(0)));
    }

    /// <inheritdoc/>
    public override void ScatterAdd(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target, float alpha = 1)
    {
        using DisposeScope scope = NewDisposeScope();
        AddAt(Of(target), Of(rows).narrow(0, 0, source.Rows), Of(source), alpha);
    }

    /// <inheritdoc/>
    public override void DecodeResidual(DeviceCodes codes, DeviceMatrix dictionary, DeviceMatrix? offset, DeviceMatrix? x, DeviceMatrix residual)
    {
        if (dictionary.Rows != codes.AtomCount || residual.Rows != codes.Rows || residual.Columns != dictionary.Columns)
        {
            throw new ArgumentException($"Codes [{codes.Rows}, {codes.AtomCount}] and a dictionary {dictionary} do not give {residual}.", nameof(residual));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor result = Of(residual), atoms = Of(dictionary);
        if (x is not null)
        {
            result.copy_(Of(x));
        }

        if (_isHost)
        {
            result.addmm_(Sparse(codes, transposed: false), atoms, beta: x is null ? 0 : -1, alpha: 1);
        }
        else
        {
            DecodeGathered(codes, atoms, x is null ? 0 : -1, result);
        }

        if (offset is not null)
        {
            result.add_(Of(offset), One);
        }
    }

    /// <inheritdoc/>
    public override void SampledProduct(DeviceCodes support, DeviceMatrix dictionary, DeviceMatrix residual, DeviceMatrix values, float alpha)
    {
        if (dictionary.Columns != residual.Columns || residual.Rows != support.Rows || values.Columns != support.Capacity)
        {
            throw new ArgumentException($"Products of {dictionary} and {residual} do not fit the support [{support.Rows}, {support.Capacity}].", nameof(residual));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor indices = Indices(support), atoms = Of(dictionary), right = Of(residual), result = Of(values);
        using var precision = new Precision(_device.type == DeviceType.CUDA, _torchDevice.AllowTensorFloat32);
        ForGathers(support, dictionary.Columns, (row, count) =>
        {
            Tensor gathered = Gathered(atoms, indices, row, count);
            Tensor rows = right.narrow(0, row, count), to = result.narrow(0, row, count);

            // Products of a matrix and a vector: on the host a sum over a product in place passes the gathered atoms faster than many small calls of BLAS.
            to.copy_(_isHost ? gathered.mul_(rows.unsqueeze(1)).sum(2) : gathered.bmm(rows.unsqueeze(2)).squeeze(2));
        });
        result.mul_(S(alpha)).masked_fill_(Used(support).logical_not_(), Zero);
    }

    /// <inheritdoc/>
    public override void WeightGradient(DeviceCodes codes, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false)
    {
        if (right.Rows != codes.Rows || target.Rows != codes.AtomCount || target.Columns != right.Columns)
        {
            throw new ArgumentException($"The transpose of codes [{codes.Rows}, {codes.AtomCount}] times {right} does not give {target}.", nameof(target));
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor result = Of(target), rows = Of(right), indices = Indices(codes), values = Of(codes.Values);
        if (_isHost)
        {
            result.addmm_(Sparse(codes, transposed: true), rows, beta: add ? 1 : 0, alpha: alpha);
            return;
        }

        if (!add)
        {
            result.zero_();
        }

        ForGathers(codes, right.Columns, (row, count) =>
        {
            Tensor products = values.narrow(0, row, count).unsqueeze(2) * rows.narrow(0, row, count).unsqueeze(1);
            AddAt(result, indices.narrow(0, row, count).reshape(-1), products.reshape(-1, right.Columns), alpha);
        });
    }

    /// <inheritdoc/>
    public override void SumCodes(DeviceCodes codes, DeviceMatrix target, float alpha)
    {
        using DisposeScope scope = NewDisposeScope();
        Of(target).copy_(PerAtom(codes, Of(codes.Values).to(_wide)).mul_(S(alpha)));
    }

    /// <inheritdoc/>
    public override void CountActive(DeviceCodes codes, DeviceMatrix fired)
    {
        using DisposeScope scope = NewDisposeScope();
        Of(fired).copy_(PerAtom(codes, Of(codes.Values).ne(Zero).to(_wide)));
    }

    /// <inheritdoc/>
    public override void PenaltyGradient(DeviceCodes codes, DeviceMatrix gradient, float lambda)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor values = Of(codes.Values);
        Of(gradient).add_(where(values.isnan(), values, values.sign().mul_(S(lambda))), One);
    }

    private static Tensor Indices(DeviceCodes codes) => Of(codes.Indices).reshape(codes.Rows, codes.Capacity);

    /// <summary>The atoms of some rows of codes, [count, capacity, dimension].</summary>
    private static Tensor Gathered(Tensor atoms, Tensor indices, long row, long count)
    {
        Tensor some = indices.narrow(0, row, count);
        return atoms.index_select(0, some.reshape(-1)).reshape(count, some.shape[1], atoms.shape[1]);
    }

    private void DecodeGathered(DeviceCodes codes, Tensor atoms, float beta, Tensor result)
    {
        Tensor indices = Indices(codes), values = Of(codes.Values);
        using var precision = new Precision(_device.type == DeviceType.CUDA, _torchDevice.AllowTensorFloat32);
        ForGathers(codes, atoms.shape[1], (row, count) =>
        {
            Tensor sum = values.narrow(0, row, count).unsqueeze(1).bmm(Gathered(atoms, indices, row, count)).squeeze(1), to = result.narrow(0, row, count);
            if (beta == 0)
            {
                to.copy_(sum);
            }
            else
            {
                to.mul_(S(beta)).add_(sum, One);
            }
        });
    }

    /// <summary>Codes [rows, atoms], or their transpose, as a sparse tensor whose entries are in the order of the rows.</summary>
    private Tensor Sparse(DeviceCodes codes, bool transposed)
    {
        Tensor row = Constant(FormattableString.Invariant($"row of place {codes.Capacity}"), codes.Rows, () => Range(codes.Rows).unsqueeze(1).expand(codes.Rows, codes.Capacity).reshape(-1));
        Tensor atom = Of(codes.Indices), values = Of(codes.Values).reshape(-1);
        return transposed
            ? sparse_coo_tensor(stack([atom, row]), values, [codes.AtomCount, codes.Rows])
            : sparse_coo_tensor(stack([row, atom]), values, [codes.Rows, codes.AtomCount]);
    }

    /// <summary>Sums [1, atoms] of values at the places of codes.</summary>
    private Tensor PerAtom(DeviceCodes codes, Tensor values)
    {
        Tensor sums = zeros([codes.AtomCount], dtype: _wide, device: _device);
        AddAt(sums, Of(codes.Indices), values.reshape(-1), 1);
        return sums.reshape(1, codes.AtomCount);
    }

    /// <summary>target[index[i]] += alpha·source[i], i ascending. On a device index_add adds in any order, an accumulating put in one.</summary>
    private void AddAt(Tensor target, Tensor index, Tensor source, float alpha)
    {
        if (_isHost)
        {
            target.index_add_(0, index, source, S(alpha));
        }
        else
        {
            target.index_put_(alpha == 1 ? source : source.mul(S(alpha)), [TensorIndex.Tensor(index)], accumulate: true);
        }
    }

    /// <summary>Blocks of rows of codes whose gathered atoms fit the bound.</summary>
    private void ForGathers(DeviceCodes codes, long columns, Action<long, long> body)
    {
        long step = Math.Max(1, GatherBytes / sizeof(float) / Math.Max(1, codes.Capacity * columns));
        for (long row = 0; row < codes.Rows; row += step)
        {
            using DisposeScope scope = NewDisposeScope();
            body(row, Math.Min(step, codes.Rows - row));
        }
    }
}

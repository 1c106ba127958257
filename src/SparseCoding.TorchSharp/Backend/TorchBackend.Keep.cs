using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>Selections over a batch, a column or up to a norm: stable sorts, because ties go to the lower index.</content>
internal sealed partial class TorchBackend
{
    /// <inheritdoc/>
    public override void KeepLargest(DeviceCodes codes, long total, DeviceMatrix smallest)
    {
        using DisposeScope scope = NewDisposeScope();
        codes.Overflowed = false;
        if (codes.Rows == 0)
        {
            Of(smallest).zero_();
            return;
        }

        long places = (long)codes.Rows * codes.Capacity;
        Tensor values = Of(codes.Values), valid = Used(codes);
        (Tensor sorted, Tensor order) = where(valid, values, Constant("lowest", 0, () => full([], S(float.NegativeInfinity), dtype: ScalarType.Float32, device: _device)))
            .reshape(places).sort(0, descending: true, stable: true);
        Tensor keep = Range(places).lt(S(total)).logical_and_(valid.reshape(places).index_select(0, order));
        Tensor least = sorted.masked_fill(keep.logical_not(), S(float.PositiveInfinity)).amin([0], keepdim: true);
        Of(smallest).copy_(least.masked_fill_(keep.any().logical_not_(), Zero).reshape(1, 1));
        Tensor marked = zeros([places], dtype: ScalarType.Bool, device: _device).scatter_(0, order, keep).reshape(codes.Rows, codes.Capacity);
        Compact(marked, Of(codes.Indices).reshape(codes.Rows, codes.Capacity), values, codes);
        if (codes.Capacity < codes.AtomCount)
        {
            Defer(codes, Of(codes.Counts).eq(S(codes.Capacity)).any());
        }
    }

    /// <inheritdoc/>
    public override void KeepLargestOfColumns(DeviceMatrix values, DeviceMatrix quota, DeviceMatrix target, DeviceMatrix smallest)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor from = Of(values), to = Of(target), wanted = Of(quota);
        long rows = values.Rows;
        if (rows == 0)
        {
            Of(smallest).zero_();
            return;
        }

        (Tensor sorted, Tensor order) = where(from.gt(Zero), from, Constant(0)).sort(0, descending: true, stable: true);
        Tensor keep = Range(rows).unsqueeze(1).lt(wanted).logical_and_(sorted.gt(Zero));
        to.zero_().scatter_(0, order, where(keep, sorted, Constant(0)));
        Tensor last = sorted.gather(0, wanted.to(ScalarType.Int64).sub_(One).clamp_(Zero, S(rows - 1)));
        Of(smallest).copy_(where(wanted.gt(Zero), last, Constant(0)));
    }

    /// <inheritdoc/>
    public override void KeepToNorm(DeviceMatrix values, DeviceMatrix? weights, DeviceMatrix norms, DeviceMatrix target)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor from = Of(values), to = Of(target), positive = from.gt(Zero);
        if (from.NumberOfElements == 0)
        {
            return;
        }

        Tensor sizes = weights is null ? from : from * Of(weights);
        (Tensor sorted, Tensor order) = where(positive, sizes, Constant(-1)).sort(1, descending: true, stable: true);
        Tensor valid = positive.gather(1, order);
        Tensor miss = Squared(where(valid, sorted, Constant(0)).to(_wide)).cumsum(1).sqrt_().sub_(Of(norms)).abs_();
        Tensor best = miss.masked_fill_(valid.logical_not(), S(double.PositiveInfinity)).argmin(1, keepdim: true);
        Tensor keep = Range(values.Columns).unsqueeze(0).le(best).logical_and_(valid);
        to.zero_().scatter_(1, order, where(keep, from.gather(1, order), Constant(0)));
    }

    /// <summary>Which places of codes hold an entry, [rows, capacity].</summary>
    private Tensor Used(DeviceCodes codes) => Range(codes.Capacity).unsqueeze(0).lt(Of(codes.Counts).unsqueeze(1));
}

using SparseCoding.Backends;
using TorchSharp;
using static SparseCoding.Torch.Held;
using static TorchSharp.torch;

namespace SparseCoding.Torch;

/// <content>
/// Selections. torch.topk takes any of equal values and puts NaN first, so that neither can be left to it. On the host one place more than wanted is taken, which shows whether a tie lies on the
/// border; such rows (rare in real data) are done again exactly. Elsewhere a look would be a transfer, and all rows are done exactly: with keys in float64 that no two entries of a row share,
/// which reads and writes the matrix once more and twice as wide.
/// </content>
internal sealed partial class TorchBackend
{
    /// <summary>Bytes of the exact keys that are held at a time on a device.</summary>
    private const long KeyBytes = 1L << 28;

    /// <inheritdoc/>
    public override void Select(DeviceMatrix preActivations, SelectionRule rule, DeviceCodes codes)
    {
        if (preActivations.Rows != codes.Rows || preActivations.Columns != codes.AtomCount)
        {
            throw new ArgumentException($"The pre-activations {preActivations} do not fit codes [{codes.Rows}, {codes.AtomCount}].", nameof(codes));
        }

        codes.Overflowed = false;
        if (codes.Rows == 0)
        {
            return;
        }

        using DisposeScope scope = NewDisposeScope();
        Tensor pre = Of(preActivations);
        switch (rule.Kind)
        {
            case SelectionKind.Relu:
                SelectPositive(pre, codes);
                break;
            case SelectionKind.GroupMax:
                SelectGroups(pre, rule.K, codes);
                break;
            default:
                SelectLargest(pre, rule, codes);
                break;
        }
    }

    private void SelectPositive(Tensor pre, DeviceCodes codes)
    {
        Tensor positive = pre.gt(Zero);
        Compact(positive, Range(codes.AtomCount).unsqueeze(0).expand(codes.Rows, codes.AtomCount), pre, codes);
        KeepOverflow(codes, codes.AtomCount, positive);
    }

    private void SelectLargest(Tensor pre, SelectionRule rule, DeviceCodes codes)
    {
        int atoms = codes.AtomCount, wanted = Math.Min(rule.K, atoms), k = Math.Min(wanted, codes.Capacity);
        Tensor key = rule.Kind == SelectionKind.AbsTopK ? pre.abs() : pre;
        Tensor largest = Largest(key, k);

        // Ascending atoms; places without an entry go behind.
        Tensor sorted = where(key.gather(1, largest).gt(Zero), largest, Constant("atoms", atoms, () => full([], S(atoms), dtype: ScalarType.Int64, device: _device))).sort(1).Values;
        Tensor valid = sorted.lt(S(atoms));
        Store(codes, sorted.masked_fill_(valid.logical_not(), Zero), where(valid, pre.gather(1, sorted), Constant(0)), valid.sum(1));
        if (wanted > codes.Capacity)
        {
            KeepOverflow(codes, wanted, key.gt(Zero));
        }
    }

    /// <summary>The largest positive entry of each group; groups are laid out in a matrix of equal widths, padded with nothing.</summary>
    private void SelectGroups(Tensor pre, int groups, DeviceCodes codes)
    {
        int atoms = codes.AtomCount, width = (int)(((long)atoms + groups - 1) / groups);
        var place = new long[groups * width];
        var used = new bool[groups * width];
        for (int g = 0; g < groups; g++)
        {
            long first = (long)g * atoms / groups, end = (g + 1L) * atoms / groups;
            for (int i = 0; i < width; i++)
            {
                (place[(g * width) + i], used[(g * width) + i]) = (Math.Min(first + i, atoms - 1), first + i < end);
            }
        }

        Tensor columns = Constant(FormattableString.Invariant($"group.columns {groups}"), atoms, () => tensor(place, dtype: ScalarType.Int64, device: _device));
        Tensor real = Constant(FormattableString.Invariant($"group.used {groups}"), atoms, () => tensor(used, dtype: ScalarType.Bool, device: _device));
        Tensor laid = pre.index_select(1, columns);
        laid = where(laid.gt(Zero).logical_and_(real), laid, Constant(0)).reshape(codes.Rows, groups, width);
        (Tensor best, Tensor inGroup) = laid.max(2);
        Tensor index = columns.reshape(1, groups, width).expand(codes.Rows, groups, width).gather(2, inGroup.unsqueeze(2)).squeeze(2);
        Tensor positive = best.gt(Zero);
        Compact(positive, index, best, codes);
        KeepOverflow(codes, groups, positive);
    }

    /// <summary>Indices [rows, k] of the k largest of the positive entries of each row, in any order; ties go to the lower index. Where there are fewer, the others point anywhere.</summary>
    internal Tensor Largest(Tensor key, int k)
    {
        long columns = key.shape[1];
        if (k >= columns)
        {
            return Range(columns).unsqueeze(0).expand(key.shape[0], columns);
        }

        if (!_isHost)
        {
            return Exactly(key, k);
        }

        (Tensor values, Tensor index) = key.topk(k + 1);
        Tensor last = values.narrow(1, k - 1, 1), next = values.narrow(1, k, 1);
        Tensor unsure = next.eq(last).logical_and_(last.gt(Zero)).logical_or_(values.narrow(1, 0, 1).isnan());
        Tensor result = index.narrow(1, 0, k);
        if (Look(unsure.any()))
        {
            Tensor rows = unsure.squeeze(1).nonzero().squeeze(1);
            result = result.index_copy(0, rows, Exactly(key.index_select(0, rows), k));
        }

        return result;
    }

    private Tensor Exactly(Tensor key, int k)
    {
        long rows = key.shape[0], columns = key.shape[1];
        if (_wide != ScalarType.Float64 || columns > 1 << 24)
        {
            return where(key.gt(Zero), key, Constant(0)).sort(1, descending: true, stable: true).Indices.narrow(1, 0, k);
        }

        // v·(1 − j·2⁻⁴⁹): below 2²⁴ columns the factor spans less than the gap between two float32 and more than that between two float64, so that the order is by value, then by index.
        Tensor tie = Constant("tie", columns, () => Range(columns).to(ScalarType.Float64).mul_(S(-Math.ScaleB(1, -49))).add_(S(1.0), One));
        long step = Math.Max(1, KeyBytes / sizeof(double) / columns);
        List<Tensor> parts = [];
        for (long row = 0; row < rows; row += step)
        {
            using DisposeScope block = NewDisposeScope();
            Tensor part = key.narrow(0, row, Math.Min(step, rows - row));
            Tensor wide = where(part.gt(Zero), part, Constant(0)).to(ScalarType.Float64).clamp_max_(S(1e39)).mul_(tie);
            parts.Add(wide.topk(k).indexes.MoveToOuterDisposeScope());
        }

        return parts.Count == 1 ? parts[0] : cat(parts, 0);
    }

    /// <summary>Writes the marked entries of each row into the codes, in their order, as many as fit.</summary>
    private void Compact(Tensor marked, Tensor index, Tensor values, DeviceCodes codes)
    {
        long capacity = codes.Capacity;
        Tensor place = marked.cumsum(1).sub_(One);
        place = place.masked_fill_(marked.logical_not().logical_or_(place.ge(S(capacity))), S(capacity)); // one place more, for what is left out
        Tensor indices = zeros([codes.Rows, capacity + 1], dtype: ScalarType.Int64, device: _device).scatter_(1, place, index);
        Tensor kept = zeros([codes.Rows, capacity + 1], dtype: ScalarType.Float32, device: _device).scatter_(1, place, values);
        Store(codes, indices.narrow(1, 0, capacity), kept.narrow(1, 0, capacity), marked.sum(1).clamp_max_(S(capacity)));
    }

    /// <summary>Writes all of the codes: places behind the given columns hold atom 0 with value 0.</summary>
    private static void Store(DeviceCodes codes, Tensor indices, Tensor values, Tensor counts)
    {
        long columns = indices.shape[1];
        Tensor toIndices = Of(codes.Indices).reshape(codes.Rows, codes.Capacity), toValues = Of(codes.Values);
        if (columns < codes.Capacity)
        {
            toIndices.narrow(1, columns, codes.Capacity - columns).zero_();
            toValues.narrow(1, columns, codes.Capacity - columns).zero_();
        }

        toIndices.narrow(1, 0, columns).copy_(indices);
        toValues.narrow(1, 0, columns).copy_(values);
        Of(codes.Counts).copy_(counts);
    }

    private void KeepOverflow(DeviceCodes codes, long most, Tensor eligible)
    {
        if (most > codes.Capacity)
        {
            Defer(codes, eligible.sum(1).gt(S(codes.Capacity)).any());
        }
    }

    private void Defer(DeviceCodes codes, Tensor flag)
    {
        var counts = (TorchIndices)codes.Counts;
        counts.KeepOverflow(flag);
        codes.DeferOverflow(() => Look(counts.Overflow));
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <content>Sparse codes; and the fused operations, which only count and then run the composed body of the base.</content>
internal sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void Select(DeviceMatrix preActivations, SelectionRule rule, DeviceCodes codes)
    {
        ReferenceMatrix pre = ReferenceMatrix.Of(preActivations), values = ReferenceMatrix.Of(codes.Values);
        int[] indices = Indices(codes.Indices);
        codes.Overflowed = false;
        Array.Clear(indices);
        values.Span.Clear();
        for (int row = 0; row < codes.Rows; row++)
        {
            int[] positive = [.. Enumerable.Range(0, codes.AtomCount).Where(atom => pre[row, atom] > 0)];
            int[] wanted = rule.Kind == SelectionKind.AbsTopK
                ? [.. Enumerable.Range(0, codes.AtomCount).Where(atom => Math.Abs(pre[row, atom]) > 0).OrderByDescending(atom => Math.Abs(pre[row, atom])).Take(rule.K)]
                : rule.Kind == SelectionKind.TopK ? [.. positive.OrderByDescending(atom => pre[row, atom]).Take(rule.K)]
                : rule.Kind == SelectionKind.GroupMax
                ? [.. positive.GroupBy(atom => Enumerable.Range(0, rule.K).Last(g => atom >= (long)g * codes.AtomCount / rule.K)).Select(group => group.OrderByDescending(atom => pre[row, atom]).First())]
                : positive;
            codes.Overflowed |= wanted.Length > codes.Capacity;
            int[] chosen = [.. wanted.Take(codes.Capacity).Order()];
            for (int i = 0; i < chosen.Length; i++)
            {
                indices[(row * codes.Capacity) + i] = chosen[i];
                values[row, i] = pre[row, chosen[i]];
            }

            Counts(codes)[row] = chosen.Length;
        }

        Count(OperationCost.Select(codes.Rows, codes.AtomCount));
    }

    /// <inheritdoc/>
    public override void Densify(DeviceCodes codes, DeviceMatrix target)
    {
        ReferenceMatrix dense = ReferenceMatrix.Of(target), values = ReferenceMatrix.Of(codes.Values);
        dense.Span.Clear();
        for (int row = 0; row < codes.Rows; row++)
        {
            for (int i = 0; i < Counts(codes)[row]; i++)
            {
                dense[row, Indices(codes.Indices)[(row * codes.Capacity) + i]] = values[row, i];
            }
        }
    }

    /// <inheritdoc/>
    public override void GatherAtSupport(DeviceMatrix matrix, DeviceCodes support, DeviceMatrix values, float alpha)
    {
        ReferenceMatrix from = ReferenceMatrix.Of(matrix), to = ReferenceMatrix.Of(values);
        to.Span.Clear();
        for (int row = 0; row < support.Rows; row++)
        {
            for (int i = 0; i < Counts(support)[row]; i++)
            {
                to[row, i] = alpha * from[from.Rows == 1 ? 0 : row, Indices(support.Indices)[(row * support.Capacity) + i]];
            }
        }
    }

    /// <inheritdoc/>
    public override void KeepLargest(DeviceCodes codes, long total, DeviceMatrix smallest)
    {
        ReferenceMatrix values = ReferenceMatrix.Of(codes.Values);
        int[] indices = Indices(codes.Indices), counts = Counts(codes);
        Count(OperationCost.KeepLargest(Entries(codes)));
        (int Row, int Atom, double Value)[] kept = [.. Enumerable.Range(0, codes.Rows)
            .SelectMany(row => Enumerable.Range(0, counts[row]).Select(i => (Row: row, Atom: indices[(row * codes.Capacity) + i], Value: values[row, i])))
            .OrderByDescending(entry => entry.Value).Take((int)total)];
        ReferenceMatrix.Of(smallest)[0, 0] = kept.Length == 0 ? 0 : kept[^1].Value;
        codes.Overflowed = false;
        Array.Clear(indices);
        values.Span.Clear();
        for (int row = 0; row < codes.Rows; row++)
        {
            (int Row, int Atom, double Value)[] mine = [.. kept.Where(entry => entry.Row == row).OrderBy(entry => entry.Atom)];
            counts[row] = mine.Length;
            codes.Overflowed |= mine.Length == codes.Capacity && codes.Capacity < codes.AtomCount;
            for (int i = 0; i < mine.Length; i++)
            {
                indices[(row * codes.Capacity) + i] = mine[i].Atom;
                values[row, i] = mine[i].Value;
            }
        }
    }

    /// <inheritdoc/>
    public override void ScatterAdd(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target, float alpha = 1)
    {
        ReferenceMatrix from = ReferenceMatrix.Of(source), to = ReferenceMatrix.Of(target);
        for (int i = 0; i < from.Rows; i++)
        {
            for (int j = 0; j < from.Columns; j++)
            {
                to[Indices(rows)[i], j] += alpha * from[i, j];
            }
        }

        Count(OperationCost.ScatterAdd(from.Rows, from.Columns));
    }

    /// <inheritdoc/>
    public override void EncodeAndSelect(DeviceMatrix x, DeviceMatrix weights, DeviceMatrix? bias, SelectionRule rule, DeviceCodes codes)
    {
        Count(OperationCost.EncodeAndSelect(x.Rows, weights.Rows, x.Columns, bias is not null));
        Suspended(() => base.EncodeAndSelect(x, weights, bias, rule, codes));
    }

    /// <inheritdoc/>
    public override void DecodeResidual(DeviceCodes codes, DeviceMatrix dictionary, DeviceMatrix? offset, DeviceMatrix? x, DeviceMatrix residual)
    {
        Count(OperationCost.DecodeResidual(Entries(codes), codes.Rows, residual.Columns, offset is not null, x is not null));
        Suspended(() => base.DecodeResidual(codes, dictionary, offset, x, residual));
    }

    /// <inheritdoc/>
    public override void SampledProduct(DeviceCodes support, DeviceMatrix dictionary, DeviceMatrix residual, DeviceMatrix values, float alpha)
    {
        Count(OperationCost.SampledProduct(Entries(support), residual.Columns));
        Suspended(() => base.SampledProduct(support, dictionary, residual, values, alpha));
    }

    /// <inheritdoc/>
    public override void PenaltyGradient(DeviceCodes codes, DeviceMatrix gradient, float lambda)
    {
        Count(OperationCost.PenaltyGradient(Entries(codes)));
        Suspended(() => base.PenaltyGradient(codes, gradient, lambda));
    }

    /// <inheritdoc/>
    public override void WeightGradient(DeviceCodes codes, DeviceMatrix right, DeviceMatrix target, float alpha, bool add = false)
    {
        Count(OperationCost.WeightGradient(Entries(codes), right.Columns));
        Suspended(() => base.WeightGradient(codes, right, target, alpha, add));
    }

    /// <inheritdoc/>
    public override void AddCodesGram(DeviceCodes codes, DeviceMatrix target)
    {
        Count(OperationCost.AddCodesGram(Counts(codes)));
        Suspended(() => base.AddCodesGram(codes, target));
    }

    /// <inheritdoc/>
    public override void SumCodes(DeviceCodes codes, DeviceMatrix target, float alpha)
    {
        Count(OperationCost.PerEntry(Entries(codes)));
        Suspended(() => base.SumCodes(codes, target, alpha));
    }

    /// <inheritdoc/>
    public override void CountActive(DeviceCodes codes, DeviceMatrix fired)
    {
        Count(OperationCost.PerEntry(Entries(codes)));
        Suspended(() => base.CountActive(codes, fired));
    }

    /// <inheritdoc/>
    public override void Optimize(DeviceMatrix weights, DeviceMatrix gradient, DeviceMatrix first, DeviceMatrix second, in OptimizerStep step)
    {
        OptimizerStep copy = step;
        Count(OperationCost.Optimize(weights.Rows, weights.Columns, step.ProjectGradient, step.NormalizeRows, step.GradientScale is not (0 or 1)));
        Suspended(() => base.Optimize(weights, gradient, first, second, copy));
    }
}

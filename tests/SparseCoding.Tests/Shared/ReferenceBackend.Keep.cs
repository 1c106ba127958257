using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <content>Selections that look at a column of the batch, or at the norm of a row.</content>
internal sealed partial class ReferenceBackend
{
    /// <inheritdoc/>
    public override void KeepLargestOfColumns(DeviceMatrix values, DeviceMatrix quota, DeviceMatrix target, DeviceMatrix smallest)
    {
        ReferenceMatrix from = ReferenceMatrix.Of(values), to = ReferenceMatrix.Of(target), wanted = ReferenceMatrix.Of(quota), least = ReferenceMatrix.Of(smallest);
        to.Span.Clear();
        for (int j = 0; j < from.Columns; j++)
        {
            int[] rows = [.. Enumerable.Range(0, (int)from.Rows).Where(row => from[row, j] > 0).OrderByDescending(row => from[row, j]).Take((int)wanted[0, j])];
            foreach (int row in rows)
            {
                to[row, j] = from[row, j];
            }

            least[0, j] = rows.Length > 0 && rows.Length == (int)wanted[0, j] ? from[rows[^1], j] : 0;
        }

        Count(OperationCost.KeepLargestOfColumns(from.Rows, from.Columns));
    }

    /// <inheritdoc/>
    public override void KeepToNorm(DeviceMatrix values, DeviceMatrix? weights, DeviceMatrix norms, DeviceMatrix target)
    {
        ReferenceMatrix from = ReferenceMatrix.Of(values), to = ReferenceMatrix.Of(target);
        to.Span.Clear();
        for (int row = 0; row < from.Rows; row++)
        {
            double Size(int j) => from[row, j] * (weights is null ? 1 : ReferenceMatrix.Of(weights)[0, j]);
            int[] order = [.. Enumerable.Range(0, from.Columns).Where(j => from[row, j] > 0).OrderByDescending(Size)];
            int best = Enumerable.Range(1, order.Length).DefaultIfEmpty().MinBy(n => Math.Abs(Math.Sqrt(order.Take(n).Sum(j => Size(j) * Size(j))) - ReferenceMatrix.Of(norms)[row, 0]));
            foreach (int j in order.Take(best))
            {
                to[row, j] = from[row, j];
            }
        }

        Count(OperationCost.KeepToNorm(from.Rows, from.Columns));
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <content>Selections that look at a column of the batch, at the norm of a row, or at groups.</content>
internal static partial class BackendCases
{
    private static IEnumerable<BackendCase> Keeping()
    {
        foreach ((int rows, int atoms) in ((int, int)[])[(1, 1), (3, 8), (5, 37), (200, 16), (70, 900), (1024, 70)])
        {
            foreach (int groups in (int[])[1, 3, 8])
            {
                SelectionRule rule = new(SelectionKind.GroupMax, Math.Min(groups, atoms));
                yield return new($"Select {rule.Kind} {groups} {rows}x{atoms}", run =>
                {
                    DeviceCodes codes = run.Backend.AllocateCodes(rows, atoms, rule.Capacity(atoms));
                    run.Backend.Select(run.Integers(rows, atoms), rule, codes);
                    run.Output("codes", codes, 0);
                    DeviceMatrix x = run.Integers(rows, 5), weights = run.Integers(atoms, 5);
                    run.Backend.EncodeAndSelect(x, weights, null, rule, codes);
                    run.Output("encoded", codes, 0);
                });
            }

            yield return new($"KeepLargestOfColumns {rows}x{atoms}", run =>
            {
                DeviceMatrix values = run.Integers(rows, atoms), target = run.Normal(rows, atoms), smallest = run.Normal(1, atoms);
                DeviceMatrix quota = run.From([.. Enumerable.Range(0, atoms).Select(j => (float)(j * 7 % (rows + 1)))], 1, atoms);
                run.Backend.KeepLargestOfColumns(values, quota, target, smallest);
                run.Output("kept", target, 0);
                run.Output("smallest", smallest, 0);
            });
            yield return new($"KeepToNorm {rows}x{atoms}", run =>
            {
                DeviceMatrix values = run.Integers(rows, atoms), target = run.Normal(rows, atoms);
                DeviceMatrix weights = run.From([.. Enumerable.Range(0, atoms).Select(j => 1f + (j % 3))], 1, atoms);
                DeviceMatrix norms = run.From([.. Enumerable.Range(0, rows).Select(i => 0.3f + (i % 11))], rows, 1);
                run.Backend.KeepToNorm(values, null, norms, target);
                run.Output("without weights", target, 0);
                run.Backend.KeepToNorm(values, weights, norms, target);
                run.Output("with weights", target, 0);
            });
        }
    }
}

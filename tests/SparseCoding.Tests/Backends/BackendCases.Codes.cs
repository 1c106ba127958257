using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <content>Selections, sparse codes and the dictionary update.</content>
internal static partial class BackendCases
{
    private static readonly (int Rows, int Atoms, int Active, int Dimension)[] s_codes =
        [(1, 1, 1, 1), (7, 5, 2, 3), (9, 12, 12, 4), (64, 40, 8, 33), (1024, 130, 16, 24), (60, 2100, 32, 20)];

    private static IEnumerable<BackendCase> Selections()
    {
        foreach ((int rows, int atoms) in ((int, int)[])[(0, 4), (1, 1), (3, 8), (5, 37), (200, 16), (70, 3000)])
        {
            foreach ((int k, bool signed) in ((int, bool)[])[(0, false), (1, false), (3, false), (8, false), (40, false), (3, true), (40, true)])
            {
                SelectionRule rule = k == 0 ? new(SelectionKind.Relu, 0) : new(signed ? SelectionKind.AbsTopK : SelectionKind.TopK, k);
                string name = k == 0 ? "ReLU" : $"{rule.Kind} {k}";
                yield return new($"Select {name} {rows}x{atoms}", run =>
                {
                    DeviceMatrix pre = run.Integers(rows, atoms);
                    DeviceCodes codes = run.Backend.AllocateCodes(rows, atoms, rule.Capacity(atoms));
                    run.Backend.Select(run.Normal(rows, atoms), rule, codes); // what it held before must not show
                    run.Backend.Select(pre, rule, codes);
                    run.Output("codes", codes, 0);
                });
                yield return new($"EncodeAndSelect {name} {rows}x{atoms}", run =>
                {
                    DeviceMatrix x = run.Integers(rows, 5), weights = run.Integers(atoms, 5), bias = run.Integers(1, atoms);
                    DeviceCodes codes = run.Backend.AllocateCodes(rows, atoms, rule.Capacity(atoms));
                    run.Backend.EncodeAndSelect(x, weights, bias, rule, codes);
                    run.Output("with bias", codes, 0);
                    run.Backend.EncodeAndSelect(x, weights, null, rule, codes);
                    run.Output("without bias", codes, 0);
                });
            }
        }

        yield return new("Select never takes NaN", run =>
        {
            DeviceMatrix pre = run.From([float.NaN, 2, float.PositiveInfinity, -1, 2, float.NaN, 0, 1], 2, 4);
            DeviceCodes codes = run.Backend.AllocateCodes(2, 4, 4);
            run.Backend.Select(pre, new SelectionRule(SelectionKind.Relu, 0), codes);
            run.Output("ReLU", codes, 0);
            run.Backend.Select(pre, new SelectionRule(SelectionKind.TopK, 3), codes);
            run.Output("TopK", codes, 0);
            run.Backend.Select(pre, new SelectionRule(SelectionKind.AbsTopK, 4), codes);
            run.Output("AbsTopK", codes, 0);
        });
        foreach (SelectionRule rule in (SelectionRule[])[new(SelectionKind.Relu, 0), new(SelectionKind.TopK, 6), new(SelectionKind.AbsTopK, 6)])
        {
            yield return new($"Select {rule.Kind} beyond the capacity", run =>
            {
                DeviceCodes codes = run.Backend.AllocateCodes(40, 30, 4);
                DeviceMatrix pre = run.Integers(40, 30);
                run.Backend.Select(pre, rule, codes);
                run.Output("too many", codes, 0);
                run.Backend.Map(MapOperation.Affine, pre, pre, null, -1, 0);
                run.Backend.Select(pre, rule, codes);
                run.Output("none: the flag is that of the last selection", codes, 0);
            });
        }
    }

    private static IEnumerable<BackendCase> SparseCodes()
    {
        foreach ((int rows, int atoms, int active, int d) in s_codes)
        {
            string shape = $"{rows}x{atoms} of {active}, d {d}";
            yield return new($"Densify, gather {shape}", run =>
            {
                DeviceCodes codes = run.Codes(rows, atoms, active);
                DeviceMatrix dense = run.Normal(rows, atoms), values = run.Normal(rows, active);
                run.Backend.GatherAtSupport(dense, codes, values, -2);
                run.Output("gathered", values, 0);
                run.Backend.GatherAtSupport(run.Normal(1, atoms), codes, values, 0.5f);
                run.Output("gathered from one row", values, 0);
                run.Backend.Densify(codes, dense);
                run.Output("dense", dense, 0);
            });
            yield return new($"DecodeResidual {shape}", run =>
            {
                DeviceCodes codes = run.Codes(rows, atoms, active);
                DeviceMatrix atomRows = run.Normal(atoms, d), offset = run.Normal(1, d), x = run.Normal(rows, d);
                for (int form = 0; form < 4; form++)
                {
                    DeviceMatrix residual = run.Normal(rows, d);
                    run.Backend.DecodeResidual(codes, atomRows, (form & 1) != 0 ? offset : null, (form & 2) != 0 ? x : null, residual);
                    run.Output($"form {form}", residual, active, active + 8);
                }
            });
            yield return new($"SampledProduct, penalty {shape}", run =>
            {
                DeviceCodes codes = run.Codes(rows, atoms, active);
                DeviceMatrix values = run.Normal(rows, active);
                run.Backend.SampledProduct(codes, run.Normal(atoms, d), run.Normal(rows, d), values, 0.5f);
                run.Output("products", values, d, d);
                run.Backend.PenaltyGradient(codes, values, 0.25f);
                run.Output("with penalty", values, d, d);
            });
            yield return new($"WeightGradient, sums {shape}", run =>
            {
                DeviceCodes codes = run.Codes(rows, atoms, active);
                DeviceMatrix gradient = run.Normal(atoms, d), sums = run.Normal(1, atoms), fired = run.Normal(1, atoms);
                run.Backend.WeightGradient(codes, run.Normal(rows, d), gradient, 0.5f);
                run.Output("gradient", gradient, rows, rows);

                // The same support with other values: what was kept of the first call must not leak into this one.
                DeviceMatrix other = run.Backend.Allocate(rows, active);
                run.Backend.GatherAtSupport(run.Normal(rows, atoms), codes, other, 1);
                run.Backend.WeightGradient(codes.WithValues(other), run.Normal(rows, d), gradient, 1);
                run.Output("gradient of other values", gradient, rows, rows);
                run.Backend.SumCodes(codes, sums, -0.5f);
                run.Output("sums", sums, rows, rows);
                run.Backend.CountActive(codes, fired);
                run.Output("fired", fired, 0);

                run.Backend.WeightGradient(codes, run.Normal(rows, d), gradient, -0.25f, add: true);
                run.Output("added gradient", gradient, 2 * rows, 2 * rows);

                // And another support in the same memory.
                run.Backend.Select(run.Normal(rows, atoms), new SelectionRule(SelectionKind.TopK, active), codes);
                run.Backend.SumCodes(codes, sums, 1);
                run.Output("sums of another support", sums, rows, rows);
            });
            if (atoms < 1000)
            {
                yield return new($"AddCodesGram {shape}", run =>
                {
                    DeviceCodes codes = run.Codes(rows, atoms, active);
                    DeviceMatrix half = run.Normal(atoms, atoms), gram = run.Backend.Allocate(atoms, atoms);
                    run.Backend.SymmetricProduct(half, gram);
                    run.Backend.AddCodesGram(codes, gram);
                    run.Output("gram", gram, rows + atoms, rows + (2 * atoms));
                });
            }
        }
    }

    private static IEnumerable<BackendCase> WholeBatch()
    {
        foreach ((int rows, int atoms, int capacity) in ((int, int, int)[])[(0, 4, 2), (1, 1, 1), (5, 37, 3), (64, 40, 40), (200, 16, 5), (70, 3000, 12)])
        {
            foreach (int total in (int[])[0, 1, rows, 3 * rows, rows * capacity])
            {
                yield return new($"KeepLargest {total} of {rows}x{atoms}, room for {capacity}", run =>
                {
                    DeviceCodes codes = run.Backend.AllocateCodes(rows, atoms, capacity);
                    DeviceMatrix smallest = run.Normal(1, 1);
                    foreach (DeviceMatrix pre in (DeviceMatrix[])[run.Integers(rows, atoms), run.Normal(rows, atoms)])
                    {
                        run.Backend.Select(pre, new SelectionRule(SelectionKind.TopK, capacity), codes);
                        run.Backend.KeepLargest(codes, total, smallest);
                        run.Output("kept", codes, 0);
                        run.Output("smallest", smallest, 0);
                    }

                    // What is derived from the support (its transpose) must follow.
                    DeviceMatrix sums = run.Backend.Allocate(1, atoms);
                    run.Backend.SumCodes(codes, sums, 1);
                    run.Output("sums", sums, rows, rows);
                });
            }
        }

        foreach ((int count, int width) in ((int, int)[])[(6, 5), (300, 600)])
        {
            yield return new($"ScatterAdd {count}x{width}", run =>
            {
                DeviceMatrix source = run.Normal(count, width), target = run.Normal(9, width);
                DeviceIndices rows = run.Backend.AllocateIndices(count);
                run.Backend.Write(rows, [.. Enumerable.Range(0, count).Select(i => new[] { 3, 0, 8, 3, 1, 3 }[i % 6])]);
                run.Backend.ScatterAdd(source, rows, target, -0.5f);
                run.Output("target", target, count + 2, count + 2);
            });
        }
    }

    private static IEnumerable<BackendCase> Atoms()
    {
        foreach ((int atoms, int d) in ((int, int)[])[(1, 1), (5, 3), (33, 8), (70, 20), (170, 64)])
        {
            foreach ((bool ball, bool positive) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
            {
                yield return new($"UpdateAtoms {atoms}x{d}{(ball ? " in the ball" : string.Empty)}{(positive ? ", non-negative" : string.Empty)}", run =>
                {
                    Backend backend = run.Backend;
                    float[] codes = TestMatrices.Codes<float>(6 * atoms, atoms, Math.Min(3, atoms), 5);
                    for (int i = 2; i < codes.Length; i += Math.Max(atoms, 3))
                    {
                        codes[i] = 0; // atom 2 is never used and stays
                    }

                    DeviceMatrix z = run.From(codes, 6 * atoms, atoms), dictionary = run.Normal(atoms, d);
                    backend.NormalizeRows(dictionary);
                    DeviceMatrix a = backend.Allocate(atoms, atoms), b = backend.Allocate(atoms, d);
                    backend.Product(z, true, z, false, a, ProductEpilogue.None);
                    backend.Product(z, true, run.Normal(6 * atoms, d), false, b, ProductEpilogue.None);
                    backend.UpdateAtoms(dictionary, a, b, 1e-6f, ball, positive);
                    run.Output("once", dictionary, atoms, 2);
                    backend.UpdateAtoms(dictionary, a, b, 1e-6f, ball, positive);
                    run.Output("twice", dictionary, 4 * atoms, 4);
                });
            }
        }
    }
}

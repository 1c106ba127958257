using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <summary>The cases of the contract: each operation on empty, single, odd and paper-sized shapes, and on one large enough for several threads.</summary>
internal static partial class BackendCases
{
    /// <summary>All of them.</summary>
    public static IEnumerable<BackendCase> All() =>
        [.. Memory(), .. Products(), .. Maps(), .. Reductions(), .. Rows(), .. Selections(), .. Keeping(), .. SparseCodes(), .. WholeBatch(), .. Optimizers(), .. Atoms()];

    private static IEnumerable<BackendCase> Memory()
    {
        yield return new("Gather", run =>
        {
            foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (7, 5), (900, 300)])
            {
                Backend backend = run.Backend;
                int[] picks = [.. Enumerable.Range(0, rows).Select(i => i * 7 % Math.Max(1, rows / 2))];
                DeviceIndices index = backend.AllocateIndices(rows);
                backend.Write(index, picks);
                DeviceMatrix target = backend.Allocate(rows, columns);
                backend.Gather(run.Normal(rows, columns), index, target);
                run.Output("gathered", target, 0);
            }
        });
        yield return new("Fill and random", run =>
        {
            DeviceMatrix matrix = run.Backend.Allocate(5, 7);
            run.Output("new", matrix, 0);
            run.Backend.Fill(matrix, 1.5f);
            run.Output("filled", matrix, 0);
            run.Backend.FillUniform(matrix, new SparseCoding.Numerics.RandomStream(3, "test"), -1, 1);
            run.Output("uniform", matrix, 0);
            run.Backend.FillNormal(matrix, new SparseCoding.Numerics.RandomStream(3, "test"), 2);
            run.Output("normal", matrix, 0);
        });
        yield return new("Stored formats", run =>
        {
            float[] values = [1, -2.5f, 0.333251953125f, 65504, 6.103515625e-5f, -0f];
            DeviceMatrix matrix = run.Backend.Allocate(4, 3);
            var bytes = new byte[24];
            foreach ((int i, float value) in values.Index())
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(4 * i), value);
            }

            run.Backend.WriteStored(matrix, 1, bytes, StoredFormat.Float32);
            run.Output("single", matrix, 0);
            foreach ((int i, float value) in values.Index())
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (Half)value);
            }

            run.Backend.WriteStored(matrix, 2, bytes.AsSpan(0, 12), StoredFormat.Float16);
            run.Output("half", matrix, 0);
            foreach ((int i, float value) in values.Index())
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(2 * i), (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16));
            }

            run.Backend.WriteStored(matrix, 0, bytes.AsSpan(0, 12), StoredFormat.BFloat16);
            run.Output("bfloat16", matrix, 0);
        });
        yield return new("Views share memory", run =>
        {
            Backend backend = run.Backend;
            DeviceMatrix whole = run.Normal(9, 6), other = run.Normal(4, 6), product = backend.Allocate(9, 4);
            backend.Map(MapOperation.Scale, backend.View(whole, 2, 3), backend.View(whole, 5, 3), null, 2);
            backend.Product(backend.View(whole, 1, 5), false, other, true, backend.View(product, 3, 5), ProductEpilogue.None);
            DeviceMatrix squares = backend.Allocate(9, 1);
            backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, backend.View(squares, 2, 5), backend.View(whole, 1, 5));
            run.Output("squares", squares, 6);
            backend.NormalizeRows(backend.View(whole, 8, 1));
            DeviceMatrix nested = backend.View(backend.View(whole, 3, 6), 2, 2);
            run.Output("whole", whole, 6);
            run.Output("product", product, 6, 6);
            run.Output("nested", nested, 6);
        });
    }

    private static IEnumerable<BackendCase> Products()
    {
        (int M, int N, int K)[] shapes =
            [(1, 1, 1), (0, 5, 3), (4, 3, 0), (5, 7, 3), (17, 33, 9), (1, 300, 20), (1024, 16, 8), (16, 8, 1024), (130, 140, 300), (300, 257, 129)];
        foreach ((int m, int n, int k) in shapes)
        {
            for (int form = 0; form < 4; form++)
            {
                bool ta = (form & 1) != 0, tb = (form & 2) != 0;
                yield return new($"Product {m}x{n}x{k} {(ta ? 'T' : 'N')}{(tb ? 'T' : 'N')}", run => Product(run, m, n, k, ta, tb));
            }
        }

        foreach ((int n, int k) in ((int, int)[])[(1, 1), (5, 3), (70, 130), (260, 64)])
        {
            yield return new($"SymmetricProduct {n}x{k}", run =>
            {
                DeviceMatrix gram = run.Backend.Allocate(n, n), difference = run.Backend.Allocate(n, n), identity = run.Backend.Allocate(n, n);
                run.Backend.SymmetricProduct(run.Normal(n, k), gram);
                run.Output("gram", gram, k, k);
                var unit = new float[n * n];
                for (int i = 0; i < n; i++)
                {
                    unit[i * (n + 1)] = 1;
                }

                // Gᵀ − G = 0 to the last bit: products with 1 and 0 are exact.
                run.Backend.Write(identity, 0, unit);
                run.Backend.Product(gram, true, identity, false, difference, ProductEpilogue.None);
                run.Backend.Map(MapOperation.Add, difference, difference, gram, 1, -1);
                run.Output("asymmetry", difference, 0);
            });
        }
    }

    private static void Product(BackendRun run, int m, int n, int k, bool ta, bool tb)
    {
        Backend backend = run.Backend;
        DeviceMatrix a = ta ? run.Normal(k, m) : run.Normal(m, k), b = tb ? run.Normal(n, k) : run.Normal(k, n);
        DeviceMatrix bias = run.Normal(1, n), mask = run.Integers(m, n), start = run.Normal(m, n);
        (string Name, ProductEpilogue Epilogue)[] epilogues =
        [
            ("plain", ProductEpilogue.None),
            ("bias", new ProductEpilogue { Bias = bias }),
            ("beta", new ProductEpilogue { Alpha = 0.5f, Beta = -1 }),
            ("relu", new ProductEpilogue { Bias = bias, Relu = true }),
            ("mask", new ProductEpilogue { Alpha = 0.25f, Mask = mask }),
            ("all", new ProductEpilogue { Alpha = -2, Beta = 3, Bias = bias, Relu = true, Mask = mask }),
        ];
        foreach ((string name, ProductEpilogue epilogue) in m * n * k > 1_000_000 ? epilogues[3..] : epilogues)
        {
            DeviceMatrix c = backend.Allocate(m, n);
            backend.Map(MapOperation.Scale, c, start);
            backend.Product(a, ta, b, tb, c, epilogue);
            run.Output(name, c, k + 1, (2 * k) + 8);
        }
    }

    private static IEnumerable<BackendCase> Rows()
    {
        foreach ((int rows, int columns) in ((int, int)[])[(0, 3), (1, 1), (5, 3), (33, 17), (600, 300)])
        {
            yield return new($"NormalizeRows {rows}x{columns}", run =>
            {
                DeviceMatrix matrix = run.Normal(rows, columns);
                Clear(run, matrix, rows / 2);
                run.Backend.NormalizeRows(matrix);
                run.Output("normalized", matrix, columns);
            });
            yield return new($"ProjectGradients {rows}x{columns}", run =>
            {
                DeviceMatrix weights = run.Normal(rows, columns), gradient = run.Normal(rows, columns);
                Clear(run, weights, rows / 2);
                run.Backend.ProjectGradients(gradient, weights);
                run.Output("projected", gradient, columns, 4);
            });
        }

        foreach ((int n, int m) in ((int, int)[])[(1, 1), (5, 3), (40, 9)])
        {
            yield return new($"FactorAndSolve {n}x{m}", run =>
            {
                DeviceMatrix x = run.Normal(3 * n, n), a = run.Backend.Allocate(n, n), b = run.Normal(n, m);
                run.Backend.Product(x, true, x, false, a, ProductEpilogue.None);
                bool solved = run.Backend.FactorAndSolve(a, 0.5, b);
                run.Output("solved", [solved ? 1 : 0]);
                run.Output("solution", b, 100 * n, 1);
                DeviceMatrix right = run.Normal(n, m);
                run.Backend.Map(MapOperation.Scale, a, a, null, -1);
                run.Output("not definite", [run.Backend.FactorAndSolve(a, 0, right) ? 1 : 0]);
                run.Output("right side stays", right, 0);
            });
        }
    }

    private static void Clear(BackendRun run, DeviceMatrix matrix, int row)
    {
        if (row < matrix.Rows)
        {
            run.Backend.Fill(run.Backend.View(matrix, row, 1), 0);
        }
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Tests;

/// <content>Element-wise operations, reductions and the optimiser.</content>
internal static partial class BackendCases
{
    private static readonly (int Rows, int Columns)[] s_shapes = [(0, 4), (1, 1), (3, 5), (1, 700), (700, 1), (1024, 16), (513, 300)];

    private static IEnumerable<BackendCase> Maps()
    {
        foreach (MapOperation operation in Enum.GetValues<MapOperation>())
        {
            bool binary = operation is MapOperation.Add or MapOperation.Multiply or MapOperation.Divide or MapOperation.ReluGradient
                or MapOperation.Above or MapOperation.Near or MapOperation.Mask;
            foreach ((int rows, int columns) in s_shapes)
            {
                (int, int)[] others = binary ? [.. new[] { (rows, columns), (1, columns), (rows, 1), (1, 1) }.Distinct()] : [(0, 0)];
                foreach ((int otherRows, int otherColumns) in others)
                {
                    string with = binary ? $" with {otherRows}x{otherColumns}" : string.Empty;
                    yield return new($"Map {operation} {rows}x{columns}{with}", run =>
                    {
                        DeviceMatrix a = run.Normal(rows, columns);
                        DeviceMatrix? b = binary ? run.Normal(otherRows, otherColumns) : null;
                        DeviceMatrix target = run.Backend.Allocate(rows, columns);
                        run.Backend.Map(operation, target, a, b, 0.75f, -1.25f);
                        run.Output("apart", target, 4, Magnitude(operation));
                        run.Backend.Map(operation, a, a, b);
                        run.Output("in place", a, 4, Magnitude(operation));
                    });
                }
            }
        }

        foreach (MapOperation operation in Enum.GetValues<MapOperation>())
        {
            yield return new($"Map {operation} of NaN, infinity and zeros", run =>
            {
                float[] special = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, 1, -1, 0.5f];
                float[] left = [.. special.SelectMany(value => Enumerable.Repeat(value, 8))], right = [.. Enumerable.Repeat(special, 8).SelectMany(row => row)];
                DeviceMatrix target = run.Backend.Allocate(8, 8);
                run.Backend.Map(operation, target, run.From(left, 8, 8), run.From(right, 8, 8), 0.5f, 0.25f);
                run.Output("special values", target, 4, operation == MapOperation.Tanh ? 1 : 0);
            });
        }

        yield return new("Map over the second operand", run =>
        {
            DeviceMatrix a = run.Normal(6, 9), b = run.Normal(6, 9);
            run.Backend.Map(MapOperation.Multiply, b, a, b, 2);
            run.Output("multiplied", b, 4);
            run.Backend.Map(MapOperation.Add, b, a, b, 3, 0.5f);
            run.Output("added", b, 4, 8);
        });
        yield return new("AdamDirection", run =>
        {
            DeviceMatrix m = run.Normal(50, 30), v = run.Normal(50, 30), target = run.Backend.Allocate(50, 30);
            run.Backend.Map(MapOperation.Multiply, v, v, v);
            run.Backend.AdamDirection(target, m, v, 1.25f, 1e-3f);
            run.Output("direction", target, 16);
        });
    }

    /// <summary>Of what the errors are relative to, besides the result.</summary>
    private static double Magnitude(MapOperation operation) => operation switch
    {
        MapOperation.Add or MapOperation.Affine => 8,
        MapOperation.Tanh => 1,
        _ => 0,
    };

    private static IEnumerable<BackendCase> Reductions()
    {
        foreach (ReduceOperation operation in Enum.GetValues<ReduceOperation>())
        {
            yield return new($"Reduce {operation} of NaN", run =>
            {
                DeviceMatrix a = run.From([1, float.NaN, 0, 2, -3, 4], 2, 3), b = run.From([1, 1, 1, 1, 1, 1], 2, 3);
                DeviceMatrix all = run.Backend.Allocate(1, 1), rows = run.Backend.Allocate(2, 1), columns = run.Backend.Allocate(1, 3);
                run.Backend.Reduce(operation, ReduceAxis.All, all, a, b);
                run.Backend.Reduce(operation, ReduceAxis.EachRow, rows, a, b);
                run.Backend.Reduce(operation, ReduceAxis.EachColumn, columns, a, b);
                run.Output("all", all);
                run.Output("rows", rows);
                run.Output("columns", columns);
            });
        }

        foreach (ReduceOperation operation in Enum.GetValues<ReduceOperation>())
        {
            foreach (ReduceAxis axis in Enum.GetValues<ReduceAxis>())
            {
                yield return new($"Reduce {operation} {axis}", run =>
                {
                    foreach ((int rows, int columns) in s_shapes)
                    {
                        DeviceMatrix a = run.Normal(rows, columns);
                        DeviceMatrix? b = operation == ReduceOperation.Dot ? run.Normal(rows, columns) : null;
                        DeviceMatrix target = axis switch
                        {
                            ReduceAxis.EachRow => run.Backend.Allocate(rows, 1),
                            ReduceAxis.EachColumn => run.Backend.Allocate(1, columns),
                            _ => run.Backend.Allocate(1, 1),
                        };
                        run.Backend.Reduce(operation, axis, target, a, b, 0.5f);

                        // Terms are added in float64: only the result is rounded to float32.
                        run.Output($"{rows}x{columns}", target, 1, 1e-7 * rows * columns);
                    }
                });
            }
        }
    }

    private static IEnumerable<BackendCase> Optimizers()
    {
        foreach ((int rows, int columns) in ((int, int)[])[(1, 1), (1, 16), (16, 8), (33, 17), (700, 300)])
        {
            for (int form = 0; form < 4; form++)
            {
                bool project = (form & 1) != 0, normalize = (form & 2) != 0;
                yield return new($"Optimize {rows}x{columns}{(project ? " projected" : string.Empty)}{(normalize ? " normalized" : string.Empty)}", run =>
                {
                    Backend backend = run.Backend;
                    DeviceMatrix weights = run.Normal(rows, columns), first = backend.Allocate(rows, columns), second = backend.Allocate(rows, columns);
                    backend.NormalizeRows(weights);
                    for (int number = 1; number <= 3; number++)
                    {
                        backend.Optimize(weights, run.Normal(rows, columns), first, second, new OptimizerStep
                        {
                            LearningRate = 0.01f,
                            Beta1 = 0.9f,
                            Beta2 = 0.99f,
                            Epsilon = 1e-2f,
                            Number = number,
                            ProjectGradient = project,
                            NormalizeRows = normalize,
                            GradientScale = number == 2 ? 0.5f : 0,
                        });
                    }

                    run.Output("weights", weights, 16 * columns, 1);
                    run.Output("first", first, 16 * columns, 1);
                    run.Output("second", second, 16 * columns, 1);
                    run.Output("non-finite", [backend.HasNonFinite() ? 1 : 0]);
                });
            }
        }

        foreach ((int rows, int columns, bool whole) in ((int, int, bool)[])[(1, 1, false), (16, 8, true), (33, 17, false), (700, 300, true)])
        {
            yield return new($"OptimizeSign {rows}x{columns}{(whole ? " projected normalized clipped" : string.Empty)}", run =>
            {
                Backend backend = run.Backend;
                DeviceMatrix weights = run.Normal(rows, columns), first = backend.Allocate(rows, columns), factor = backend.Allocate(1, 1);
                backend.NormalizeRows(weights);
                for (int number = 1; number <= 3; number++)
                {
                    DeviceMatrix gradient = run.Normal(rows, columns);
                    backend.ClipFactor([gradient, weights], number * 2, factor);
                    backend.OptimizeSign(weights, gradient, first, new OptimizerStep
                    {
                        LearningRate = 0.01f,
                        Beta1 = 0.5f,
                        Beta2 = 0,
                        Epsilon = 0,
                        Number = number,
                        ProjectGradient = whole,
                        NormalizeRows = whole,
                        GradientFactor = whole ? factor : null,
                    });
                }

                run.Output("factor", factor, 16, 1);
                run.Output("first", first, 16 * columns, 1);
                run.Output("non-finite", [backend.HasNonFinite() ? 1 : 0]);
            });
        }

        yield return new("Optimize with a factor", run =>
        {
            Backend backend = run.Backend;
            DeviceMatrix[] state = [run.Normal(5, 7), run.Normal(5, 7), backend.Allocate(5, 7), backend.Allocate(5, 7)];
            DeviceMatrix factor = backend.Allocate(1, 1);
            backend.ClipFactor([state[1]], 0.25f, factor);
            backend.Optimize(state[0], state[1], state[2], state[3], new OptimizerStep { LearningRate = 0.01f, Beta1 = 0.9f, Beta2 = 0.99f, Epsilon = 1e-2f, Number = 1, GradientFactor = factor });
            run.Output("weights", state[0], 16, 1);
            run.Output("first", state[2], 16, 1);
        });

        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity])
        {
            yield return new(FormattableString.Invariant($"Optimize with {bad}"), run =>
            {
                Backend backend = run.Backend;
                DeviceMatrix[] state = [run.Normal(3, 4), backend.Allocate(3, 4), backend.Allocate(3, 4), backend.Allocate(3, 4)];
                var step = new OptimizerStep { LearningRate = 0.01f, Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f, Number = 1 };
                backend.Optimize(state[0], state[1], state[2], state[3], step);
                run.Output("before", [backend.HasNonFinite() ? 1 : 0]);
                backend.Write(state[1], 1, [0, bad, 0, 0]);
                backend.Optimize(state[0], state[1], state[2], state[3], step);
                run.Output("after", [backend.HasNonFinite() ? 1 : 0]);
                backend.Fill(state[1], 0);
                DeviceMatrix[] healthy = [run.Normal(3, 4), backend.Allocate(3, 4), backend.Allocate(3, 4), backend.Allocate(3, 4)];
                backend.Optimize(healthy[0], healthy[1], healthy[2], healthy[3], step);
                run.Output("stays", [backend.HasNonFinite() ? 1 : 0]);
            });
        }
    }
}

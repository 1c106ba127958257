using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <summary>One parameter on a device with its gradient and the moments of Adam. A frozen one is left out of the optimiser.</summary>
internal sealed class Parameter : IDisposable
{
    /// <summary>Allocates value, gradient and moments, [rows, columns].</summary>
    public Parameter(Backend backend, string name, long rows, int columns, bool frozen = false)
    {
        Name = name;
        IsFrozen = frozen;
        Value = backend.Allocate(rows, columns);
        if (!frozen)
        {
            Gradient = backend.Allocate(rows, columns);
            First = backend.Allocate(rows, columns);
            Second = backend.Allocate(rows, columns);
        }
    }

    /// <summary>Name in a checkpoint.</summary>
    public string Name { get; }

    /// <summary>Whether the optimiser leaves it as it is.</summary>
    public bool IsFrozen { get; }

    /// <summary>Rows have unit norm after every step.</summary>
    public bool HasUnitRows { get; init; }

    /// <summary>Whether the gradient loses its part along each row.</summary>
    public bool ProjectsGradient { get; init; }

    /// <summary>The values.</summary>
    public DeviceMatrix Value { get; }

    /// <summary>Gradient of the loss; null when frozen.</summary>
    public DeviceMatrix? Gradient { get; }

    /// <summary>First moment; null when frozen.</summary>
    public DeviceMatrix? First { get; }

    /// <summary>Second moment; null when frozen.</summary>
    public DeviceMatrix? Second { get; }

    /// <summary>One optimiser step from the gradient.</summary>
    public void Step(Backend backend, AdamOptions adam, float rate, long number)
    {
        if (IsFrozen)
        {
            return;
        }

        backend.Optimize(Value, Gradient!, First!, Second!, new OptimizerStep
        {
            LearningRate = rate,
            Beta1 = adam.Beta1,
            Beta2 = adam.Beta2,
            Epsilon = adam.Epsilon,
            Number = number,
            ProjectGradient = ProjectsGradient,
            NormalizeRows = HasUnitRows,
        });
    }

    /// <summary>Names and matrices of what a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices()
    {
        yield return (Name, Value);
        if (!IsFrozen)
        {
            yield return (Name + ".first", First!);
            yield return (Name + ".second", Second!);
        }
    }

    /// <summary>Sets entries of a parameter [1, columns] and their moments, which become 0: through the host, so for rare events only.</summary>
    public void SetEntries(Backend backend, IReadOnlyList<int> columns, float value)
    {
        var row = new float[Value.Columns];
        Set(Value, value);
        if (!IsFrozen)
        {
            Set(First!, 0);
            if (Second is not null)
            {
                Set(Second, 0);
            }
        }

        void Set(DeviceMatrix matrix, float entry)
        {
            backend.Read(matrix, 0, row);
            foreach (int column in columns)
            {
                row[column] = entry;
            }

            backend.Write(matrix, 0, row);
        }
    }

    /// <summary>Sets one row and its moments, which become 0.</summary>
    public void SetRow(Backend backend, int row, ReadOnlySpan<float> values)
    {
        backend.Write(Value, row, values);
        if (!IsFrozen)
        {
            var zero = new float[values.Length];
            backend.Write(First!, row, zero);
            if (Second is not null)
            {
                backend.Write(Second, row, zero);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Value.Dispose();
        Gradient?.Dispose();
        First?.Dispose();
        Second?.Dispose();
    }
}

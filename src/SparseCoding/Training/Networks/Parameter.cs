using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <summary>
/// One parameter on a device with its gradient, the moments of the optimiser and, where asked, the average of its values. A frozen one is left out
/// of the optimiser. Steps are taken by the <see cref="ParameterSet"/> it belongs to, never alone: clipping looks at all parameters together.
/// </summary>
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

    /// <summary>Puts values back on the set that they are kept on, where that is not rows of unit norm; null where any values will do. An average of values is put back too.</summary>
    public Action<DeviceMatrix>? Retraction { get; init; }

    /// <summary>Whether the gradient loses its part along each row.</summary>
    public bool ProjectsGradient { get; init; }

    /// <summary>Whether they are the atoms of a dictionary, whose rate is <see cref="TrainingOptions.AtomRateFactor"/> times the others'.</summary>
    public bool IsAtoms { get; init; }

    /// <summary>The values.</summary>
    public DeviceMatrix Value { get; private set; }

    /// <summary>Gradient of the loss; null when frozen.</summary>
    public DeviceMatrix? Gradient { get; }

    /// <summary>First moment; null when frozen.</summary>
    public DeviceMatrix? First { get; }

    /// <summary>Second moment; null when frozen and for an optimiser that has none.</summary>
    public DeviceMatrix? Second { get; private set; }

    /// <summary>Average of the values over the steps, bias-corrected, before any normalisation; null where none is kept.</summary>
    public DeviceMatrix? Average { get; private set; }

    /// <summary>Names and matrices of what a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices()
    {
        yield return (Name, Value);
        if (First is not null)
        {
            yield return (Name + ".first", First);
        }

        if (Second is not null)
        {
            yield return (Name + ".second", Second);
        }

        if (Average is not null)
        {
            yield return (Name + ".average", Average);
        }
    }

    /// <summary>Takes or drops what the optimiser needs.</summary>
    internal void Prepare(Backend backend, bool secondMoment, bool average)
    {
        if (IsFrozen)
        {
            return;
        }

        if (!secondMoment)
        {
            Second?.Dispose();
            Second = null;
        }

        Average = average ? backend.Allocate(Value.Rows, Value.Columns) : null;
    }

    /// <summary>Puts another matrix in the place of the values and gives back the one that was there.</summary>
    internal DeviceMatrix Exchange(DeviceMatrix value)
    {
        DeviceMatrix old = Value;
        Value = value;
        return old;
    }

    /// <summary>Sets entries of a parameter [1, columns] (and of its average, which begins anew there) and their moments, which become 0: through the host, so for rare events only.</summary>
    public void SetEntries(Backend backend, IReadOnlyList<int> columns, float value)
    {
        var row = new float[Value.Columns];
        Set(Value, value);
        if (Average is not null)
        {
            Set(Average, value);
        }

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

    /// <summary>Sets one row (and that of the average, which begins anew there) and its moments, which become 0.</summary>
    public void SetRow(Backend backend, int row, ReadOnlySpan<float> values)
    {
        backend.Write(Value, row, values);
        if (Average is not null)
        {
            backend.Write(Average, row, values);
        }

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
        Average?.Dispose();
    }
}

using SparseCoding.Backends;

namespace SparseCoding.DictionaryLearning;

/// <summary>Codes of one batch with a fixed number of places for each row, as the backend and the K-SVD kernel take them.</summary>
internal sealed class CodesOnHost
{
    /// <summary>Copies the codes.</summary>
    public CodesOnHost(SparseCodes codes)
    {
        AtomCount = codes.AtomCount;
        Capacity = 1;
        for (int row = 0; row < codes.RowCount; row++)
        {
            Capacity = Math.Max(Capacity, codes[row].Count);
        }

        Indices = new int[checked(codes.RowCount * Capacity)];
        Values = new float[codes.RowCount * Capacity];
        Counts = new int[codes.RowCount];
        for (int row = 0; row < codes.RowCount; row++)
        {
            SparseRow code = codes[row];
            code.Atoms.CopyTo(Indices.AsSpan(row * Capacity));
            code.Values.CopyTo(Values.AsSpan(row * Capacity));
            Counts[row] = code.Count;
        }
    }

    /// <summary>Number of atoms.</summary>
    public int AtomCount { get; }

    /// <summary>Places of a row.</summary>
    public int Capacity { get; }

    /// <summary>Atoms, [rows, capacity].</summary>
    public int[] Indices { get; }

    /// <summary>Values, [rows, capacity].</summary>
    public float[] Values { get; }

    /// <summary>Entries of each row.</summary>
    public int[] Counts { get; }

    /// <summary>The codes on a device.</summary>
    public DeviceCodes ToDevice(Backend backend)
    {
        DeviceCodes device = backend.AllocateCodes(Counts.Length, AtomCount, Capacity);
        backend.Write(device.Indices, Indices);
        backend.Write(device.Values, 0, Values);
        backend.Write(device.Counts, Counts);
        return device;
    }

    /// <summary>The codes as they are now, without entries of 0 and without some atoms, each value multiplied by its atom's factor.</summary>
    public SparseCodes ToCodes(ReadOnlySpan<float> factors, ReadOnlySpan<bool> dropped)
    {
        var builder = new SparseCodesBuilder(AtomCount, Counts.Length);
        int[] atoms = new int[Capacity];
        float[] values = new float[Capacity];
        for (int row = 0; row < Counts.Length; row++)
        {
            int count = 0;
            for (int i = row * Capacity; i < (row * Capacity) + Counts[row]; i++)
            {
                int atom = Indices[i];
                float value = Values[i] * (factors.IsEmpty ? 1 : factors[atom]);
                if (value != 0 && !dropped[atom])
                {
                    (atoms[count], values[count]) = (atom, value);
                    count++;
                }
            }

            builder.Add(new SparseRow(atoms.AsSpan(0, count), values.AsSpan(0, count)), 0);
        }

        return builder.Build();
    }
}

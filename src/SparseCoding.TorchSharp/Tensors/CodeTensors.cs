using SparseCoding.Contracts;
using SparseCoding.Diagnostics;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>Codes, [samples, atoms], from and to torch tensors: dense, coordinates (COO) or compressed sparse rows (CSR).</summary>
public static class CodeTensors
{
    /// <summary>Codes as a torch tensor of its own.</summary>
    /// <param name="codes">The codes.</param>
    /// <param name="layout">How they lie.</param>
    /// <param name="device">Where the tensor goes; null for the CPU.</param>
    /// <param name="type">Its type, one of Float16, BFloat16, Float32, Float64; narrower ones are rounded to nearest.</param>
    /// <returns>[samples, atoms]; the caller's, or of the dispose scope that is open. A COO tensor's indices are sorted and unique.</returns>
    /// <exception cref="ArgumentException">Another type, or a value that is infinite in it.</exception>
    public static torch.Tensor ToTorch(this SparseCodes codes, CodeLayout layout = CodeLayout.Coordinates, torch.Device? device = null, torch.ScalarType type = torch.ScalarType.Float32)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Throw.Defined(layout, nameof(layout));
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        int entries = codes.NonZeroCount;
        torch.Tensor values = SignalTensors.Send(codes.Values.ToArray(), [entries], device, type, nameof(codes));
        var atoms = new long[entries];
        for (int i = 0; i < entries; i++)
        {
            atoms[i] = codes.Atoms[i];
        }

        if (layout == CodeLayout.CompressedRows)
        {
            var starts = new long[codes.RowCount + 1];
            for (int i = 0; i < starts.Length; i++)
            {
                starts[i] = codes.RowOffsets[i];
            }

            return CsrScript.Make(Whole(starts, values), Whole(atoms, values), values, codes.RowCount, codes.AtomCount).MoveToOuterDisposeScope();
        }

        var rows = new long[entries];
        for (int row = 0; row < codes.RowCount; row++)
        {
            rows.AsSpan(codes.RowOffsets[row], codes.RowOffsets[row + 1] - codes.RowOffsets[row]).Fill(row);
        }

        if (layout == CodeLayout.Dense)
        {
            torch.Tensor dense = torch.zeros([codes.RowCount, codes.AtomCount], type, values.device);
            if (entries > 0)
            {
                // Each place once: no sum whose order could matter.
                for (int i = 0; i < entries; i++)
                {
                    rows[i] = (rows[i] * codes.AtomCount) + atoms[i];
                }

                dense.view(-1).index_copy_(0, Whole(rows, values), values);
            }

            return dense.MoveToOuterDisposeScope();
        }

        torch.Tensor indices = torch.stack([Whole(rows, values), Whole(atoms, values)]);
        return torch.sparse_coo_tensor(indices, values, [codes.RowCount, codes.AtomCount], type, values.device).MoveToOuterDisposeScope();
    }

    /// <summary>Codes from a torch tensor, dense, COO or CSR. Zeros are left out; what a COO tensor has twice is added up, as torch does.</summary>
    /// <param name="codes">[samples, atoms], of any floating type (float64 is rounded to nearest) and device.</param>
    /// <exception cref="ArgumentException">Another type, rank or layout; no atoms; NaN or infinity; more entries than fit.</exception>
    public static SparseCodes ToSparseCodes(this torch.Tensor codes)
    {
        TensorCheck.Alive(codes, nameof(codes));
        TensorCheck.FloatType(codes, nameof(codes));
        if (codes.ndim != 2 || codes.shape[1] is 0 or > int.MaxValue || codes.shape[0] >= Array.MaxLength)
        {
            Throw.Argument($"codes must be [samples, atoms] with at least one atom, but its shape is {TensorCheck.Shape(codes)}.", nameof(codes));
        }

        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        int rows = (int)codes.shape[0], atomCount = (int)codes.shape[1];
        if (codes.is_sparse)
        {
            torch.Tensor detached = codes.detach(), places = detached.SparseIndices, values = detached.SparseValues;
            if (places.shape[0] != 2 || values.ndim != 1)
            {
                Throw.Argument($"codes is a hybrid sparse tensor: its indices have shape {TensorCheck.Shape(places)}, its values {TensorCheck.Shape(values)}; [2, entries] and [entries] are codes.", nameof(codes));
            }

            return FromCoordinates(places[0], places[1], values, rows, atomCount);
        }

        if (CsrScript.IsCompressed(codes))
        {
            return FromCompressed(codes, rows, atomCount);
        }

        TensorCheck.Dense(codes, nameof(codes));
        TensorCheck.Finite(codes, nameof(codes));
        torch.Tensor nonZero = codes.detach().nonzero();
        torch.Tensor row = nonZero.select(1, 0), atom = nonZero.select(1, 1);
        return FromCoordinates(row, atom, codes.detach()[row, atom], rows, atomCount);
    }

    private static SparseCodes FromCompressed(torch.Tensor codes, int rows, int atomCount)
    {
        (torch.Tensor starts, torch.Tensor columns, torch.Tensor values) = CsrScript.Parts(codes.detach());
        long[] ends = Integers(starts);
        torch.Tensor counts = torch.from_array(ends[1..].Zip(ends, (end, start) => end - start).ToArray());
        torch.Tensor row = torch.arange(Zero, S(rows), One, torch.ScalarType.Int64).repeat_interleave(counts);
        return FromCoordinates(row, columns, values, rows, atomCount);
    }

    /// <summary>Entries in any order, each place possibly several times; zeros go.</summary>
    private static SparseCodes FromCoordinates(torch.Tensor rows, torch.Tensor atoms, torch.Tensor values, int rowCount, int atomCount)
    {
        if (values.numel() >= Array.MaxLength)
        {
            Throw.Argument($"codes has {values.numel()} entries, more than {Array.MaxLength - 1}; work in blocks of fewer signals.", "codes");
        }

        long[] row = Integers(rows), atom = Integers(atoms);
        var value = new float[row.Length];
        TensorMemory.CopyTo(values, value);
        int bad = FiniteCheck.FirstNotFinite(value);
        if (bad >= 0)
        {
            Throw.Argument($"codes holds {value[bad]} (as float32) at row {row[bad]}, atom {atom[bad]}; codes must be finite.", "codes");
        }

        var places = new long[row.Length];
        for (int i = 0; i < places.Length; i++)
        {
            places[i] = checked((row[i] * atomCount) + atom[i]);
        }

        int entries = Merge(places, value);
        var builder = new SparseCodesBuilder(atomCount, rowCount, entries);
        var found = new int[Math.Min(entries, atomCount)];
        for (int r = 0, i = 0; r < rowCount; r++)
        {
            int first = i;
            for (; i < entries && places[i] / atomCount == r; i++)
            {
                found[i - first] = (int)(places[i] % atomCount);
            }

            builder.AddUnordered(found.AsSpan(0, i - first), value.AsSpan(first, i - first));
        }

        return builder.Build();
    }

    /// <summary>Sorts entries by place and adds up those of one place, in the order in which they came; the number that is left.</summary>
    private static int Merge(long[] places, float[] values)
    {
        bool ascends = true;
        for (int i = 1; i < places.Length && ascends; i++)
        {
            ascends = places[i] > places[i - 1];
        }

        if (ascends)
        {
            return places.Length;
        }

        int[] order = [.. Enumerable.Range(0, places.Length).OrderBy(i => places[i])]; // stable
        (long[] oldPlaces, float[] oldValues) = ((long[])places.Clone(), (float[])values.Clone());
        int count = 0;
        for (int i = 0; i < order.Length; count++)
        {
            long place = oldPlaces[order[i]];
            double sum = 0;
            for (; i < order.Length && oldPlaces[order[i]] == place; i++)
            {
                sum += oldValues[order[i]];
            }

            (places[count], values[count]) = (place, (float)sum);
        }

        return count;
    }

    private static long[] Integers(torch.Tensor tensor)
    {
        using torch.Tensor host = tensor.to(torch.ScalarType.Int64).cpu().contiguous();
        var values = new long[host.numel()];
        if (values.Length > 0)
        {
            host.data<long>().CopyTo(values);
        }

        return values;
    }

    /// <summary>Whole numbers on the device of other values.</summary>
    private static torch.Tensor Whole(long[] numbers, torch.Tensor values) =>
        (numbers.Length == 0 ? torch.empty([0], torch.ScalarType.Int64) : torch.from_array(numbers)).to(values.device);
}

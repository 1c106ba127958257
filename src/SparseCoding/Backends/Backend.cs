using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Backends;

/// <summary>
/// All heavy work of the library, in two tiers. Primitives are abstract; fused operations are virtual and composed of primitives, so
/// that a device overrides what pays and starts from the default. One instance belongs to one trainer or one call: it is not thread-safe
/// and owns the scratch memory of its fused operations. Shapes are checked in debug builds only: the public edge has checked them.
/// Nothing but the Read methods returns to the host.
/// </summary>
internal abstract partial class Backend : IDisposable
{
    private readonly Dictionary<(string Slot, long Rows, int Columns), DeviceMatrix> _scratch = [];

    /// <summary>Device and SIMD tier, "cpu/avx512": two backends of one name give the same bits.</summary>
    public abstract string Name { get; }

    /// <summary>The most threads that are used; results do not depend on it.</summary>
    public abstract int Threads { get; }

    /// <summary>Allocates a matrix of zeros, [rows, columns].</summary>
    public abstract DeviceMatrix Allocate(long rows, int columns);

    /// <summary>A matrix of values that the host keeps and nobody changes while it is in use: read only. Where the device is the host nothing is copied.</summary>
    public virtual DeviceMatrix Adopt(float[] values, long rows, int columns)
    {
        DeviceMatrix matrix = Allocate(rows, columns);
        Write(matrix, 0, values);
        return matrix;
    }

    /// <summary>Allocates indices, all 0.</summary>
    public abstract DeviceIndices AllocateIndices(int length);

    /// <summary>Rows firstRow .. firstRow + rows − 1 of a matrix as a matrix over the same memory.</summary>
    public abstract DeviceMatrix View(DeviceMatrix source, long firstRow, long rows);

    /// <summary>Writes whole rows from the host, starting with row <paramref name="firstRow"/>.</summary>
    public abstract void Write(DeviceMatrix target, long firstRow, ReadOnlySpan<float> values);

    /// <summary>Writes whole rows from bytes as a file holds them, starting with row <paramref name="firstRow"/>; exact for all formats.</summary>
    public virtual void WriteStored(DeviceMatrix target, long firstRow, ReadOnlySpan<byte> values, StoredFormat format)
    {
        int rowBytes = target.Columns * BytesOf(format);
        var row = new float[target.Columns];
        for (int start = 0; start < values.Length; start += rowBytes)
        {
            Decode(values.Slice(start, rowBytes), format, row);
            Write(target, firstRow++, row);
        }
    }

    /// <summary>Writes indices from the host.</summary>
    public abstract void Write(DeviceIndices target, ReadOnlySpan<int> values);

    /// <summary>Reads whole rows to the host: the only way back, with its overloads.</summary>
    public abstract void Read(DeviceMatrix source, long firstRow, Span<float> target);

    /// <summary>Reads indices to the host.</summary>
    public abstract void Read(DeviceIndices source, Span<int> target);

    /// <summary>A [1, 1] matrix as a number; a device whose work runs ahead may give the value of the call before, so that no step waits for it.</summary>
    public abstract double ReadLagged(DeviceMatrix scalar);

    /// <summary>target[i] = source[rows[i]]; indices may repeat, target must not be source.</summary>
    public abstract void Gather(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target);

    /// <summary>Sets every entry.</summary>
    public abstract void Fill(DeviceMatrix target, float value);

    /// <summary>Uniform numbers in [low, high): drawn on the host, so that every device starts from the same bits.</summary>
    public virtual void FillUniform(DeviceMatrix target, RandomStream stream, double low, double high)
    {
        var row = new float[target.Columns];
        for (long r = 0; r < target.Rows; r++)
        {
            stream.FillUniform(row, low, high);
            Write(target, r, row);
        }
    }

    /// <summary>Normal numbers of mean 0: drawn on the host, so that every device starts from the same bits.</summary>
    public virtual void FillNormal(DeviceMatrix target, RandomStream stream, double standardDeviation)
    {
        var row = new float[target.Columns];
        for (long r = 0; r < target.Rows; r++)
        {
            stream.FillNormal(row, standardDeviation);
            Write(target, r, row);
        }
    }

    /// <summary>c = mask(relu(alpha·op(a)·op(b) + beta·c + bias)), with the parts that the epilogue names.</summary>
    public abstract void Product(DeviceMatrix a, bool transposeA, DeviceMatrix b, bool transposeB, DeviceMatrix c, ProductEpilogue epilogue);

    /// <summary>gram = a·aᵀ, [rows, rows], exactly symmetric.</summary>
    public abstract void SymmetricProduct(DeviceMatrix a, DeviceMatrix gram);

    /// <summary>target = f(a, b) for every entry; target may be a or b.</summary>
    public abstract void Map(MapOperation operation, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float alpha = 1, float beta = 1);

    /// <summary>target = scale · (sum over the axis).</summary>
    public abstract void Reduce(ReduceOperation operation, ReduceAxis axis, DeviceMatrix target, DeviceMatrix a, DeviceMatrix? b = null, float scale = 1);

    /// <summary>Scales each row to norm 1; a row of norm 0 stays.</summary>
    public abstract void NormalizeRows(DeviceMatrix matrix);

    /// <summary>gradient_i −= (gradient_i · w_i / ‖w_i‖²) w_i for every row: what is left moves along the sphere.</summary>
    public abstract void ProjectGradients(DeviceMatrix gradient, DeviceMatrix weights);

    /// <summary>Solves (A + ridge·I) X = B for symmetric positive definite A [n, n] and B [n, m]; X replaces B. False when the factorisation met a pivot that is not positive.</summary>
    public abstract bool FactorAndSolve(DeviceMatrix a, double ridge, DeviceMatrix b);

    /// <summary>Entries of the pre-activations that the rule selects, as codes; all of the codes is written, <see cref="DeviceCodes.Overflowed"/> too.</summary>
    public abstract void Select(DeviceMatrix preActivations, SelectionRule rule, DeviceCodes codes);

    /// <summary>Codes as a matrix [rows, atoms] with zeros elsewhere.</summary>
    public abstract void Densify(DeviceCodes codes, DeviceMatrix target);

    /// <summary>values(r, i) = alpha · matrix[r, index(r, i)] for every entry of the codes' support; a matrix of one row stands for every row.</summary>
    public abstract void GatherAtSupport(DeviceMatrix matrix, DeviceCodes support, DeviceMatrix values, float alpha);

    /// <summary>
    /// Keeps the <paramref name="total"/> largest entries of the whole batch and drops the others; ties go to the lower row, then the lower atom.
    /// <paramref name="smallest"/> [1, 1] gets the smallest that is kept, 0 where none is. <see cref="DeviceCodes.Overflowed"/> is set where a row
    /// that was full keeps all its entries although there are more atoms: an entry that did not fit might have belonged to the largest.
    /// </summary>
    public abstract void KeepLargest(DeviceCodes codes, long total, DeviceMatrix smallest);

    /// <summary>
    /// target [rows, atoms] = the positive entries of <paramref name="values"/> that are among the quota(j) largest of their column j, 0 elsewhere; ties go
    /// to the lower row, NaN is never kept. quota [1, atoms] holds whole numbers from 0 to rows. <paramref name="smallest"/> [1, atoms] gets the
    /// quota(j)-th largest of the column, 0 where that is not positive. target is not values.
    /// </summary>
    public abstract void KeepLargestOfColumns(DeviceMatrix values, DeviceMatrix quota, DeviceMatrix target, DeviceMatrix smallest);

    /// <summary>
    /// For each row the positive entries in the order of their weighted size v(j)·weight(j), largest first and ties to the lower atom: target keeps the first n and
    /// is 0 elsewhere, n from 1 so that the root of the sum of their squared sizes comes nearest to <paramref name="norms"/> [rows, 1]; the smaller n of a tie.
    /// weights [1, atoms], or null for ones. target is not values.
    /// </summary>
    public abstract void KeepToNorm(DeviceMatrix values, DeviceMatrix? weights, DeviceMatrix norms, DeviceMatrix target);

    /// <summary>target[rows[i]] += alpha · source[i], i ascending; rows may repeat.</summary>
    public abstract void ScatterAdd(DeviceMatrix source, DeviceIndices rows, DeviceMatrix target, float alpha = 1);

    /// <summary>Allocates codes with room for <paramref name="capacity"/> entries a row.</summary>
    public DeviceCodes AllocateCodes(int rows, int atomCount, int capacity) =>
        new(rows, atomCount, capacity, AllocateIndices(checked(rows * capacity)), Allocate(rows, capacity), AllocateIndices(rows));

    /// <summary>Bytes of one element.</summary>
    protected static int BytesOf(StoredFormat format) => format == StoredFormat.Float32 ? sizeof(float) : sizeof(ushort);

    /// <summary>Stored elements as float32.</summary>
    protected static void Decode(ReadOnlySpan<byte> source, StoredFormat format, Span<float> target)
    {
        switch (format)
        {
            case StoredFormat.Float16:
                FloatConvert.FromHalf(source, target);
                break;
            case StoredFormat.BFloat16:
                FloatConvert.FromBFloat16(source, target);
                break;
            default:
                FloatConvert.FromSingle(source, target);
                break;
        }
    }

    /// <summary>Memory that a fused operation needs again at every call; one matrix for each slot and shape.</summary>
    protected DeviceMatrix Scratch(string slot, long rows, int columns)
    {
        if (!_scratch.TryGetValue((slot, rows, columns), out DeviceMatrix? matrix))
        {
            matrix = Allocate(rows, columns);
            _scratch[(slot, rows, columns)] = matrix;
        }

        return matrix;
    }

    /// <summary>Releases the scratch memory.</summary>
    public virtual void Dispose()
    {
        foreach (DeviceMatrix matrix in _scratch.Values)
        {
            matrix.Dispose();
        }

        _scratch.Clear();
        GC.SuppressFinalize(this);
    }
}

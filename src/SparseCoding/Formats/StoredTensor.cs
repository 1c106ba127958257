using System.Numerics;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// A tensor that lies in a file and is read by ranges of its first axis. The values come out in row-major order whatever the order in the file.
/// Reads are thread-safe, use a bounded buffer, and never load more than they were asked for.
/// Rank 0 reads as one row of one element; rank 1 as rows of one element.
/// </summary>
internal abstract class StoredTensor
{
    private readonly long[] _shape;

    /// <summary>Takes a shape that the reader has checked with <see cref="TensorShape.TryCount"/>.</summary>
    protected StoredTensor(string name, string fileName, ElementType elementType, ReadOnlySpan<long> shape)
    {
        Name = name;
        FileName = fileName;
        ElementType = elementType;
        _shape = shape.ToArray();
        if (!TensorShape.TryCount(shape, elementType.ByteSize(), out long count))
        {
            Throw.InvalidData($"{fileName}: the shape {TensorShape.Format(shape)} of '{name}' has a negative axis or more than 2^63 bytes.");
        }

        ElementCount = count;
        RowCount = shape.Length == 0 ? 1 : shape[0];
        TensorShape.TryCount(shape.Length == 0 ? shape : shape[1..], 1, out long rowLength);
        RowLength = rowLength;
    }

    /// <summary>Name inside the file; for an npy file, which has none, the file's name without extension.</summary>
    public string Name { get; }

    /// <summary>The file, as the caller named it.</summary>
    public string FileName { get; }

    /// <summary>Type of the stored numbers.</summary>
    public ElementType ElementType { get; }

    /// <summary>Length of every axis; empty for a scalar.</summary>
    public ReadOnlySpan<long> Shape => _shape;

    /// <summary>Length of the first axis; 1 for a scalar.</summary>
    public long RowCount { get; }

    /// <summary>Elements of one row: the product of all axes but the first.</summary>
    public long RowLength { get; }

    /// <summary>Elements of the whole tensor.</summary>
    public long ElementCount { get; }

    /// <summary>Bytes of the whole tensor in the file (decompressed, for an npz).</summary>
    public long ByteCount => ElementCount * ElementType.ByteSize();

    /// <summary>
    /// Reads rows [firstRow, firstRow + count) as float32 into the first count · RowLength places of the destination.
    /// Throws ArgumentException for rows that do not exist or a destination that is too short, InvalidDataException when the file has been cut
    /// since it was opened.
    /// </summary>
    public void ReadRows(long firstRow, int count, Span<float> destination) => Read(firstRow, count, destination);

    /// <summary>The same as float64.</summary>
    public void ReadRows(long firstRow, int count, Span<double> destination) => Read(firstRow, count, destination);

    /// <summary>The same as exact integers: only for integer element types, others are an InvalidDataException.</summary>
    public void ReadRows(long firstRow, int count, Span<long> destination) => Read(firstRow, count, destination);

    /// <summary>The whole tensor, row-major. NotSupportedException when it has more elements than one array may.</summary>
    public float[] ReadAllSingle() => ReadAll<float>();

    /// <summary>The whole tensor, row-major.</summary>
    public double[] ReadAllDouble() => ReadAll<double>();

    /// <summary>The whole tensor as exact integers, row-major.</summary>
    public long[] ReadAllInt64() => ReadAll<long>();

    /// <summary>The whole tensor as exact 32-bit integers; a value that does not fit is an InvalidDataException.</summary>
    public int[] ReadAllInt32()
    {
        long[] wide = ReadAll<long>();
        var result = new int[wide.Length];
        for (int i = 0; i < wide.Length; i++)
        {
            if (wide[i] != (int)wide[i])
            {
                Throw.InvalidData($"{FileName}: element {i} of '{Name}' is {wide[i]}, expected a 32-bit integer.");
            }

            result[i] = (int)wide[i];
        }

        return result;
    }

    /// <summary>Whether <see cref="ReadRaw"/> can be used: the elements lie in the file in row-major order.</summary>
    public virtual bool HasRawRows => false;

    /// <summary>
    /// Reads elements [firstElement, firstElement + n) of the row-major order as little-endian bytes [n · element size], unconverted: for callers
    /// that have faster conversions than this layer may use. The number of bytes must be a whole number of elements.
    /// NotSupportedException for a Fortran-order array, ArgumentException for elements that do not exist, InvalidDataException when the file has
    /// been cut since it was opened.
    /// </summary>
    public void ReadRaw(long firstElement, Span<byte> destination)
    {
        if (!HasRawRows)
        {
            Throw.NotSupported($"{FileName}: '{Name}' does not lie in row-major order, so its bytes cannot be read as rows.");
        }

        int size = ElementType.ByteSize();
        long count = destination.Length / size;
        if (destination.Length % size != 0 || firstElement < 0 || firstElement > ElementCount - count)
        {
            Throw.OutOfRange(nameof(firstElement), $"{firstElement} with {destination.Length} bytes", $"whole elements inside the {ElementCount} of '{Name}' in {FileName}");
        }

        if (count > 0)
        {
            ReadRawCore(firstElement, destination);
        }
    }

    /// <summary>"W_dec F32 [16384, 768]" for messages.</summary>
    public override string ToString() => $"{Name} {ElementType} {TensorShape.Format(_shape)}";

    /// <summary>Reads checked rows: the destination has exactly count · RowLength places, at least one. T is float, double or long.</summary>
    protected abstract void ReadCore<T>(long firstRow, int count, Span<T> destination)
        where T : unmanaged, INumber<T>;

    /// <summary>Reads checked elements as little-endian bytes; only called where <see cref="HasRawRows"/>.</summary>
    protected virtual void ReadRawCore(long firstElement, Span<byte> destination) => throw new NotSupportedException();

    private T[] ReadAll<T>()
        where T : unmanaged, INumber<T>
    {
        RequireType<T>();
        if (ElementCount > Array.MaxLength)
        {
            Throw.NotSupported($"{FileName}: '{Name}' has {ElementCount} elements, more than one array holds; read it in blocks of rows.");
        }

        var result = new T[ElementCount];
        if (ElementCount > 0)
        {
            Read(0, (int)RowCount, result.AsSpan());
        }

        return result;
    }

    private void RequireType<T>()
    {
        if (typeof(T) == typeof(long) && !ElementType.IsInteger())
        {
            Throw.InvalidData($"{FileName}: '{Name}' holds {ElementType}, expected integers; convert it when saving, e.g. .astype('int64').");
        }
    }

    private void Read<T>(long firstRow, int count, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        if (count < 0 || firstRow < 0 || firstRow > RowCount - count)
        {
            Throw.OutOfRange(nameof(firstRow), $"{firstRow} with count {count}", $"a range inside the {RowCount} rows of '{Name}' in {FileName}");
        }

        long needed = RowLength == 0 ? 0 : checked(count * RowLength);
        if (needed > destination.Length)
        {
            Throw.Argument(
                $"{count} rows of '{Name}' {TensorShape.Format(_shape)} need {needed} places, but the destination has {destination.Length}.",
                nameof(destination));
        }

        RequireType<T>();
        if (needed == 0)
        {
            return;
        }

        try
        {
            ReadCore(firstRow, count, destination[..(int)needed]);
        }
        catch (OverflowException)
        {
            Throw.InvalidData($"{FileName}: '{Name}' holds an unsigned integer above 2^63 - 1, expected values that fit a signed 64-bit integer.");
        }
    }
}

using System.Numerics;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// An npy file: one tensor, versions 1.0 to 3.0, either byte order, row-major or Fortran. Opening reads the header only and checks the length of
/// the file against it. Object, structured, complex, date and text arrays are refused by name (NotSupportedException); nothing is executed.
/// </summary>
internal sealed class NpyFile : IDisposable
{
    private readonly FileByteSource _source;

    private NpyFile(FileByteSource source, StoredTensor tensor)
    {
        _source = source;
        Tensor = tensor;
    }

    /// <summary>The array, readable until the file is disposed.</summary>
    public StoredTensor Tensor { get; }

    /// <summary>Opens a file; scattered as in <see cref="FileByteSource.Open"/>. FileNotFoundException, InvalidDataException (damaged, truncated) or NotSupportedException (element type).</summary>
    public static NpyFile Open(string path, bool scattered = false)
    {
        FileByteSource source = FileByteSource.Open(path, scattered);
        try
        {
            return new NpyFile(source, NpyHeader.Read(source).ToTensor(Path.GetFileNameWithoutExtension(path), source));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Writes an array (float, double, int, long or byte), row-major, as numpy.save does to the byte; whole or not at all.
    /// ArgumentException when the shape and the number of values differ.
    /// </summary>
    public static void Write<T>(string path, ReadOnlySpan<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged, INumber<T>
    {
        using NpyWriter<T> writer = new(path, shape);
        writer.Append(values);
        writer.Commit();
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();
}

/// <summary>Writes an npy file block by block, for arrays that do not fit memory; nothing appears under the name before <see cref="Commit"/>.</summary>
internal sealed class NpyWriter<T> : IDisposable
    where T : unmanaged, INumber<T>
{
    private readonly AtomicFile _file;
    private readonly string _path;
    private readonly long _count;
    private long _written;

    /// <summary>Writes the header for the full shape.</summary>
    public NpyWriter(string path, params ReadOnlySpan<long> shape)
    {
        ElementType type = ElementTypes.Of<T>();
        if (shape.Length > TensorShape.MaximumRank || !TensorShape.TryCount(shape, type.ByteSize(), out _count))
        {
            Throw.Argument($"The shape {TensorShape.Format(shape)} has a negative axis, too many axes or more than 2^63 bytes.", nameof(shape));
        }

        _path = path;
        _file = new AtomicFile(path);
        _file.Stream.Write(NpyHeader.Build(type.NumpyDescr(), shape));
    }

    /// <summary>Appends values in row-major order. ArgumentException when they are more than the shape holds.</summary>
    public void Append(ReadOnlySpan<T> values)
    {
        if (values.Length > _count - _written)
        {
            Throw.Argument($"{_path}: {_written + values.Length} values given, but the shape holds {_count}.", nameof(values));
        }

        ElementWriter.Write(_file.Stream, values);
        _written += values.Length;
    }

    /// <summary>Puts the file in place. ArgumentException when values are missing; then nothing is written.</summary>
    public void Commit()
    {
        if (_written != _count)
        {
            Throw.Argument($"{_path}: {_written} values given, but the shape holds {_count}.");
        }

        _file.Commit();
    }

    /// <summary>Drops the file unless it has been committed.</summary>
    public void Dispose() => _file.Dispose();
}

using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>A file of rows without a description: type, dimension and the length of what comes first are the caller's word.</summary>
internal sealed class RawFile : IDisposable
{
    private readonly FileByteSource _source;

    private RawFile(FileByteSource source, StoredTensor tensor)
    {
        _source = source;
        Tensor = tensor;
    }

    /// <summary>The rows, [samples, dimension], readable until the file is disposed.</summary>
    public StoredTensor Tensor { get; }

    /// <summary>Opens a file, scattered as in <see cref="FileByteSource.Open"/>; InvalidDataException when its length is not the header and a whole number of rows.</summary>
    public static RawFile Open(string path, ElementType type, int dimension, long headerBytes, bool scattered = false)
    {
        FileByteSource source = FileByteSource.Open(path, scattered);
        try
        {
            long rowBytes = (long)dimension * type.ByteSize(), data = source.Length - headerBytes;
            if (data < 0 || data % rowBytes != 0)
            {
                Throw.InvalidData($"{path}: {source.Length} bytes found, expected a header of {headerBytes} and a whole number of rows of {rowBytes} bytes ({dimension} of {type}); {(data < 0 ? "the file is shorter than the header" : $"{data % rowBytes} bytes are left over")}. Check dimension, type and header, or copy the file again.");
            }

            return new RawFile(source, new PackedTensor(Path.GetFileNameWithoutExtension(path), source, headerBytes, type, [data / rowBytes, dimension]));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _source.Dispose();
}

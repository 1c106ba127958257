using System.IO.Compression;
using System.Numerics;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// Writes an npz file that numpy.load opens: one npy entry per array, stored or deflated. The same arrays give the same bytes (entries are dated
/// 1980-01-01, as numpy does). Nothing appears under the name before <see cref="Commit"/>.
/// </summary>
internal sealed class NpzWriter : IDisposable
{
    private static readonly DateTimeOffset EntryTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly AtomicFile _file;
    private readonly ZipArchive _archive;
    private readonly CompressionLevel _level;
    private readonly string _path;
    private readonly HashSet<string> _names = [];

    /// <summary>Opens the archive; deflate when compressed, else stored (as numpy.savez).</summary>
    public NpzWriter(string path, bool compressed = false)
    {
        _path = path;
        _level = compressed ? CompressionLevel.Optimal : CompressionLevel.NoCompression;
        _file = new AtomicFile(path);
        _archive = new ZipArchive(_file.Stream, ZipArchiveMode.Create, leaveOpen: true);
    }

    /// <summary>Adds an array of float, double, int, long or byte, row-major. ArgumentException for a bad name or a shape that does not fit.</summary>
    public void Add<T>(string name, ReadOnlySpan<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged, INumber<T>
    {
        ElementType type = ElementTypes.Of<T>();
        if (shape.Length > TensorShape.MaximumRank || !TensorShape.TryCount(shape, type.ByteSize(), out long count) || count != values.Length)
        {
            Throw.Argument($"{_path}: {values.Length} values do not fit the shape {TensorShape.Format(shape)} of '{name}'.", nameof(shape));
        }

        using Stream stream = Begin(name);
        stream.Write(NpyHeader.Build(type.NumpyDescr(), shape));
        ElementWriter.Write(stream, values);
    }

    /// <summary>Adds one ASCII string as a bytes scalar ('|S3' for "csr"), the form scipy reads.</summary>
    public void AddText(string name, string text)
    {
        if (string.IsNullOrEmpty(text) || !Ascii.IsValid(text) || text.Contains('\0'))
        {
            Throw.Argument($"{_path}: the text of '{name}' must be ASCII and not empty.", nameof(text));
        }

        using Stream stream = Begin(name);
        stream.Write(NpyHeader.Build($"|S{text.Length}", []));
        stream.Write(Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Ends the archive and puts the file in place.</summary>
    public void Commit()
    {
        _archive.Dispose();
        _file.Commit();
    }

    /// <summary>Drops the file unless it has been committed.</summary>
    public void Dispose()
    {
        try
        {
            _archive.Dispose();
        }
        finally
        {
            _file.Dispose();
        }
    }

    private Stream Begin(string name)
    {
        if (string.IsNullOrEmpty(name) || name.AsSpan().ContainsAny('/', '\\', '\0') || !_names.Add(name))
        {
            Throw.Argument($"{_path}: the array name '{name}' is empty, holds a path, or is given twice.", nameof(name));
        }

        ZipArchiveEntry entry = _archive.CreateEntry(name + ".npy", _level);
        entry.LastWriteTime = EntryTime;
        return entry.Open();
    }
}

using System.IO.Compression;
using System.Diagnostics.CodeAnalysis;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// An npz file: a zip archive of npy files, stored or deflated, as numpy.savez and savez_compressed write it. Entries are streamed: row ranges are
/// read forward without holding the array; going back starts the entry again, and each read of a Fortran-order array passes over the whole entry,
/// so such arrays are best read at once. Bytes are only inflated as far as the npy header's shape says, which must be what the archive declares.
/// </summary>
internal sealed class NpzFile : IDisposable
{
    /// <summary>Largest expansion accepted unless the caller says otherwise: 4 GiB.</summary>
    public const long DefaultMaximumEntryBytes = 1L << 32;

    private const string Extension = ".npy";

    private readonly string _path;
    private readonly FileStream _stream;
    private readonly ZipArchive _archive;
    private readonly long _maximumEntryBytes;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];
    private readonly Dictionary<string, (ZipEntryByteSource Source, StoredTensor Tensor)> _open = [];
    private readonly Lock _lock = new();

    private NpzFile(string path, FileStream stream, ZipArchive archive, long maximumEntryBytes)
    {
        _path = path;
        _stream = stream;
        _archive = archive;
        _maximumEntryBytes = maximumEntryBytes;
        var names = new List<string>();
        foreach (ZipArchiveEntry entry in archive.Entries)
        {
            if (!entry.FullName.EndsWith(Extension, StringComparison.Ordinal))
            {
                continue;
            }

            string name = entry.FullName[..^Extension.Length];
            if (!_entries.TryAdd(name, entry))
            {
                Throw.InvalidData($"{path}: the entry '{SafetensorsHeader.Shown(entry.FullName)}' occurs twice, expected distinct names; save the file again.");
            }

            names.Add(name);
        }

        if (names.Count == 0 && archive.Entries.Count > 0)
        {
            Throw.InvalidData($"{path}: a zip archive without any .npy entry (a PyTorch .pt file?), expected an .npz; save it with numpy.savez.");
        }

        Names = names;
    }

    /// <summary>Names of the arrays, without ".npy", in the order of the archive.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>
    /// Opens a file and reads the archive's directory. An entry that would expand beyond both the length of the file and
    /// <paramref name="maximumEntryBytes"/> is refused when it is asked for, so that a small file cannot demand unbounded work or memory.
    /// </summary>
    public static NpzFile Open(string path, long maximumEntryBytes = DefaultMaximumEntryBytes)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumEntryBytes);
        FileByteSource.RequireFile(path);
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 1 << 16);
        try
        {
            return new NpzFile(path, stream, new ZipArchive(stream, ZipArchiveMode.Read), maximumEntryBytes);
        }
        catch (Exception e)
        {
            long length = stream.Length;
            stream.Dispose();
            if (!IsFormatFault(e) || e.Message.StartsWith(path, StringComparison.Ordinal))
            {
                throw;
            }

            throw new InvalidDataException(
                $"{path}: expected a zip archive (.npz), found {length} bytes that are none or are truncated ({e.Message}); copy the file again.", e);
        }
    }

    /// <summary>Looks an array up; false when the archive has none of that name. Damage to the entry throws as in <see cref="Get"/>.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out StoredTensor? tensor)
    {
        tensor = _entries.ContainsKey(name) ? Get(name) : null;
        return tensor is not null;
    }

    /// <summary>The array of that name; its npy header is read and checked against the archive. InvalidDataException lists the names there are.</summary>
    public StoredTensor Get(string name)
    {
        lock (_lock)
        {
            if (_open.TryGetValue(name, out (ZipEntryByteSource Source, StoredTensor Tensor) known))
            {
                return known.Tensor;
            }

            ZipEntryByteSource source = OpenEntry(name);
            try
            {
                StoredTensor tensor = NpyHeader.Read(source).ToTensor(name, source);
                _open.Add(name, (source, tensor));
                return tensor;
            }
            catch
            {
                source.Dispose();
                throw;
            }
        }
    }

    /// <summary>An entry that holds one string, such as scipy's format.npy.</summary>
    public string ReadText(string name)
    {
        using ZipEntryByteSource source = OpenEntry(name);
        return NpyHeader.Read(source).ReadText(source);
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach ((ZipEntryByteSource source, _) in _open.Values)
            {
                source.Dispose();
            }

            _archive.Dispose();
            _stream.Dispose();
        }
    }

    /// <summary>What System.IO.Compression throws for damaged archives: besides InvalidDataException also plain stream and argument errors.</summary>
    internal static bool IsFormatFault(Exception e) =>
        e is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException or NotSupportedException or InvalidOperationException
        and not ObjectDisposedException;

    private ZipEntryByteSource OpenEntry(string name)
    {
        if (!_entries.TryGetValue(name, out ZipArchiveEntry? entry))
        {
            string present = string.Join(", ", Names.Take(20).Select(SafetensorsHeader.Shown));
            Throw.InvalidData($"{_path}: no array '{name}'; the file holds {Names.Count}: {present}{(Names.Count > 20 ? ", ..." : "")}.");
        }

        string shown = $"{_path} ({SafetensorsHeader.Shown(entry.FullName)})";
        if (entry.IsEncrypted)
        {
            Throw.NotSupported($"{shown}: the entry is encrypted; save the file without a password.");
        }

        long bound = Math.Max(_maximumEntryBytes, _stream.Length);
        if (entry.Length < 0 || entry.Length > bound)
        {
            Throw.InvalidData($"{shown}: the entry claims to expand to {entry.Length} bytes, expected at most {bound}; if the file is trusted, "
                + "open it with a larger maximum, or save it uncompressed with numpy.savez.");
        }

        return new ZipEntryByteSource(shown, entry, _lock);
    }
}

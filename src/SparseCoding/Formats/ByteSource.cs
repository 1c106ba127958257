using Microsoft.Win32.SafeHandles;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>Bytes that can be read at any offset, by any thread: a file, or one entry of an archive.</summary>
internal abstract class ByteSource
{
    /// <summary>What messages call it: the file, or "file (entry)".</summary>
    public abstract string Name { get; }

    /// <summary>Length in bytes, as found when it was opened.</summary>
    public abstract long Length { get; }

    /// <summary>Fills the destination from the offset on; InvalidDataException when the bytes are not there.</summary>
    public abstract void Read(long offset, Span<byte> destination);
}

/// <summary>A file, read in place with positioned reads: no shared position, so no lock.</summary>
internal sealed class FileByteSource : ByteSource, IDisposable
{
    private readonly SafeFileHandle _handle;

    private FileByteSource(string path, SafeFileHandle handle)
    {
        Name = path;
        _handle = handle;
        Length = RandomAccess.GetLength(handle);
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override long Length { get; }

    /// <summary>Opens a file; a missing file, folder in its place or missing folder is a FileNotFoundException.</summary>
    /// <param name="path">The file.</param>
    /// <param name="scattered">
    /// Whether large blocks are read here and there. The system then reads what is asked for in as few requests as it can, and nothing ahead, which
    /// in a file larger than memory would be gone before its turn comes.
    /// </param>
    public static FileByteSource Open(string path, bool scattered = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        RequireFile(path);

        // Delete is shared so that another process may replace the file atomically while we go on reading the old one.
        return new FileByteSource(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, scattered ? FileOptions.RandomAccess : FileOptions.None));
    }

    /// <summary>Throws FileNotFoundException unless the path is a file.</summary>
    public static void RequireFile(string path)
    {
        if (File.Exists(path))
        {
            return;
        }

        throw new FileNotFoundException(
            Directory.Exists(path)
                ? $"{path} is a folder, expected one file; name the file, or a pattern such as {Path.Combine(path, "*.npy")} where several are allowed."
                : $"{path} does not exist; check the path (working folder: {Directory.GetCurrentDirectory()}).",
            path);
    }

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination)
    {
        int done = 0;
        while (done < destination.Length)
        {
            int got = RandomAccess.Read(_handle, destination[done..], offset + done);
            if (got == 0)
            {
                Throw.InvalidData(
                    $"{Name}: the file ends at byte {offset + done}, expected {offset + destination.Length} bytes; it had {Length} when it was opened.");
            }

            done += got;
        }
    }

    /// <summary>Closes the file; later reads throw ObjectDisposedException.</summary>
    public void Dispose() => _handle.Dispose();
}

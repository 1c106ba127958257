namespace SparseCoding.Formats;

/// <summary>
/// A file that appears whole or not at all: bytes go to a temporary file in the same folder, which is flushed to the disk and renamed over the
/// target by <see cref="Commit"/>. Without a commit (an exception, a cancelled save) the old file stays as it was and the temporary one goes.
/// After a power cut the folder holds the old file or the new one, never a mixture; which of the two is the file system's choice,
/// because .NET cannot flush a folder.
/// </summary>
internal sealed class AtomicFile : IDisposable
{
    private readonly string _target;
    private readonly string _temporary;
    private bool _committed;

    /// <summary>Opens the temporary file. DirectoryNotFoundException when the folder is missing; folders are not made on the side.</summary>
    public AtomicFile(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        string full = Path.GetFullPath(path);

        // A link is followed, so that replacing the file does not replace the link.
        _target = File.Exists(full) ? File.ResolveLinkTarget(full, returnFinalTarget: true)?.FullName ?? full : full;
        string folder = Path.GetDirectoryName(_target)!;
        if (Directory.Exists(_target) || Path.GetFileName(_target).Length == 0)
        {
            throw new UnauthorizedAccessException($"{path} is a folder, expected the name of a file to write.");
        }

        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"The folder {folder} does not exist, so {path} cannot be written; create the folder first.");
        }

        // The leading dot keeps a half-written shard out of patterns such as acts-*.npy.
        _temporary = Path.Combine(folder, $".{Path.GetFileName(_target)}.{Guid.NewGuid():N}.tmp");
        Stream = new FileStream(_temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16);
    }

    /// <summary>The temporary file, open for writing and seeking.</summary>
    public FileStream Stream { get; }

    /// <summary>Writes a file through a callback and commits it; on an exception nothing changes and the exception goes on.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        using var file = new AtomicFile(path);
        write(file.Stream);
        file.Commit();
    }

    /// <summary>
    /// Removes what writers of this file left when their process was killed. A temporary file that another process still writes is locked and stays;
    /// one that cannot be removed stays too.
    /// </summary>
    public static void RemoveStale(string path)
    {
        string full = Path.GetFullPath(path), folder = Path.GetDirectoryName(full)!;
        foreach (string left in Directory.EnumerateFiles(folder, $".{Path.GetFileName(full)}.*.tmp"))
        {
            try
            {
                using (new FileStream(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
                {
                }

                File.Delete(left);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // In use, or not ours: it costs space and nothing else.
            }
        }
    }

    /// <summary>Flushes to the disk, closes and renames over the target.</summary>
    public void Commit()
    {
        ObjectDisposedException.ThrowIf(_committed, this);
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        File.Move(_temporary, _target, overwrite: true);
        _committed = true;
    }

    /// <summary>Removes the temporary file unless it has been committed.</summary>
    public void Dispose()
    {
        if (_committed)
        {
            return;
        }

        Stream.Dispose();
        File.Delete(_temporary);
    }
}

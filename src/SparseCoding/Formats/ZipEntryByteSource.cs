using System.Buffers;
using System.IO.Compression;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// One entry of a zip archive, decompressed as it is read. Reading forward is one pass; reading backward starts the entry again.
/// All entries of an archive share its file position, hence its lock. A pass from the first to the last byte also checks the CRC.
/// </summary>
internal sealed class ZipEntryByteSource : ByteSource, IDisposable
{
    private readonly ZipArchiveEntry _entry;
    private readonly Lock _lock;
    private Stream? _stream;
    private long _position;
    private uint _crc;
    private bool _disposed;

    /// <summary>The lock is the archive's.</summary>
    public ZipEntryByteSource(string name, ZipArchiveEntry entry, Lock archiveLock)
    {
        Name = name;
        _entry = entry;
        _lock = archiveLock;
        Length = entry.Length;
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <summary>The decompressed length that the archive's directory declares; what really comes out may be less, which is a fault.</summary>
    public override long Length { get; }

    /// <inheritdoc/>
    public override void Read(long offset, Span<byte> destination)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            try
            {
                MoveTo(offset);
                Pull(destination);
            }
            catch (Exception e) when (NpzFile.IsFormatFault(e) && !e.Message.StartsWith(Name, StringComparison.Ordinal))
            {
                Restart();
                throw new InvalidDataException($"{Name}: the compressed data is damaged ({e.Message}); copy the file again.", e);
            }
        }
    }

    /// <summary>Ends the pass under way.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            Restart();
            _disposed = true;
        }
    }

    private void MoveTo(long offset)
    {
        if (_stream is null || offset < _position)
        {
            Restart();
            _stream = _entry.Open();
        }

        byte[] skipped = ArrayPool<byte>.Shared.Rent(1 << 14);
        try
        {
            while (_position < offset)
            {
                Pull(skipped.AsSpan(0, (int)Math.Min(skipped.Length, offset - _position)));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(skipped);
        }
    }

    private void Pull(Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int got = _stream!.Read(destination);
            if (got == 0)
            {
                long ended = _position;
                Restart();
                Throw.InvalidData($"{Name}: truncated: the entry ends at byte {ended}, expected {Length}; copy the file again.");
            }

            _crc = Crc32.Append(_crc, destination[..got]);
            _position += got;
            destination = destination[got..];
            if (_position == Length && _crc != _entry.Crc32)
            {
                uint found = _crc;
                Restart();
                Throw.InvalidData($"{Name}: the data has CRC {found:X8}, expected {_entry.Crc32:X8}; the file is damaged: copy it again.");
            }
        }
    }

    private void Restart()
    {
        _stream?.Dispose();
        _stream = null;
        _position = 0;
        _crc = 0;
    }
}

/// <summary>CRC-32 of zip (polynomial 0xEDB88320, reflected), byte by byte: about as fast as inflating.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = BuildTable();

    /// <summary>Continues a checksum; the first one is 0.</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        foreach (byte b in bytes)
        {
            crc = Table[(byte)(crc ^ b)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] BuildTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320u : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}

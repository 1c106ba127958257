using System.Buffers.Binary;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>One entry of a zip archive as its central directory describes it: sizes in bytes, method 0 is stored, flags as in the format.</summary>
internal readonly record struct ZipItem(string Name, int Method, int Flags, long StoredBytes, long Bytes, uint Crc, long HeaderOffset);

/// <summary>
/// The central directory of a zip archive, ZIP64 included, read with bounded memory, so that stored entries can be read in place at any offset by
/// any thread: System.IO.Compression only gives streams behind one lock. PKWARE APPNOTE 6.3, sections 4.3.7 (local header), 4.3.12 (central
/// directory), 4.3.14 to 4.3.16 (end records) and 4.5.3 (ZIP64 field). Everything is checked against the length of the file; several disks,
/// a name twice and bytes in front of the first entry that no entry owns are not looked for or refused, as far as no entry needs them.
/// </summary>
internal sealed class ZipDirectory
{
    /// <summary>Largest directory accepted, in bytes: about 300 000 entries.</summary>
    public const int MaximumBytes = 1 << 24;

    private const int EndBytes = 22;
    private const int CommentBytes = ushort.MaxValue;
    private const uint Full = uint.MaxValue;

    private readonly ByteSource _source;
    private readonly Dictionary<string, ZipItem> _byName = [];

    private ZipDirectory(ByteSource source) => _source = source;

    /// <summary>All entries, in the order of the directory.</summary>
    public List<ZipItem> Items { get; } = [];

    /// <summary>Reads the directory; InvalidDataException names the source and what is wrong.</summary>
    public static ZipDirectory Read(ByteSource source)
    {
        var directory = new ZipDirectory(source);
        (long start, long bytes, long count) = directory.FindDirectory();
        if (bytes > MaximumBytes || start < 0 || bytes < 0 || start > source.Length - bytes)
        {
            Throw.InvalidData($"{source.Name}: the zip directory claims {bytes} bytes from {start} on, expected at most {MaximumBytes} inside the {source.Length} of the file; the file is damaged: copy it again.");
        }

        var raw = new byte[bytes];
        source.Read(start, raw);
        directory.ReadItems(raw, count);
        return directory;
    }

    /// <summary>Looks an entry up by its full name.</summary>
    public bool TryGet(string name, out ZipItem item) => _byName.TryGetValue(name, out item);

    /// <summary>Where an entry's bytes begin. Only for a stored entry that is not encrypted; others are refused by name.</summary>
    public long DataOffset(in ZipItem item)
    {
        string shown = SafetensorsHeader.Shown(item.Name);
        if ((item.Flags & 1) != 0)
        {
            Throw.NotSupported($"{_source.Name} ({shown}): the entry is encrypted; save the file without a password.");
        }

        if (item.Method != 0 || item.StoredBytes != item.Bytes)
        {
            Throw.InvalidData($"{_source.Name} ({shown}): the entry is compressed (method {item.Method}), expected stored as torch.save writes it; load and save it with torch again.");
        }

        Span<byte> header = stackalloc byte[30];
        Fetch(item.HeaderOffset, header, "a local header");
        if (BinaryPrimitives.ReadUInt32LittleEndian(header) != 0x04034B50)
        {
            Throw.InvalidData($"{_source.Name} ({shown}): there is no local header at byte {item.HeaderOffset}; the file is damaged: copy it again.");
        }

        long offset = item.HeaderOffset + 30 + BinaryPrimitives.ReadUInt16LittleEndian(header[26..]) + BinaryPrimitives.ReadUInt16LittleEndian(header[28..]);
        if (offset > _source.Length - item.Bytes)
        {
            Throw.InvalidData($"{_source.Name} ({shown}): truncated: the entry has {item.Bytes} bytes from {offset} on, but the file ends at {_source.Length}; copy it again.");
        }

        return offset;
    }

    /// <summary>Start, length and number of entries of the central directory, by the end records.</summary>
    private (long Start, long Bytes, long Count) FindDirectory()
    {
        int tailBytes = (int)Math.Min(_source.Length, EndBytes + CommentBytes);
        var tail = new byte[tailBytes];
        long tailStart = _source.Length - tailBytes;
        _source.Read(tailStart, tail);
        for (int at = tailBytes - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != 0x06054B50 || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != tailBytes - at - EndBytes)
            {
                continue;
            }

            long count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            long bytes = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            long start = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            return count == ushort.MaxValue || bytes == Full || start == Full ? FindLargeDirectory(tailStart + at) : (start, bytes, count);
        }

        Throw.InvalidData($"{_source.Name}: expected a zip archive, but its {_source.Length} bytes do not end with a zip directory; this is no such file, or it is truncated.");
        return default;
    }

    private (long Start, long Bytes, long Count) FindLargeDirectory(long endOffset)
    {
        Span<byte> locator = stackalloc byte[20];
        Fetch(endOffset - locator.Length, locator, "a ZIP64 locator");
        Span<byte> record = stackalloc byte[56];
        long at = (long)BinaryPrimitives.ReadUInt64LittleEndian(locator[8..]);
        bool located = BinaryPrimitives.ReadUInt32LittleEndian(locator) == 0x07064B50;
        if (located)
        {
            Fetch(at, record, "a ZIP64 end record");
        }

        if (!located || BinaryPrimitives.ReadUInt32LittleEndian(record) != 0x06064B50)
        {
            Throw.InvalidData($"{_source.Name}: the zip directory is announced as ZIP64, but its end record is not there; the file is damaged: copy it again.");
        }

        return ((long)BinaryPrimitives.ReadUInt64LittleEndian(record[48..]), (long)BinaryPrimitives.ReadUInt64LittleEndian(record[40..]), (long)BinaryPrimitives.ReadUInt64LittleEndian(record[32..]));
    }

    private void ReadItems(ReadOnlySpan<byte> raw, long count)
    {
        for (long i = 0; i < count; i++)
        {
            if (raw.Length < 46 || BinaryPrimitives.ReadUInt32LittleEndian(raw) != 0x02014B50)
            {
                Throw.InvalidData($"{_source.Name}: entry {i} of {count} of the zip directory is missing or damaged; copy the file again.");
            }

            int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(raw[28..]);
            int extraBytes = BinaryPrimitives.ReadUInt16LittleEndian(raw[30..]);
            int commentBytes = BinaryPrimitives.ReadUInt16LittleEndian(raw[32..]);
            if (raw.Length < 46 + nameBytes + extraBytes + commentBytes)
            {
                Throw.InvalidData($"{_source.Name}: entry {i} of {count} reaches beyond the zip directory; copy the file again.");
            }

            long stored = BinaryPrimitives.ReadUInt32LittleEndian(raw[20..]), bytes = BinaryPrimitives.ReadUInt32LittleEndian(raw[24..]);
            long header = BinaryPrimitives.ReadUInt32LittleEndian(raw[42..]);
            string name = Encoding.UTF8.GetString(raw.Slice(46, nameBytes));
            ReadLargeSizes(raw.Slice(46 + nameBytes, extraBytes), ref bytes, ref stored, ref header);
            if (stored < 0 || bytes < 0 || header < 0 || stored > _source.Length)
            {
                Throw.InvalidData($"{_source.Name} ({SafetensorsHeader.Shown(name)}): the entry claims {stored} bytes at {header}, but the file has {_source.Length}; it is damaged or truncated.");
            }

            var item = new ZipItem(
                name,
                BinaryPrimitives.ReadUInt16LittleEndian(raw[10..]),
                BinaryPrimitives.ReadUInt16LittleEndian(raw[8..]),
                stored,
                bytes,
                BinaryPrimitives.ReadUInt32LittleEndian(raw[16..]),
                header);
            if (!_byName.TryAdd(name, item))
            {
                Throw.InvalidData($"{_source.Name}: the entry '{SafetensorsHeader.Shown(name)}' occurs twice, expected distinct names; save the file again.");
            }

            Items.Add(item);
            raw = raw[(46 + nameBytes + extraBytes + commentBytes)..];
        }
    }

    /// <summary>The ZIP64 extra field (id 1) holds, in this order and only where the 32-bit field is full: bytes, stored bytes, offset.</summary>
    private static void ReadLargeSizes(ReadOnlySpan<byte> extra, ref long bytes, ref long stored, ref long header)
    {
        while (extra.Length >= 4)
        {
            int id = BinaryPrimitives.ReadUInt16LittleEndian(extra), length = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            if (length > extra.Length - 4)
            {
                return;
            }

            ReadOnlySpan<byte> field = extra.Slice(4, length);
            if (id == 1)
            {
                bytes = Next(bytes, ref field);
                stored = Next(stored, ref field);
                header = Next(header, ref field);
                return;
            }

            extra = extra[(4 + length)..];
        }

        static long Next(long value, ref ReadOnlySpan<byte> field)
        {
            if (value != Full || field.Length < 8)
            {
                return value;
            }

            long large = (long)BinaryPrimitives.ReadUInt64LittleEndian(field);
            field = field[8..];
            return large;
        }
    }

    private void Fetch(long offset, Span<byte> bytes, string what)
    {
        if (offset < 0 || offset > _source.Length - bytes.Length)
        {
            Throw.InvalidData($"{_source.Name}: {what} is announced at byte {offset}, but the file has {_source.Length} bytes; it is damaged or truncated.");
        }

        _source.Read(offset, bytes);
    }
}

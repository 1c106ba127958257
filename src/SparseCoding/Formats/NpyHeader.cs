using System.Buffers.Binary;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// The header of an npy file (NEP 1 and numpy.lib.format): 6 bytes of magic, 2 of version, the length of a Python dictionary literal
/// (2 bytes in version 1.0, 4 in 2.0 and 3.0), the literal, then the data.
/// </summary>
internal sealed class NpyHeader
{
    /// <summary>Longest literal accepted: all that version 1.0 can say. Longer ones only occur with structured types, which are refused anyway.</summary>
    public const int MaximumLength = 65535;

    // numpy leaves room for the first axis to grow to this many digits without moving the data.
    private const int GrowthDigits = 21;

    private NpyHeader(string descr, bool fortranOrder, long[] shape, long dataOffset)
    {
        Descr = descr;
        FortranOrder = fortranOrder;
        Shape = shape;
        DataOffset = dataOffset;
    }

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>The type as written, "&lt;f4".</summary>
    public string Descr { get; }

    /// <summary>True when the first axis varies fastest.</summary>
    public bool FortranOrder { get; }

    /// <summary>Length of every axis, none negative.</summary>
    public long[] Shape { get; }

    /// <summary>Where the data begins.</summary>
    public long DataOffset { get; }

    /// <summary>True when the bytes of an element come highest first.</summary>
    public bool BigEndian => Descr[0] == '>';

    /// <summary>Reads the header and nothing of the data. InvalidDataException or NotSupportedException names the file and what was found.</summary>
    public static NpyHeader Read(ByteSource source)
    {
        Span<byte> start = stackalloc byte[12];
        int have = (int)Math.Min(start.Length, source.Length);
        source.Read(0, start[..have]);
        RequireMagic(source, start[..have]);
        (int major, int minor) = (start[6], start[7]);
        if (major is < 1 or > 3 || minor != 0)
        {
            Throw.InvalidData($"{source.Name}: npy version {major}.{minor} found, expected 1.0, 2.0 or 3.0; save the array again with numpy.save.");
        }

        int lengthBytes = major == 1 ? 2 : 4;
        long length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(start[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(start[8..]);
        long dataOffset = 8 + lengthBytes + length;
        if (length > MaximumLength)
        {
            Throw.InvalidData(
                $"{source.Name}: the npy header claims {length} bytes, expected at most {MaximumLength}; the file is damaged or holds a structured array.");
        }

        if (dataOffset > source.Length)
        {
            Throw.InvalidData(
                $"{source.Name}: truncated inside the npy header: expected at least {dataOffset} bytes, found {source.Length}; copy the file again.");
        }

        var literal = new byte[length];
        source.Read(8 + lengthBytes, literal);
        (string descr, bool fortran, long[] shape) = new NpyLiteral(source.Name, literal).ReadHeader();
        return new NpyHeader(descr, fortran, shape, dataOffset);
    }

    /// <summary>The tensor behind the header: type, size and order are checked against the length of the source before anything is read.</summary>
    public PackedTensor ToTensor(string name, ByteSource source)
    {
        string code = Descr[1..];
        bool known = ElementTypes.TryFromNumpy(code, out ElementType type);
        if (!known || (Descr[0] == '|' && type.ByteSize() > 1))
        {
            Throw.NotSupported($"{source.Name}: element type '{Descr}' {Explain(code)}");
        }

        if (!TensorShape.TryCount(Shape, type.ByteSize(), out long count))
        {
            Throw.InvalidData($"{source.Name}: the shape {TensorShape.Format(Shape)} of '{Descr}' overflows 63 bits of bytes; the header is damaged.");
        }

        RequireLength(source, count * type.ByteSize());
        return new PackedTensor(name, source, DataOffset, type, Shape, BigEndian, FortranOrder);
    }

    /// <summary>
    /// Reads one string, stored as a scalar '|S3' (bytes) or '&lt;U3' (UTF-32), as numpy stores names and scipy the word "csr".
    /// At most 4096 characters.
    /// </summary>
    public string ReadText(ByteSource source)
    {
        bool wide = Descr[1] == 'U';
        bool counted = int.TryParse(Descr.AsSpan(2), System.Globalization.NumberStyles.None, null, out int characters);
        if ((!wide && Descr[1] != 'S') || !counted || characters > 4096 || Shape.Length != 0)
        {
            Throw.InvalidData(
                $"{source.Name}: '{Descr}' {TensorShape.Format(Shape)} found, expected one string of at most 4096 characters ('|S3', '<U3').");
        }

        var bytes = new byte[characters * (wide ? 4 : 1)];
        RequireLength(source, bytes.Length);
        source.Read(DataOffset, bytes);
        Encoding encoding = wide ? new UTF32Encoding(BigEndian, byteOrderMark: false) : Encoding.Latin1;
        return encoding.GetString(bytes).TrimEnd('\0');
    }

    /// <summary>The bytes numpy.save writes in front of the data, to the byte: version 1.0, row-major, padded to a multiple of 64.</summary>
    public static byte[] Build(string descr, ReadOnlySpan<long> shape)
    {
        string axes = shape.Length == 1 ? $"({shape[0]},)" : $"({string.Join(", ", shape.ToArray())})";
        string literal = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {axes}, }}";
        int growth = shape.Length == 0 ? 0 : GrowthDigits - shape[0].ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        int used = 10 + literal.Length + growth + 1;
        int total = (used + 63) / 64 * 64;
        var bytes = new byte[total];
        Magic.CopyTo(bytes);
        bytes[6] = 1;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(8), (ushort)(total - 10));
        bytes.AsSpan(10).Fill((byte)' ');
        Encoding.ASCII.GetBytes(literal, bytes.AsSpan(10));
        bytes[^1] = (byte)'\n';
        return bytes;
    }

    private static void RequireMagic(ByteSource source, ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Magic))
        {
            if (start.Length < 12)
            {
                Throw.InvalidData($"{source.Name}: truncated: {source.Length} bytes found, expected an npy header of at least 12; copy the file again.");
            }

            return;
        }

        string found = start.StartsWith("PK"u8) ? "a zip archive (an .npz or .pt file?); open it as npz"
            : start.Length > 1 && start[0] == 0x80 && start[1] <= 5 ? "a Python pickle, which is never executed; save the array with numpy.save(allow_pickle=False)"
            : start.Length == 0 ? "an empty file; copy it again"
            : $"the bytes {Convert.ToHexString(start[..Math.Min(6, start.Length)])}; check that this is an .npy file";
        Throw.InvalidData($"{source.Name}: expected the npy magic 934E554D5059 ('\\x93NUMPY'), found {found}.");
    }

    private void RequireLength(ByteSource source, long dataBytes)
    {
        long actual = source.Length - DataOffset;
        if (dataBytes == actual)
        {
            return;
        }

        Throw.InvalidData(
            dataBytes > actual
                ? $"{source.Name}: truncated: shape {TensorShape.Format(Shape)} of '{Descr}' needs {dataBytes} bytes of data, found {actual}; copy the file again."
                : $"{source.Name}: shape {TensorShape.Format(Shape)} of '{Descr}' needs {dataBytes} bytes of data, found {actual}; "
                    + "several arrays in one .npy are not read: save one per file, or numpy.savez.");
    }

    private static string Explain(string code) => code[0] switch
    {
        'O' => "is an array of Python objects, stored as a pickle, which is never executed; save plain numbers: numpy.save(path, array.astype('float32')).",
        'c' => "is complex; save the real and imaginary part as two arrays.",
        'M' or 'm' => "is a date or duration; save array.astype('int64').",
        'S' or 'U' => "is text; save numbers, or an index into a list of words.",
        'V' => "has no meaning of its own (bfloat16 saved by numpy?); save array.astype('float32').",
        _ => "is not supported; expected one of f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1 in either byte order: save array.astype('float32').",
    };
}

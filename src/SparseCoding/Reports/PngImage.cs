using System.Buffers.Binary;
using System.IO.Compression;
using SparseCoding.Formats;

namespace SparseCoding.Reports;

/// <summary>Pixels as a PNG file (ISO/IEC 15948): 8-bit RGB, one IDAT, no filter. A drawing of a large matrix would be a rectangle for each entry otherwise.</summary>
internal static class PngImage
{
    private static ReadOnlySpan<byte> Signature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The file's bytes; pixels [rows, columns, 3], row by row from the top.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int rows, int columns)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true))
        {
            for (int r = 0; r < rows; r++)
            {
                zlib.WriteByte(0);
                zlib.Write(pixels.Slice(r * columns * 3, columns * 3));
            }
        }

        Span<byte> header = stackalloc byte[13];
        header.Clear();
        BinaryPrimitives.WriteInt32BigEndian(header, columns);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], rows);
        header[8] = 8;
        header[9] = 2;
        using var file = new MemoryStream();
        file.Write(Signature);
        Chunk(file, "IHDR"u8, header);
        Chunk(file, "IDAT"u8, data.GetBuffer().AsSpan(0, (int)data.Length));
        Chunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static void Chunk(Stream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(type);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Append(Crc32.Append(0, type), content));
        file.Write(number);
    }
}

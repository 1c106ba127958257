using System.Diagnostics.CodeAnalysis;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>The bytes of a pickle and a place in them. Every read is checked; what is wrong is an InvalidDataException with the source and the place.</summary>
internal sealed class PickleBytes(string source, byte[] bytes)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What messages call the pickle.</summary>
    public string Source { get; } = source;

    /// <summary>Bytes read so far.</summary>
    public int Position { get; private set; }

    /// <summary>The next byte.</summary>
    public byte Byte() => Bytes(1)[0];

    /// <summary>The next bytes.</summary>
    public ReadOnlySpan<byte> Bytes(ulong length)
    {
        if (length > (ulong)(bytes.Length - Position))
        {
            Fail($"ends early: {length} bytes wanted, {bytes.Length - Position} left; copy the file again");
        }

        ReadOnlySpan<byte> found = bytes.AsSpan(Position, (int)length);
        Position += (int)length;
        return found;
    }

    /// <summary>A little-endian integer in two's complement, of at most 8 bytes; none is 0.</summary>
    public long Integer(int length)
    {
        if (length > 8)
        {
            Fail($"holds an integer of {length} bytes, expected at most 8");
        }

        ReadOnlySpan<byte> found = Bytes((ulong)length);
        long value = 0;
        for (int i = length - 1; i >= 0; i--)
        {
            value = (value << 8) | found[i];
        }

        int unused = 64 - (8 * length);
        return length == 0 ? 0 : value << unused >> unused;
    }

    /// <summary>UTF-8 text of so many bytes.</summary>
    public string Text(ulong length)
    {
        try
        {
            return Utf8.GetString(Bytes(length));
        }
        catch (DecoderFallbackException)
        {
            Fail("holds a text that is not valid UTF-8");
            return "";
        }
    }

    /// <summary>Text up to the next line feed, which is skipped.</summary>
    public string Line()
    {
        int length = bytes.AsSpan(Position).IndexOf((byte)'\n');
        if (length < 0)
        {
            Fail("ends inside a name");
        }

        string text = Encoding.Latin1.GetString(bytes, Position, length);
        Position += length + 1;
        return text;
    }

    /// <summary>Throws with the source and the place.</summary>
    [DoesNotReturn]
    public void Fail(string what) => Throw.InvalidData($"{Source}: the pickle {what} (byte {Position}).");
}

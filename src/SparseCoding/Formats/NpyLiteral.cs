using System.Diagnostics.CodeAnalysis;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// Parser of the one Python literal an npy header may hold: a dictionary with exactly the keys descr (string), fortran_order (True or False)
/// and shape (tuple of non-negative integers), each once, in any order. No expression is evaluated; anything else is refused.
/// </summary>
internal ref struct NpyLiteral
{
    private const int LongestString = 64;

    private readonly string _file;
    private readonly ReadOnlySpan<byte> _text;
    private int _at;

    /// <summary>Starts at the first byte of the literal; the file's name is for messages.</summary>
    public NpyLiteral(string file, ReadOnlySpan<byte> text)
    {
        _file = file;
        _text = text;
    }

    /// <summary>Parses the whole literal. The descr has at least two characters, the first one of &lt; &gt; |.</summary>
    public (string Descr, bool FortranOrder, long[] Shape) ReadHeader()
    {
        string? descr = null;
        bool? fortran = null;
        long[]? shape = null;
        Expect('{', "the opening brace of a dictionary");
        while (!TryTake('}'))
        {
            string key = ReadString("a key");
            Expect(':', "':' after a key");
            switch (key)
            {
                case "descr" when descr is null:
                    descr = ReadDescr();
                    break;
                case "fortran_order" when fortran is null:
                    fortran = ReadBoolean();
                    break;
                case "shape" when shape is null:
                    shape = ReadShape();
                    break;
                default:
                    Fail($"the key '{key}', unknown or for the second time", "the keys descr, fortran_order and shape, each once");
                    break;
            }

            if (!TryTake(','))
            {
                Expect('}', "',' or the closing brace");
                break;
            }
        }

        SkipSpace();
        if (_at != _text.Length)
        {
            Fail("more text after the dictionary", "spaces and a newline");
        }

        if (descr is null || fortran is null || shape is null)
        {
            Fail("a dictionary without all keys", "descr, fortran_order and shape");
        }

        return (descr, fortran.Value, shape);
    }

    private string ReadDescr()
    {
        SkipSpace();
        if (_at < _text.Length && _text[_at] is (byte)'[' or (byte)'(')
        {
            Throw.NotSupported($"{_file}: the array is structured (several fields per element); save each field as an array of its own.");
        }

        string descr = ReadString("the element type");
        if (descr.Length < 2 || descr[0] is not ('<' or '>' or '|'))
        {
            Fail($"the element type '{descr}'", "a byte order (< > |) and a type, such as '<f4'");
        }

        return descr;
    }

    private bool ReadBoolean()
    {
        SkipSpace();
        if (_text[_at..].StartsWith("True"u8))
        {
            _at += 4;
            return true;
        }

        if (!_text[_at..].StartsWith("False"u8))
        {
            Fail("something else as fortran_order", "True or False");
        }

        _at += 5;
        return false;
    }

    private long[] ReadShape()
    {
        var shape = new List<long>();
        Expect('(', "the opening bracket of the shape");
        while (!TryTake(')'))
        {
            if (shape.Count == TensorShape.MaximumRank)
            {
                Fail("more axes", $"at most {TensorShape.MaximumRank}");
            }

            shape.Add(ReadInteger());
            if (!TryTake(','))
            {
                if (shape.Count == 1 && _text[_at..].StartsWith(")"u8))
                {
                    Fail("one axis without a comma, which Python reads as a number", "a tuple such as (3,)");
                }

                Expect(')', "',' or the closing bracket of the shape");
                break;
            }
        }

        return [.. shape];
    }

    private long ReadInteger()
    {
        SkipSpace();
        int start = _at;
        long value = 0;
        while (_at < _text.Length && _text[_at] is >= (byte)'0' and <= (byte)'9')
        {
            int digit = _text[_at] - '0';
            if (value > (long.MaxValue - digit) / 10)
            {
                Fail("an axis above 2^63 - 1", "the length of an axis");
            }

            value = value * 10 + digit;
            _at++;
        }

        if (_at == start)
        {
            Fail("an axis that is not a plain number (negative?)", "a non-negative integer");
        }

        // Python 2 wrote long integers as 3L.
        if (_at < _text.Length && _text[_at] == (byte)'L')
        {
            _at++;
        }

        return value;
    }

    private string ReadString(string what)
    {
        SkipSpace();
        if (_at >= _text.Length || _text[_at] is not ((byte)'\'' or (byte)'"'))
        {
            Fail("no quoted string", what);
        }

        byte quote = _text[_at++];
        int length = _text[_at..].IndexOf(quote);
        if (length is < 0 or > LongestString)
        {
            Fail("a string that does not end", what);
        }

        ReadOnlySpan<byte> body = _text.Slice(_at, length);
        if (body.ContainsAnyExceptInRange((byte)' ', (byte)'~') || body.Contains((byte)'\\'))
        {
            Fail("a string with escapes or control characters", what);
        }

        _at += length + 1;
        return Encoding.ASCII.GetString(body);
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && _text[_at] is (byte)' ' or (byte)'\n')
        {
            _at++;
        }
    }

    private bool TryTake(char character)
    {
        SkipSpace();
        if (_at < _text.Length && _text[_at] == character)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Expect(char character, string what)
    {
        if (!TryTake(character))
        {
            Fail(_at < _text.Length ? $"the byte 0x{_text[_at]:X2}" : "the end of the header", what);
        }
    }

    [DoesNotReturn]
    private readonly void Fail(string found, string expected) =>
        Throw.InvalidData($"{_file}: the npy header is damaged: at byte {_at} of the dictionary found {found}, expected {expected}; save the array again.");
}

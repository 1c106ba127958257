using System.Diagnostics.CodeAnalysis;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>Type of one stored number. Names are those of the safetensors format; npy spells them f2, f4, f8, i1 ... b1.</summary>
internal enum ElementType
{
    /// <summary>IEEE binary16.</summary>
    F16,

    /// <summary>bfloat16: the upper half of a binary32. Has no npy spelling.</summary>
    BF16,

    /// <summary>IEEE binary32.</summary>
    F32,

    /// <summary>IEEE binary64.</summary>
    F64,

    /// <summary>Signed, 8 bits.</summary>
    I8,

    /// <summary>Unsigned, 8 bits.</summary>
    U8,

    /// <summary>Signed, 16 bits.</summary>
    I16,

    /// <summary>Unsigned, 16 bits.</summary>
    U16,

    /// <summary>Signed, 32 bits.</summary>
    I32,

    /// <summary>Unsigned, 32 bits.</summary>
    U32,

    /// <summary>Signed, 64 bits.</summary>
    I64,

    /// <summary>Unsigned, 64 bits.</summary>
    U64,

    /// <summary>One byte; zero is false and reads as 0, anything else reads as 1.</summary>
    Bool,
}

/// <summary>Sizes, spellings and .NET types of <see cref="ElementType"/>.</summary>
internal static class ElementTypes
{
    /// <summary>Bytes of one element: 1, 2, 4 or 8.</summary>
    public static int ByteSize(this ElementType type) => type switch
    {
        ElementType.I8 or ElementType.U8 or ElementType.Bool => 1,
        ElementType.F16 or ElementType.BF16 or ElementType.I16 or ElementType.U16 => 2,
        ElementType.F32 or ElementType.I32 or ElementType.U32 => 4,
        _ => 8,
    };

    /// <summary>True for everything but the four floating types; Bool counts as an integer 0 or 1.</summary>
    public static bool IsInteger(this ElementType type) =>
        type is not (ElementType.F16 or ElementType.BF16 or ElementType.F32 or ElementType.F64);

    /// <summary>The element type that stores a .NET number without conversion. Throws NotSupportedException for a type no writer has.</summary>
    public static ElementType Of<T>()
    {
        if (typeof(T) == typeof(float))
        {
            return ElementType.F32;
        }

        if (typeof(T) == typeof(double))
        {
            return ElementType.F64;
        }

        if (typeof(T) == typeof(int))
        {
            return ElementType.I32;
        }

        if (typeof(T) == typeof(long))
        {
            return ElementType.I64;
        }

        if (typeof(T) == typeof(byte))
        {
            return ElementType.U8;
        }

        Throw.NotSupported($"Tensors of {typeof(T).Name} cannot be written; use float, double, int, long or byte.");
        return default;
    }

    /// <summary>The safetensors name ("F32"), in the format's own capitals.</summary>
    public static string SafetensorsName(this ElementType type) => type == ElementType.Bool ? "BOOL" : type.ToString();

    /// <summary>Reads a safetensors name; false when it is none of the supported thirteen.</summary>
    public static bool TryFromSafetensors(string name, out ElementType type)
    {
        ElementType? found = name switch
        {
            "F16" => ElementType.F16,
            "BF16" => ElementType.BF16,
            "F32" => ElementType.F32,
            "F64" => ElementType.F64,
            "I8" => ElementType.I8,
            "U8" => ElementType.U8,
            "I16" => ElementType.I16,
            "U16" => ElementType.U16,
            "I32" => ElementType.I32,
            "U32" => ElementType.U32,
            "I64" => ElementType.I64,
            "U64" => ElementType.U64,
            "BOOL" => ElementType.Bool,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>Reads the kind-and-size part of an npy descr ("f4"); false when it is none of the supported twelve.</summary>
    public static bool TryFromNumpy([NotNullWhen(true)] string? code, out ElementType type)
    {
        ElementType? found = code switch
        {
            "f2" => ElementType.F16,
            "f4" => ElementType.F32,
            "f8" => ElementType.F64,
            "i1" => ElementType.I8,
            "u1" => ElementType.U8,
            "i2" => ElementType.I16,
            "u2" => ElementType.U16,
            "i4" => ElementType.I32,
            "u4" => ElementType.U32,
            "i8" => ElementType.I64,
            "u8" => ElementType.U64,
            "b1" => ElementType.Bool,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>The npy descr that numpy itself writes on a little-endian machine ("&lt;f4", "|u1"). BF16 has none: NotSupportedException.</summary>
    public static string NumpyDescr(this ElementType type)
    {
        string? descr = type switch
        {
            ElementType.F16 => "<f2",
            ElementType.F32 => "<f4",
            ElementType.F64 => "<f8",
            ElementType.I8 => "|i1",
            ElementType.U8 => "|u1",
            ElementType.I16 => "<i2",
            ElementType.U16 => "<u2",
            ElementType.I32 => "<i4",
            ElementType.U32 => "<u4",
            ElementType.I64 => "<i8",
            ElementType.U64 => "<u8",
            ElementType.Bool => "|b1",
            _ => null,
        };
        if (descr is null)
        {
            Throw.NotSupported($"npy has no spelling for {type}; write F32 instead, or use safetensors.");
        }

        return descr;
    }
}

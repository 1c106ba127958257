namespace SparseCoding;

/// <summary>Type of the numbers in a raw file; all little-endian.</summary>
public enum RawElementType
{
    /// <summary>IEEE binary32, 4 bytes.</summary>
    Float32,

    /// <summary>IEEE binary16, 2 bytes.</summary>
    Float16,

    /// <summary>bfloat16, the upper half of a binary32, 2 bytes.</summary>
    BFloat16,
}

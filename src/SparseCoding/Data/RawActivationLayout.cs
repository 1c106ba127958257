using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What a file without a header of its own cannot say: rows of numbers one after another, little-endian, row-major, [samples, dimension].</summary>
public sealed record RawActivationLayout
{
    /// <summary>Dimension of a row.</summary>
    public required int Dimension
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Type of the numbers.</summary>
    /// <value>Default: <see cref="RawElementType.Float32"/>.</value>
    public RawElementType ElementType
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Bytes before the first row of every file.</summary>
    /// <value>Default: 0.</value>
    public long HeaderBytes
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }
}

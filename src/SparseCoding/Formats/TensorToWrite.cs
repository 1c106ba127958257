using System.Numerics;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>Fills rows [firstRow, firstRow + rows.Length / rowLength) of a tensor that is written in blocks.</summary>
internal delegate void RowFiller<T>(long firstRow, Span<T> rows);

/// <summary>A tensor together with its values, for <see cref="SafetensorsFile.Write"/>: in memory, or produced in blocks of rows.</summary>
internal abstract class TensorToWrite
{
    // Elements of a block that a callback fills.
    private const int BlockElements = 1 << 16;

    private TensorToWrite(TensorSpec spec) => Spec = spec;

    /// <summary>Name, type and shape.</summary>
    public TensorSpec Spec { get; }

    /// <summary>Values in memory, row-major; float, double, int, long or byte.</summary>
    public static TensorToWrite Create<T>(string name, ReadOnlyMemory<T> values, params ReadOnlySpan<long> shape)
        where T : unmanaged, INumber<T> => new InMemory<T>(Describe<T>(name, shape), values);

    /// <summary>Values in an array, row-major.</summary>
    public static TensorToWrite Create<T>(string name, T[] values, params ReadOnlySpan<long> shape)
        where T : unmanaged, INumber<T> => Create<T>(name, values.AsMemory(), shape);

    /// <summary>Values that a callback fills, in blocks of whole rows from the first to the last, each asked for once.</summary>
    public static TensorToWrite FromRows<T>(string name, RowFiller<T> fill, params ReadOnlySpan<long> shape)
        where T : unmanaged, INumber<T> => new InBlocks<T>(Describe<T>(name, shape), fill);

    /// <summary>Appends the values to a writer that knows the tensor.</summary>
    internal abstract void WriteTo(SafetensorsWriter writer);

    /// <summary>Writes the values to a stream, row-major, little endian.</summary>
    internal abstract void WriteTo(Stream stream);

    private static TensorSpec Describe<T>(string name, ReadOnlySpan<long> shape) => new(name, ElementTypes.Of<T>(), shape.ToArray());

    private sealed class InMemory<T>(TensorSpec spec, ReadOnlyMemory<T> values) : TensorToWrite(spec)
        where T : unmanaged, INumber<T>
    {
        internal override void WriteTo(SafetensorsWriter writer) => writer.Append(Spec.Name, values.Span);

        internal override void WriteTo(Stream stream) => ElementWriter.Write(stream, values.Span);
    }

    private sealed class InBlocks<T>(TensorSpec spec, RowFiller<T> fill) : TensorToWrite(spec)
        where T : unmanaged, INumber<T>
    {
        internal override void WriteTo(SafetensorsWriter writer) => Fill(values => writer.Append<T>(Spec.Name, values.Span));

        internal override void WriteTo(Stream stream) => Fill(values => ElementWriter.Write<T>(stream, values.Span));

        private void Fill(Action<ReadOnlyMemory<T>> write)
        {
            long rows = Spec.Shape.Length == 0 ? 1 : Spec.Shape[0];
            TensorShape.TryCount(Spec.Shape.Length == 0 ? [] : Spec.Shape.AsSpan(1), 1, out long rowLength);
            if (rows == 0 || rowLength == 0)
            {
                return;
            }

            if (rowLength > Array.MaxLength)
            {
                Throw.NotSupported($"A row of '{Spec.Name}' {TensorShape.Format(Spec.Shape)} does not fit one array; reshape it.");
            }

            long blockRows = Math.Min(rows, Math.Max(1, BlockElements / rowLength));
            var block = new T[blockRows * rowLength];
            for (long first = 0; first < rows; first += blockRows)
            {
                Memory<T> part = block.AsMemory(0, (int)(Math.Min(blockRows, rows - first) * rowLength));
                fill(first, part.Span);
                write(part);
            }
        }
    }
}

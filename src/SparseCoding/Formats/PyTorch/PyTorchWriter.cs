using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// Writes a dictionary of tensors as torch.save does (zip form, protocol 2), so that torch.load reads it, weights_only included: entries data.pkl,
/// byteorder, data/0 ..., version, stored, dated 1980-01-01, the numbers of each tensor at a multiple of 64 bytes so that torch can map them.
/// The same tensors give the same bytes. Written atomically. Up to 4 GiB in all, beyond which safetensors is the better form.
/// </summary>
internal sealed class PyTorchWriter
{
    private const int Alignment = 64;
    private const int DateOf1980 = 0x21;

    private readonly string _path;
    private readonly AtomicFile _file;
    private readonly ArrayBufferWriter<byte> _directory = new();
    private int _entries;

    private PyTorchWriter(string path, AtomicFile file)
    {
        _path = path;
        _file = file;
    }

    /// <summary>Writes the tensors in this order, whole or not at all. Types: float, double, int, long, byte. ArgumentException for a name given twice.</summary>
    public static void Write(string path, params IReadOnlyList<TensorToWrite> tensors)
    {
        if (tensors.Select(tensor => tensor.Spec.Name).Distinct().Count() != tensors.Count)
        {
            Throw.Argument($"{path}: a tensor name is given twice.", nameof(tensors));
        }

        using var file = new AtomicFile(path);
        var writer = new PyTorchWriter(path, file);
        writer.Entry("archive/data.pkl", stream => stream.Write(Pickle(tensors)));
        writer.Entry("archive/byteorder", stream => stream.Write("little"u8));
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorToWrite tensor = tensors[i];
            long bytes = writer.Entry($"archive/data/{i}", tensor.WriteTo);
            if (!TensorShape.TryCount(tensor.Spec.Shape, tensor.Spec.ElementType.ByteSize(), out long count) || bytes != count * tensor.Spec.ElementType.ByteSize())
            {
                Throw.Argument($"{path}: the values of '{tensor.Spec.Name}' have {bytes} bytes, which do not fit its shape {TensorShape.Format(tensor.Spec.Shape)}.", nameof(tensors));
            }
        }

        writer.Entry("archive/version", stream => stream.Write("3\n"u8));
        writer.End();
        file.Commit();
    }

    /// <summary>{name: _rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), ...}</summary>
    private static byte[] Pickle(IReadOnlyList<TensorToWrite> tensors)
    {
        var pickle = new MemoryStream();
        pickle.Write([0x80, 2, (byte)'}', (byte)'(']);
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorSpec spec = tensors[i].Spec;
            TensorShape.TryCount(spec.Shape, 1, out long count);
            PutText(pickle, spec.Name);
            PutName(pickle, "torch._utils", "_rebuild_tensor_v2");
            pickle.Write("(("u8);
            PutText(pickle, "storage");
            PutName(pickle, "torch", PickleNames.StorageType(spec.ElementType));
            PutText(pickle, $"{i}");
            PutText(pickle, "cpu");
            PutInteger(pickle, count);
            pickle.Write("tQ"u8);
            PutInteger(pickle, 0);
            PutTuple(pickle, spec.Shape);
            var strides = new long[spec.Shape.Length];
            long stride = 1;
            for (int axis = strides.Length - 1; axis >= 0; axis--)
            {
                strides[axis] = stride;
                stride *= Math.Max(1, spec.Shape[axis]);
            }

            PutTuple(pickle, strides);
            pickle.WriteByte(0x89);
            PutName(pickle, "collections", "OrderedDict");
            pickle.Write(")RtR"u8);
        }

        pickle.Write("u."u8);
        return pickle.ToArray();
    }

    private static void PutText(MemoryStream pickle, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> head = stackalloc byte[5];
        head[0] = (byte)'X';
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], bytes.Length);
        pickle.Write(head);
        pickle.Write(bytes);
    }

    private static void PutName(MemoryStream pickle, string module, string name) => pickle.Write(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private static void PutInteger(MemoryStream pickle, long value)
    {
        Span<byte> bytes = stackalloc byte[10];
        bytes[0] = 0x8A;
        bytes[1] = 8;
        BinaryPrimitives.WriteInt64LittleEndian(bytes[2..], value);
        pickle.Write(bytes);
    }

    private static void PutTuple(MemoryStream pickle, long[] values)
    {
        pickle.WriteByte((byte)'(');
        foreach (long value in values)
        {
            PutInteger(pickle, value);
        }

        pickle.WriteByte((byte)'t');
    }

    /// <summary>Local header padded so that the bytes begin at a multiple of 64, the bytes, then length and CRC into the header. Returns the number of bytes.</summary>
    private long Entry(string name, Action<Stream> write)
    {
        FileStream stream = _file.Stream;
        byte[] nameBytes = Encoding.ASCII.GetBytes(name);
        long header = stream.Position;
        int padding = (int)((Alignment - ((header + 30 + nameBytes.Length + 4) % Alignment)) % Alignment);
        stream.Write(new byte[30]);
        stream.Write(nameBytes);

        // An extra field of the id that torch pads with, 'FB'.
        stream.Write([(byte)'F', (byte)'B', (byte)padding, 0]);
        stream.Write(new byte[padding]);
        long start = stream.Position;
        var counted = new ChecksumStream(stream);
        write(counted);
        long end = stream.Position;
        if (end > uint.MaxValue - (1 << 24))
        {
            Throw.NotSupported($"{_path}: the weights need more than 4 GiB, which this writer does not put into a .pt file; save a SAELens or sparsify folder instead.");
        }

        Span<byte> common = stackalloc byte[26];
        BinaryPrimitives.WriteUInt16LittleEndian(common, 20);
        BinaryPrimitives.WriteUInt16LittleEndian(common[8..], DateOf1980);
        BinaryPrimitives.WriteUInt32LittleEndian(common[10..], counted.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(common[14..], (uint)(end - start));
        BinaryPrimitives.WriteUInt32LittleEndian(common[18..], (uint)(end - start));
        BinaryPrimitives.WriteUInt16LittleEndian(common[22..], (ushort)nameBytes.Length);
        _directory.Write<byte>([0x50, 0x4B, 1, 2, 20, 0]);
        _directory.Write<byte>(common);
        _directory.Write<byte>(new byte[10]);
        Span<byte> place = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)header);
        _directory.Write<byte>(place);
        _directory.Write<byte>(nameBytes);

        BinaryPrimitives.WriteUInt16LittleEndian(common[24..], (ushort)(padding + 4));
        stream.Position = header;
        stream.Write([0x50, 0x4B, 3, 4]);
        stream.Write(common);
        stream.Position = end;
        _entries++;
        return end - start;
    }

    private void End()
    {
        FileStream stream = _file.Stream;
        uint start = (uint)stream.Position;
        stream.Write(_directory.WrittenSpan);
        Span<byte> record = stackalloc byte[22];
        record.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(record, 0x06054B50);
        BinaryPrimitives.WriteUInt16LittleEndian(record[8..], (ushort)_entries);
        BinaryPrimitives.WriteUInt16LittleEndian(record[10..], (ushort)_entries);
        BinaryPrimitives.WriteUInt32LittleEndian(record[12..], (uint)_directory.WrittenCount);
        BinaryPrimitives.WriteUInt32LittleEndian(record[16..], start);
        stream.Write(record);
    }
}

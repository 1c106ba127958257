using System.Text;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// A file of torch.save: the zip form (torch 1.6 and later) and the older form of pickles followed by raw numbers. Nothing in it is executed: see
/// <see cref="PickleReader"/>. Opening reads the pickle only; tensors are read in place by positioned reads, so a file of any size costs its pickle and
/// what is asked for. Views, transposes and storages that tensors share are honoured. The zip's CRC of the numbers is not checked (torch may leave it out).
/// FileNotFoundException, InvalidDataException (damaged, or something else than tensors) and NotSupportedException (encrypted, complex) name the file.
/// </summary>
internal sealed class PyTorchFile : IDisposable
{
    /// <summary>Longest pickle accepted, in bytes: about 25 000 tensors.</summary>
    public const int MaximumPickleBytes = 1 << 22;

    private const string PickleEntry = "/data.pkl";

    private readonly FileByteSource _source;
    private readonly Func<PickleStorage, (long Offset, long Bytes)> _locate;
    private readonly bool _bigEndian;

    private PyTorchFile(FileByteSource source, object? root, Func<PickleStorage, (long Offset, long Bytes)> locate, bool bigEndian)
    {
        _source = source;
        Root = root;
        _locate = locate;
        _bigEndian = bigEndian;
    }

    /// <summary>What was saved, of the kinds that <see cref="PickleDictionary"/> names; a state dict is one.</summary>
    public object? Root { get; }

    /// <summary>The file, as the caller named it.</summary>
    public string FileName => _source.Name;

    /// <summary>Opens a file and reads its pickle.</summary>
    public static PyTorchFile Open(string path)
    {
        FileByteSource source = FileByteSource.Open(path);
        try
        {
            Span<byte> start = stackalloc byte[16];
            start = start[..(int)Math.Min(start.Length, source.Length)];
            source.Read(0, start);
            return LegacyPyTorch.IsStart(start) ? OpenLegacy(source) : OpenZip(source);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <summary>The tensor behind what the pickle says; its place, shape and strides are checked against the file first. The name is for messages.</summary>
    public StoredTensor Tensor(string name, PickleTensor tensor)
    {
        string shown = SafetensorsHeader.Shown(name);
        PickleStorage storage = tensor.Storage;
        int size = storage.ElementType.ByteSize();
        (long offset, long bytes) = _locate(storage);
        if (storage.ElementCount > bytes / size || bytes != storage.ElementCount * size)
        {
            Throw.InvalidData($"{FileName}: the storage '{SafetensorsHeader.Shown(storage.Key)}' of '{shown}' has {bytes} bytes, expected {storage.ElementCount} of {storage.ElementType}; the file is damaged: copy it again.");
        }

        bool counted = TensorShape.TryCount(tensor.Shape, size, out long count);
        if (!counted || tensor.Shape.Length > TensorShape.MaximumRank || Array.Exists(tensor.Strides, stride => stride < 0))
        {
            Throw.InvalidData($"{FileName}: the shape {TensorShape.Format(tensor.Shape)} of '{shown}' with strides {TensorShape.Format(tensor.Strides)} is impossible.");
        }

        if (count > storage.ElementCount)
        {
            Throw.InvalidData($"{FileName}: '{shown}' {TensorShape.Format(tensor.Shape)} has more elements than the {storage.ElementCount} stored ones (an expanded tensor); save it with .contiguous().");
        }

        if (count > 0 && (tensor.Offset < 0 || LastElement(tensor) >= storage.ElementCount))
        {
            Throw.InvalidData($"{FileName}: '{shown}' {TensorShape.Format(tensor.Shape)} with strides {TensorShape.Format(tensor.Strides)} from element {tensor.Offset} on reaches beyond its {storage.ElementCount} stored ones; the file is damaged.");
        }

        long first = count == 0 ? offset : offset + (tensor.Offset * size);
        if (count == 0 || HasStrides(tensor, rowMajor: true))
        {
            return new PackedTensor(name, _source, first, storage.ElementType, tensor.Shape, _bigEndian);
        }

        return HasStrides(tensor, rowMajor: false)
            ? new PackedTensor(name, _source, first, storage.ElementType, tensor.Shape, _bigEndian, fortranOrder: true)
            : new StridedTensor(name, _source, first, storage.ElementType, tensor.Shape, tensor.Strides, _bigEndian);
    }

    /// <summary>Closes the file; its tensors can no longer be read.</summary>
    public void Dispose() => _source.Dispose();

    private static PyTorchFile OpenLegacy(FileByteSource source)
    {
        var legacy = LegacyPyTorch.Read(source);
        return new PyTorchFile(source, legacy.Root, legacy.Locate, legacy.BigEndian);
    }

    private static PyTorchFile OpenZip(FileByteSource source)
    {
        ZipDirectory zip = ZipDirectory.Read(source);
        ZipItem pickle = zip.Items.Find(item => item.Name.EndsWith(PickleEntry, StringComparison.Ordinal) && item.Name.IndexOf('/', StringComparison.Ordinal) == item.Name.Length - PickleEntry.Length);
        if (pickle.Name is null)
        {
            string what = zip.Items.Exists(item => item.Name.EndsWith(".npy", StringComparison.Ordinal)) ? " (it looks like an npz)" : "";
            Throw.InvalidData($"{source.Name}: a zip archive without <name>/data.pkl{what}, expected a file of torch.save.");
        }

        string prefix = pickle.Name[..^PickleEntry.Length] + "/";
        if (pickle.Bytes > MaximumPickleBytes)
        {
            Throw.InvalidData($"{source.Name}: its pickle has {pickle.Bytes} bytes, expected at most {MaximumPickleBytes}; save a state dict only.");
        }

        bool bigEndian = zip.TryGet(prefix + "byteorder", out ZipItem order) && Text(source, zip, order) switch
        {
            "little" => false,
            "big" => true,
            { } other => ThrowOrder(source.Name, other),
        };
        var bytes = new byte[pickle.Bytes];
        source.Read(zip.DataOffset(pickle), bytes);
        object? root = PickleReader.Read(new PickleBytes($"{source.Name} ({SafetensorsHeader.Shown(pickle.Name)})", bytes));
        return new PyTorchFile(source, root, storage => LocateInZip(source, zip, prefix, storage), bigEndian);
    }

    private static (long Offset, long Bytes) LocateInZip(FileByteSource source, ZipDirectory zip, string prefix, PickleStorage storage)
    {
        if (!zip.TryGet($"{prefix}data/{storage.Key}", out ZipItem item))
        {
            Throw.InvalidData($"{source.Name}: the storage '{SafetensorsHeader.Shown(storage.Key)}' is not in the archive; the file is damaged: copy it again.");
        }

        return (zip.DataOffset(item), item.Bytes);
    }

    private static string Text(FileByteSource source, ZipDirectory zip, in ZipItem item)
    {
        var bytes = new byte[Math.Min(item.Bytes, 16)];
        source.Read(zip.DataOffset(item), bytes);
        return Encoding.Latin1.GetString(bytes);
    }

    private static bool ThrowOrder(string file, string order)
    {
        Throw.InvalidData($"{file}: the byte order is '{SafetensorsHeader.Shown(order)}', expected little or big.");
        return false;
    }

    /// <summary>Place of the last element in the storage; long.MaxValue where it does not fit.</summary>
    private static long LastElement(PickleTensor tensor)
    {
        Int128 last = tensor.Offset;
        for (int axis = 0; axis < tensor.Shape.Length; axis++)
        {
            last += (Int128)(tensor.Shape[axis] - 1) * tensor.Strides[axis];
        }

        return last > long.MaxValue ? long.MaxValue : (long)last;
    }

    /// <summary>Whether the elements lie without gaps in one of the two orders. The stride of an axis of length 1 has no meaning.</summary>
    private static bool HasStrides(PickleTensor tensor, bool rowMajor)
    {
        long expected = 1;
        for (int i = 0; i < tensor.Shape.Length; i++)
        {
            int axis = rowMajor ? tensor.Shape.Length - 1 - i : i;
            if (tensor.Shape[axis] != 1 && tensor.Strides[axis] != expected)
            {
                return false;
            }

            expected *= tensor.Shape[axis];
        }

        return true;
    }
}

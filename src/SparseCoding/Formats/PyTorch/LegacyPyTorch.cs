using System.Buffers.Binary;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// The form of torch.save before 1.6 (now _use_new_zipfile_serialization=False): pickles of a magic number, the version 1001, facts about the machine,
/// the object and the list of its storage keys; then for each key the number of its elements in 8 bytes and the elements. torch/serialization.py, _legacy_save.
/// </summary>
internal sealed class LegacyPyTorch
{
    private readonly string _name;
    private readonly Dictionary<string, (long Offset, long Bytes)> _places;

    private LegacyPyTorch(string name, object? root, bool bigEndian, Dictionary<string, (long Offset, long Bytes)> places)
    {
        _name = name;
        Root = root;
        BigEndian = bigEndian;
        _places = places;
    }

    /// <summary>What was saved.</summary>
    public object? Root { get; }

    /// <summary>Whether the machine that wrote it was big endian.</summary>
    public bool BigEndian { get; }

    private static ReadOnlySpan<byte> Magic => [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, (byte)'.'];

    /// <summary>Whether a file begins like this.</summary>
    public static bool IsStart(ReadOnlySpan<byte> start) => start.StartsWith(Magic);

    /// <summary>Reads the pickles and finds the storages.</summary>
    public static LegacyPyTorch Read(FileByteSource source)
    {
        var head = new byte[Math.Min(source.Length - Magic.Length, PyTorchFile.MaximumPickleBytes)];
        source.Read(Magic.Length, head);
        var bytes = new PickleBytes(source.Name, head);
        if (PickleReader.Read(bytes) is not 1001L)
        {
            Throw.InvalidData($"{source.Name}: the version of the old torch format is not 1001; load and save it with torch again.");
        }

        var types = new Dictionary<string, ElementType>();
        bool bigEndian = PickleReader.Read(bytes) is PickleDictionary machine && machine.TryGet("little_endian", out object? little) && little is false;
        object? root = PickleReader.Read(bytes, types);
        if (PickleReader.Read(bytes) is not PickleList keys)
        {
            Throw.InvalidData($"{source.Name}: the list of storages is missing after the pickle; the file is damaged: copy it again.");
            return null;
        }

        var places = new Dictionary<string, (long Offset, long Bytes)>();
        long at = Magic.Length + bytes.Position;
        Span<byte> count = stackalloc byte[8];
        foreach (object? key in keys.Items)
        {
            if (key is not string name || !types.TryGetValue(name, out ElementType type) || at > source.Length - 8)
            {
                Throw.InvalidData($"{source.Name}: a storage is listed that no tensor uses, or the file is truncated; copy it again.");
                return null;
            }

            source.Read(at, count);
            long elements = BinaryPrimitives.ReadInt64LittleEndian(count), room = (source.Length - at - 8) / type.ByteSize();
            if (elements < 0 || elements > room || !places.TryAdd(name, (at + 8, elements * type.ByteSize())))
            {
                Throw.InvalidData($"{source.Name}: the storage '{SafetensorsHeader.Shown(name)}' claims {elements} elements, but the file has room for {room}, or it is listed twice; copy it again.");
            }

            at += 8 + (elements * type.ByteSize());
        }

        return new LegacyPyTorch(source.Name, root, bigEndian, places);
    }

    /// <summary>Place and length in bytes of a storage.</summary>
    public (long Offset, long Bytes) Locate(PickleStorage storage)
    {
        if (!_places.TryGetValue(storage.Key, out (long Offset, long Bytes) place))
        {
            Throw.InvalidData($"{_name}: the storage '{SafetensorsHeader.Shown(storage.Key)}' is not in the file; it is damaged: copy it again.");
        }

        return place;
    }
}

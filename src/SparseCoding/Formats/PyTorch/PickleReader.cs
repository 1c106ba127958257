using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using SparseCoding.Diagnostics;

namespace SparseCoding.Formats;

/// <summary>
/// Reads the pickle of a PyTorch file without executing anything: the opcodes of protocols 2 to 5 that dictionaries, lists, tuples, numbers, texts and
/// tensors need, and a fixed list of global names, which are compared and never looked up. Any other opcode or name is an InvalidDataException that
/// says which. Work and memory are bounded by the bytes given and by <see cref="MaximumObjects"/>. Sources: Python's Lib/pickletools.py (opcodes);
/// torch/serialization.py and torch/_utils.py (what torch.save writes).
/// </summary>
internal sealed class PickleReader
{
    /// <summary>Most containers and tensors a pickle may make.</summary>
    public const int MaximumObjects = 200_000;

    /// <summary>
    /// Most dictionary keys that are integers or truth values. Their hash codes are no secret, so a file can make them all collide, at a cost of the square of their number;
    /// those of texts are keyed anew in each process.
    /// </summary>
    public const int MaximumNumberKeys = 10_000;

    private readonly PickleBytes _bytes;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<long, object?> _memo = [];
    private readonly Dictionary<string, ElementType>? _storages;
    private int _objects;
    private int _numberKeys;

    private PickleReader(PickleBytes bytes, Dictionary<string, ElementType>? storages)
    {
        _bytes = bytes;
        _storages = storages;
    }

    /// <summary>Reads one pickle from where the bytes stand, and leaves them after its end. The types of its storages are collected by key where wanted.</summary>
    public static object? Read(PickleBytes bytes, Dictionary<string, ElementType>? storages = null) => new PickleReader(bytes, storages).Run();

    private object? Run()
    {
        if (_bytes.Byte() != 0x80 || _bytes.Byte() is < 2 or > 5)
        {
            Fail("does not begin as a pickle of protocol 2 to 5, expected what torch.save writes");
        }

        while (true)
        {
            byte opcode = _bytes.Byte();
            if (opcode == (byte)'.')
            {
                object? result = Pop();
                return _stack.Count == 0 && _marks.Count == 0 ? result : Fail<object?>("ends with values left over");
            }

            Execute(opcode);
        }
    }

    private void Execute(byte opcode)
    {
        switch (opcode)
        {
            case 0x95: // FRAME: its length is only a hint for reading ahead.
                _bytes.Bytes(8);
                break;
            case (byte)'(':
                _marks.Add(_stack.Count);
                break;
            case (byte)'0':
                Pop();
                break;
            case (byte)'N':
                _stack.Add(null);
                break;
            case 0x88 or 0x89:
                _stack.Add(opcode == 0x88);
                break;
            case (byte)'J':
                _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(_bytes.Bytes(4)));
                break;
            case (byte)'K':
                _stack.Add((long)_bytes.Byte());
                break;
            case (byte)'M':
                _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(_bytes.Bytes(2)));
                break;
            case 0x8A:
                _stack.Add(_bytes.Integer(_bytes.Byte()));
                break;
            case (byte)'G':
                _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(_bytes.Bytes(8)));
                break;
            case (byte)'X':
                _stack.Add(_bytes.Text(BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Bytes(4))));
                break;
            case 0x8C:
                _stack.Add(_bytes.Text(_bytes.Byte()));
                break;
            case 0x8D:
                _stack.Add(_bytes.Text(BinaryPrimitives.ReadUInt64LittleEndian(_bytes.Bytes(8))));
                break;
            case (byte)'c':
                _stack.Add(Name(_bytes.Line(), _bytes.Line()));
                break;
            case 0x93:
                (object? name, object? module) = (Pop(), Pop());
                _stack.Add(Name(module as string ?? "?", name as string ?? "?"));
                break;
            case (byte)'q':
                _memo[_bytes.Byte()] = Top();
                break;
            case (byte)'r':
                _memo[BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Bytes(4))] = Top();
                break;
            case 0x94:
                _memo[_memo.Count] = Top();
                break;
            case (byte)'h':
                Recall(_bytes.Byte());
                break;
            case (byte)'j':
                Recall(BinaryPrimitives.ReadUInt32LittleEndian(_bytes.Bytes(4)));
                break;
            default:
                ExecuteOnContainers(opcode);
                break;
        }
    }

    private void ExecuteOnContainers(byte opcode)
    {
        switch (opcode)
        {
            case (byte)')':
                _stack.Add(PickleTuple.Empty);
                break;
            case 0x85 or 0x86 or 0x87:
                Push(new PickleTuple(Take(opcode - 0x84)));
                break;
            case (byte)'t':
                Push(new PickleTuple(TakeToMark()));
                break;
            case (byte)']':
                Push(new PickleList());
                break;
            case (byte)'l':
                object?[] elements = TakeToMark();
                Push(Filled(new PickleList(), elements));
                break;
            case (byte)'a':
                object?[] one = Take(1);
                Filled(Top<PickleList>("a list to append to"), one);
                break;
            case (byte)'e':
                object?[] more = TakeToMark();
                Filled(Top<PickleList>("a list to append to"), more);
                break;
            case (byte)'}':
                Push(new PickleDictionary());
                break;
            case (byte)'d':
                object?[] pairs = TakeToMark();
                Push(Filled(new PickleDictionary(), pairs));
                break;
            case (byte)'s':
                object?[] pair = Take(2);
                Filled(Top<PickleDictionary>("a dictionary to set entries of"), pair);
                break;
            case (byte)'u':
                object?[] entries = TakeToMark();
                Filled(Top<PickleDictionary>("a dictionary to set entries of"), entries);
                break;
            case (byte)'b':
                // Attributes of an OrderedDict (a state dict's _metadata: versions of modules); they hold no weights.
                if (Pop() is not (PickleDictionary or null))
                {
                    Fail("sets the state of an object, which is refused; only the attributes of an OrderedDict are passed over");
                }

                Top<PickleDictionary>("an OrderedDict with attributes");
                break;
            case (byte)'Q':
                Push(Storage(Pop()));
                break;
            case (byte)'R':
                object? arguments = Pop();
                Push(Call(Pop(), arguments as PickleTuple));
                break;
            default:
                Fail($"holds the opcode 0x{opcode:X2}{(opcode is > 32 and < 127 ? $" ('{(char)opcode}')" : "")}, which no state dict needs; it is refused because a pickle can run code");
                break;
        }
    }

    /// <summary>The only "calls": constructors of plain values, each done here.</summary>
    private object? Call(object? function, PickleTuple? arguments)
    {
        object?[] given = arguments?.Items ?? [];
        switch ((function as PickleName)?.Name)
        {
            case PickleNames.OrderedDictionary when arguments is not null && given.Length == 0:
                return new PickleDictionary();
            case PickleNames.RebuildParameter when given.Length == 3 && given[0] is PickleTensor data:
                return data;
            case PickleNames.Size when given.Length == 1 && given[0] is PickleTuple sizes:
                return sizes;
            case PickleNames.RebuildTensor when given.Length is 6 or 7 && given[0] is PickleStorage storage && given[1] is long offset
                && Integers(given[2]) is { } shape && Integers(given[3]) is { } strides && shape.Length == strides.Length:
                return new PickleTensor(storage, offset, shape, strides);
            case { } name:
                return Fail<object?>($"calls {name} with {given.Length} arguments in a form that torch.save does not write");
            default:
                return Fail<object?>("calls something that is no name, which is refused");
        }
    }

    /// <summary>('storage', class, key, location, elements), and in files before torch 1.6 a view of it, which must be None.</summary>
    private PickleStorage Storage(object? id)
    {
        object?[] parts = (id as PickleTuple)?.Items ?? [];
        if (parts.Length is not (5 or 6) || parts[0] is not "storage" || parts[1] is not PickleName kind || parts[2] is not string key
            || parts[3] is not string || parts[4] is not long count || count < 0 || (parts.Length == 6 && parts[5] is not null))
        {
            return Fail<PickleStorage>("refers to something outside that is not ('storage', type, key, location, number of elements)");
        }

        if (!PickleNames.TryStorageType(kind.Name, out ElementType type))
        {
            Fail($"refers to a storage of the type {kind.Name}, which is no tensor");
        }

        if (_storages is not null && !_storages.TryAdd(key, type) && _storages[key] != type)
        {
            Fail($"uses the storage '{SafetensorsHeader.Shown(key)}' with two types");
        }

        return new PickleStorage(type, key, count);
    }

    private PickleName Name(string module, string name)
    {
        string full = $"{module}.{name}";
        if (!PickleNames.IsKnown(full) && module == "torch" && name.EndsWith("Storage", StringComparison.Ordinal))
        {
            Throw.NotSupported($"{_bytes.Source} holds tensors of {SafetensorsHeader.Shown(full)}, which has no conversion; save them as float32, float16, bfloat16 or float64.");
        }

        return PickleNames.IsKnown(full) ? new PickleName(full) : Fail<PickleName>($"names {SafetensorsHeader.Shown(full)}; only tensors, dictionaries, lists, numbers "
            + "and texts are read, nothing is executed. Save a state dict: torch.save(model.state_dict(), path)");
    }

    /// <summary>Sizes or strides. A tuple longer than any shape is refused before it is copied: one that is kept once and used by each of many tensors would multiply a file's size.</summary>
    private static long[]? Integers(object? value) =>
        value is PickleTuple { Items.Length: <= TensorShape.MaximumRank } tuple && Array.TrueForAll(tuple.Items, item => item is long) ? Array.ConvertAll(tuple.Items, item => (long)item!) : null;

    private static PickleList Filled(PickleList list, object?[] values)
    {
        list.Items.AddRange(values);
        return list;
    }

    private PickleDictionary Filled(PickleDictionary dictionary, object?[] entries)
    {
        if (entries.Length % 2 != 0)
        {
            Fail("sets a key without a value");
        }

        for (int i = 0; i < entries.Length; i += 2)
        {
            if (entries[i] is not (string or long or bool))
            {
                Fail("has a dictionary key that is no text, integer or truth value");
            }

            if (entries[i] is not string && ++_numberKeys > MaximumNumberKeys)
            {
                Fail($"has more than {MaximumNumberKeys} dictionary keys that are numbers");
            }

            dictionary.Set(entries[i]!, entries[i + 1]);
        }

        return dictionary;
    }

    private void Push(object? value)
    {
        if (++_objects > MaximumObjects)
        {
            Fail($"holds more than {MaximumObjects} containers and tensors");
        }

        _stack.Add(value);
    }

    private void Recall(long place)
    {
        if (!_memo.TryGetValue(place, out object? value))
        {
            Fail($"recalls the value {place}, which was never kept");
        }

        _stack.Add(value);
    }

    private object? Top()
    {
        RequireValues(1);
        return _stack[^1];
    }

    private T Top<T>(string expected) => Top() is T value ? value : Fail<T>($"does not have {expected} where one must be");

    private object? Pop() => Take(1)[0];

    private object?[] Take(int count)
    {
        RequireValues(count);
        object?[] values = [.. _stack.GetRange(_stack.Count - count, count)];
        _stack.RemoveRange(_stack.Count - count, count);
        return values;
    }

    private object?[] TakeToMark()
    {
        if (_marks.Count == 0)
        {
            Fail("ends a group that was not begun");
        }

        int mark = _marks[^1];
        _marks.RemoveAt(_marks.Count - 1);
        return Take(_stack.Count - mark);
    }

    /// <summary>Values below the last mark belong to the group around it.</summary>
    private void RequireValues(int count)
    {
        if (_stack.Count - (_marks.Count == 0 ? 0 : _marks[^1]) < count)
        {
            Fail("takes a value from an empty stack");
        }
    }

    [DoesNotReturn]
    private void Fail(string what) => _bytes.Fail(what);

    [DoesNotReturn]
    private T Fail<T>(string what)
    {
        _bytes.Fail(what);
        return default;
    }
}

using System.Diagnostics.CodeAnalysis;

namespace SparseCoding.Formats;

/// <summary>
/// A dictionary of a pickle, in insertion order; a key that comes again replaces its value, as in Python. Keys are texts, integers or truth values.
/// Values are null, bool, long, double, string, <see cref="PickleList"/>, <see cref="PickleTuple"/>, <see cref="PickleDictionary"/>,
/// <see cref="PickleTensor"/> or <see cref="PickleName"/> (a dtype). They may contain each other in circles: nothing here walks them.
/// </summary>
internal sealed class PickleDictionary
{
    private readonly Dictionary<object, int> _places = [];
    private readonly List<KeyValuePair<object, object?>> _items = [];

    /// <summary>All entries, first inserted first.</summary>
    public IReadOnlyList<KeyValuePair<object, object?>> Items => _items;

    /// <summary>Sets an entry.</summary>
    public void Set(object key, object? value)
    {
        if (_places.TryGetValue(key, out int place))
        {
            _items[place] = new(_items[place].Key, value);
            return;
        }

        _places.Add(key, _items.Count);
        _items.Add(new(key, value));
    }

    /// <summary>Looks an entry up by a text.</summary>
    public bool TryGet(string key, out object? value)
    {
        bool found = _places.TryGetValue(key, out int place);
        value = found ? _items[place].Value : null;
        return found;
    }

    /// <summary>The same, of one kind only: false where it is absent or of another kind.</summary>
    public bool TryGet<T>(string key, [NotNullWhen(true)] out T? value)
    {
        value = TryGet(key, out object? found) && found is T wanted ? wanted : default;
        return value is not null;
    }
}

/// <summary>A list of a pickle.</summary>
internal sealed class PickleList
{
    /// <summary>Its elements, of the kinds that <see cref="PickleDictionary"/> names.</summary>
    public List<object?> Items { get; } = [];
}

/// <summary>A tuple of a pickle.</summary>
internal sealed class PickleTuple(object?[] items)
{
    /// <summary>The empty tuple.</summary>
    public static readonly PickleTuple Empty = new([]);

    /// <summary>Its elements, of the kinds that <see cref="PickleDictionary"/> names.</summary>
    public object?[] Items { get; } = items;
}

/// <summary>One of the few global names a pickle may mention, such as "torch.FloatStorage". It is compared, never looked up or called.</summary>
internal sealed record PickleName(string Name);

/// <summary>A tensor of a pickle: element (i, j, ...) is at offset + i · stride_0 + j · stride_1 + ... of the storage; all counted in elements. Unchecked.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);

/// <summary>What a pickle says about the place of a tensor's numbers: element type, entry and number of elements.</summary>
internal sealed record PickleStorage(ElementType ElementType, string Key, long ElementCount);

namespace SparseCoding.Formats;

/// <summary>The global names that a pickle of tensors may mention (torch/_utils.py, torch/serialization.py). They are compared, never looked up.</summary>
internal static class PickleNames
{
    /// <summary>What a state dict is.</summary>
    public const string OrderedDictionary = "collections.OrderedDict";

    /// <summary>Makes a tensor of (storage, offset, shape, strides, requires_grad, hooks[, metadata]).</summary>
    public const string RebuildTensor = "torch._utils._rebuild_tensor_v2";

    /// <summary>Makes a parameter of (tensor, requires_grad, hooks).</summary>
    public const string RebuildParameter = "torch._utils._rebuild_parameter";

    /// <summary>A tuple of integers.</summary>
    public const string Size = "torch.Size";

    private static readonly HashSet<string> Dtypes =
    [
        "torch.float32", "torch.float64", "torch.float16", "torch.bfloat16", "torch.int64", "torch.int32", "torch.int16", "torch.int8", "torch.uint8", "torch.bool",
    ];

    /// <summary>Whether a pickle may mention the name.</summary>
    public static bool IsKnown(string name) =>
        name is OrderedDictionary or RebuildTensor or RebuildParameter or Size || Dtypes.Contains(name) || TryStorageType(name, out _);

    /// <summary>Element type of a storage class such as "torch.FloatStorage"; false for any other name.</summary>
    public static bool TryStorageType(string name, out ElementType type)
    {
        ElementType? found = name switch
        {
            "torch.FloatStorage" => ElementType.F32,
            "torch.DoubleStorage" => ElementType.F64,
            "torch.HalfStorage" => ElementType.F16,
            "torch.BFloat16Storage" => ElementType.BF16,
            "torch.LongStorage" => ElementType.I64,
            "torch.IntStorage" => ElementType.I32,
            "torch.ShortStorage" => ElementType.I16,
            "torch.CharStorage" => ElementType.I8,
            "torch.ByteStorage" => ElementType.U8,
            "torch.BoolStorage" => ElementType.Bool,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    /// <summary>The storage class of an element type that the writer has: float32, float64, int32, int64 or uint8.</summary>
    public static string StorageType(ElementType type) => type switch
    {
        ElementType.F64 => "DoubleStorage",
        ElementType.I32 => "IntStorage",
        ElementType.I64 => "LongStorage",
        ElementType.U8 => "ByteStorage",
        _ => "FloatStorage",
    };
}

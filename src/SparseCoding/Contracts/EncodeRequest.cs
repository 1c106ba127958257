namespace SparseCoding;

/// <summary>What one call of Encode asks for beyond the signals.</summary>
public sealed record EncodeRequest
{
    /// <summary>The request that asks for nothing special.</summary>
    public static EncodeRequest Default { get; } = new();

    /// <summary>Codes to start from, [samples, atoms]; null starts cold. An encoder that cannot use them refuses them by name.</summary>
    /// <value>Default: null.</value>
    public SparseCodes? WarmStart { get; init; }

    /// <summary>Device, threads, progress and logging of the call; null uses <see cref="RunContext.Default"/>.</summary>
    /// <value>Default: null.</value>
    public RunContext? Context { get; init; }
}

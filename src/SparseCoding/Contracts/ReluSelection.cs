using SparseCoding.Backends;

namespace SparseCoding;

/// <summary>z = max(pre, 0).</summary>
public sealed record ReluSelection : Selection
{
    internal override bool NeedsPenalty => true;

    internal override SelectionRule Rule => new(SelectionKind.Relu, 0);
}

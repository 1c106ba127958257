namespace SparseCoding.Benchmarks;

/// <summary>Puts a class of benchmarks into the quick mode, with those cases whose parameters (the device apart) all have one of these values; with none, all cases.</summary>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
internal sealed class QuickAttribute(params string[] values) : Attribute
{
    /// <summary>Texts of parameter values that are taken.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}

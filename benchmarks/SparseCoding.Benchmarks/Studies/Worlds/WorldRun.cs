namespace SparseCoding.Benchmarks;

/// <summary>A method that is measured in every world.</summary>
/// <param name="Part">Part of the study.</param>
/// <param name="Method">The method.</param>
/// <param name="Recipe">"paper" or "default".</param>
/// <param name="Measure">Trains and encodes; gives the figures by name.</param>
internal sealed record WorldRun(string Part, string Method, string Recipe, Func<World, Dictionary<string, double>> Measure)
{
    /// <summary>The paper's settings.</summary>
    public const string Paper = "paper";

    /// <summary>The library's defaults.</summary>
    public const string Default = "default";
}

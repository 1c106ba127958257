namespace SparseCoding.Samples.ReproducePaper;

/// <summary>Greedy pursuits as inference on a dictionary that is there.</summary>
internal static class Pursuits
{
    /// <summary>Matching, gradient and orthogonal matching pursuit of a given number of active atoms, non-negative.</summary>
    public static IEnumerable<(string Method, Func<AtomDictionary, IEncoder> Create)> On(int active)
    {
        yield return ("MP", d => new ItoEncoder(d, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = active, NonNegative = true }));
        yield return ("GP", d => new ItoEncoder(d, new ItoOptions { Method = ItoMethod.GradientPursuit, MaxActive = active, NonNegative = true }));
        yield return ("OMP", d => new OmpEncoder(d, new OmpOptions { MaxActive = active, NonNegative = true }));
    }
}

using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>The factors of one dictionary for all threads of a call.</summary>
internal sealed class SharedAdmmFactors(AtomDictionary dictionary)
{
    private readonly Lock _lock = new();
    private AdmmFactors<float>? _factors;

    /// <summary>The factors; made at the first call.</summary>
    public AdmmFactors<float> Value(GramRows<float> gram)
    {
        lock (_lock)
        {
            return _factors ??= new AdmmFactors<float>(gram, dictionary.AtomValues, dictionary.Dimension);
        }
    }
}

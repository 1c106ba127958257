using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>The largest eigenvalue of one Gram with its atoms scaled to norm 1, computed once for all threads.</summary>
internal sealed class SharedNormalizedBound
{
    private readonly Lock _lock = new();
    private double _value;

    /// <summary>The bound; computed at the first call.</summary>
    public double Value(GramRows<float> gram)
    {
        lock (_lock)
        {
            return _value > 0 ? _value : _value = SpectralBound.Compute(new NormalizedGram<float>(gram));
        }
    }
}

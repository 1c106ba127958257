using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>One Gram with a ridge on its diagonal for all threads of a call; without a ridge the Gram itself. Its copies of rows take at most a quarter of the budget.</summary>
internal sealed class SharedRidge(float ridge, long memoryBudget)
{
    private readonly Lock _lock = new();
    private GramRows<float>? _sum;

    /// <summary>G + ridge · I, made at the first call.</summary>
    public GramRows<float> Add(GramRows<float> gram)
    {
        if (ridge == 0)
        {
            return gram;
        }

        lock (_lock)
        {
            return _sum ??= new RidgedGram<float>(gram, ridge, memoryBudget / 4);
        }
    }
}

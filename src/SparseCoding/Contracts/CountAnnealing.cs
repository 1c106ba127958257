using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>A number of active atoms that falls at the start of training, linearly from <see cref="From"/> to the selection's own k (sparsify, dictionary_learning); whole numbers are rounded down.</summary>
public sealed record CountAnnealing
{
    /// <summary>Active atoms before the first step; at least k and at most the number of atoms.</summary>
    public required double From
    {
        get;
        init => field = Throw.InRange(value, double.Epsilon, int.MaxValue);
    }

    /// <summary>Steps until k is reached, at least 1.</summary>
    public required long Steps
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>The number at a step.</summary>
    /// <param name="step">Number of the step, from 1.</param>
    /// <param name="k">The number at the end.</param>
    public double At(long step, double k) => step >= Steps ? k : From + ((k - From) * step / Steps);

    internal void Validate(double k, int atomCount)
    {
        if (From < k || From > atomCount)
        {
            Throw.Argument($"Annealing starts with {From} active atoms; it must lie between k = {k} and the {atomCount} atoms.", "Annealing");
        }
    }
}

using SparseCoding.Diagnostics;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding;

/// <content>Codes solved for once more on their own support.</content>
public sealed partial class AtomDictionary
{
    /// <summary>
    /// The same supports with the coefficients of least squares, argmin ‖u − zD‖² over the active atoms of each row, u = (x − offset)/scale: takes the shrinkage out of
    /// Lasso and SAE codes. Solved in float64 for each signal on its own.
    /// </summary>
    /// <param name="signals">Signals, [samples, dimension], finite.</param>
    /// <param name="codes">Their codes, [samples, atoms]; only where they are not zero counts.</param>
    /// <param name="nonNegative">Whether coefficients must not be negative; an atom that would be becomes 0 and leaves the code.</param>
    /// <param name="context">Threads; null for defaults.</param>
    /// <param name="cancellationToken">Stops between rows.</param>
    /// <returns>Codes, [samples, atoms]. An active atom that depends linearly on those taken before it (by largest correlation with what is left) leaves the code.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, or a signal is not finite.</exception>
    /// <remarks>Cost: k² · dimension and k³ operations for a row of k active atoms.</remarks>
    public SparseCodes Refit(SignalView signals, SparseCodes codes, bool nonNegative = false, RunContext? context = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        signals.ThrowIfInvalid(nameof(signals), Dimension, "the dictionary", allowEmpty: true);
        if (codes.RowCount != signals.RowCount || codes.AtomCount != AtomCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}], but the signals and the dictionary ask for [{signals.RowCount}, {AtomCount}].", nameof(codes));
        }

        const int BlockRows = 1024, RowsPerTask = 16;
        var found = new (int[] Atoms, float[] Values)[codes.RowCount];
        var block = new float[Math.Min(BlockRows, codes.RowCount) * Dimension];
        for (int first = 0; first < codes.RowCount; first += BlockRows)
        {
            int start = first, count = Math.Min(BlockRows, codes.RowCount - first);
            Signals.Center(signals, first, count, this, block);
            ParallelBlocks.Run(ParallelBlocks.Count(count, RowsPerTask), (context ?? RunContext.Default).EffectiveThreads, task =>
            {
                cancellationToken.ThrowIfCancellationRequested();
                int end = Math.Min(count, (task + 1) * RowsPerTask), most = 0;
                for (int row = task * RowsPerTask; row < end; row++)
                {
                    most = Math.Max(most, codes[start + row].Count);
                }

                // One workspace for the longest row of the task; the others leave its last atoms zero, which are never selected.
                OmpCore<double>? core = most > 0 ? new OmpCore<double>(most, most) : null;
                for (int row = task * RowsPerTask; row < end; row++)
                {
                    found[start + row] = core is null ? ([], []) : RefitRow(core, block.AsSpan(row * Dimension, Dimension), codes[start + row].Atoms, nonNegative);
                }
            });
        }

        var builder = new SparseCodesBuilder(AtomCount, codes.RowCount);
        foreach ((int[] atoms, float[] values) in found)
        {
            builder.AddUnordered(atoms, values);
        }

        return builder.Build();
    }

    /// <summary>Least squares on a support is OMP on the dictionary of its atoms alone, run until nothing correlates: that passes dependent atoms over.</summary>
    private (int[] Atoms, float[] Values) RefitRow(OmpCore<double> core, ReadOnlySpan<float> signal, ReadOnlySpan<int> support, bool nonNegative)
    {
        int k = core.AtomCount;
        if (support.IsEmpty)
        {
            return ([], []);
        }

        var gram = new double[k * k];
        var correlations = new double[k];
        for (int i = 0; i < support.Length; i++)
        {
            ReadOnlySpan<float> atom = _atoms.AsSpan(support[i] * Dimension, Dimension);
            correlations[i] = Reduction.Dot(atom, signal);
            for (int j = 0; j <= i; j++)
            {
                gram[(i * k) + j] = gram[(j * k) + i] = Reduction.Dot(atom, _atoms.AsSpan(support[j] * Dimension, Dimension));
            }
        }

        core.Solve(new DenseGram<double>(gram, k), correlations, Signals.SquaredNorm(signal), new OmpParameters { MaxActive = k, NonNegative = nonNegative });
        var atoms = new int[core.Support.Length];
        var values = new float[atoms.Length];
        for (int i = 0; i < atoms.Length; i++)
        {
            (atoms[i], values[i]) = (support[core.Support[i]], (float)core.Coefficients[i]);
        }

        return (atoms, values);
    }
}

using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.DictionaryLearning;

/// <summary>
/// Replaces atoms that do no work. Which: those that no code has used for long enough, that fewer signals use than asked, and of each pair of the same direction
/// the one of less energy (the higher index where equal). By what: the signals with the largest errors, worst first and each once, but none whose direction another
/// new atom has taken; when no signal with an error is left, a random direction.
/// </summary>
internal static class AtomReplacer
{
    /// <summary>Finds the atoms to replace, in ascending order.</summary>
    /// <param name="options">The limits.</param>
    /// <param name="usage">What each atom did.</param>
    /// <param name="unusedAfter">Signals in a row without a user that make an atom unused.</param>
    /// <param name="norms">Norms of the moved atoms, [atoms].</param>
    /// <param name="gram">Gram of the atoms that the batch was coded with; null leaves duplicates alone.</param>
    public static List<(int Atom, ReplacementReason Reason)> Find(DictionaryLearningOptions options, AtomUsage usage, double unusedAfter, ReadOnlySpan<float> norms, GramRows<float>? gram)
    {
        int n = norms.Length;
        var reasons = new ReplacementReason?[n];
        for (int i = 0; i < n; i++)
        {
            reasons[i] = usage.Idle[i] >= unusedAfter || !(norms[i] > 0) ? ReplacementReason.Unused
                : usage.Weight > 0 && usage.Users[i] < options.MinUsage * usage.Weight ? ReplacementReason.RarelyUsed : null;
        }

        for (int i = 1; gram is not null && i < n; i++)
        {
            ReadOnlySpan<float> row = gram.Row(i)[..i];
            if (!(Math.Abs(row[TensorPrimitives.IndexOfMaxMagnitude(row)]) > options.MaxCoherence))
            {
                continue;
            }

            for (int j = 0; j < i && reasons[i] is null; j++)
            {
                if (reasons[j] is null && Math.Abs(row[j]) > options.MaxCoherence)
                {
                    reasons[usage.Energy[j] < usage.Energy[i] ? j : i] = ReplacementReason.Duplicate;
                }
            }
        }

        var found = new List<(int, ReplacementReason)>();
        for (int i = 0; i < n; i++)
        {
            if (reasons[i] is { } reason)
            {
                found.Add((i, reason));
            }
        }

        return found;
    }

    /// <summary>Writes new atoms.</summary>
    /// <param name="atoms">Atoms, [atoms, dimension]; the found ones are overwritten.</param>
    /// <param name="dimension">Dimension.</param>
    /// <param name="found">Which atoms.</param>
    /// <param name="signals">The batch, [rows, dimension].</param>
    /// <param name="errors">Squared error of each signal, [rows].</param>
    /// <param name="options">Sign and limit.</param>
    /// <param name="stream">Random directions.</param>
    public static void Replace(Span<float> atoms, int dimension, List<(int Atom, ReplacementReason Reason)> found, ReadOnlySpan<float> signals, double[] errors, DictionaryLearningOptions options, RandomStream stream)
    {
        int[] order = [.. Enumerable.Range(0, errors.Length)];
        Array.Sort(order, (a, b) => errors[a] != errors[b] ? errors[b].CompareTo(errors[a]) : a.CompareTo(b));
        int next = 0;
        for (int k = 0; k < found.Count; k++)
        {
            Span<float> atom = atoms.Slice(found[k].Atom * dimension, dimension);
            bool taken = true;
            while (taken && next < order.Length && errors[order[next]] > 0)
            {
                signals.Slice(order[next++] * dimension, dimension).CopyTo(atom);
                AtomStarts.Finish(atom, options.NonNegativeAtoms, stream);
                taken = false;
                for (int j = 0; j < k && !taken; j++)
                {
                    taken = Math.Abs(TensorPrimitives.Dot<float>(atom, atoms.Slice(found[j].Atom * dimension, dimension))) > Math.Min(options.MaxCoherence, 0.9999f);
                }
            }

            if (taken)
            {
                atom.Clear();
                AtomStarts.Finish(atom, options.NonNegativeAtoms, stream);
            }
        }
    }
}

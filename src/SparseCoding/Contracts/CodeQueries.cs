using SparseCoding.Contracts;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Questions about codes.</summary>
public static class CodeQueries
{
    /// <summary>Where does this latent fire most: the rows with its strongest values, descending; ties go to the lower row.</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="latent">The latent (atom).</param>
    /// <param name="count">The most rows to give, at least 1.</param>
    /// <param name="side">Sign of the values.</param>
    /// <returns>At most <paramref name="count"/> rows; fewer when the latent fires less often.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The latent does not exist.</exception>
    public static IReadOnlyList<LatentActivation> TopRows(this SparseCodes codes, int latent, int count, CodeSide side = CodeSide.Positive)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Throw.AtLeast(count, 1, nameof(count));
        Throw.Defined(side, nameof(side));
        if ((uint)latent >= (uint)codes.AtomCount)
        {
            Throw.OutOfRange(nameof(latent), latent, $"between 0 and {codes.AtomCount - 1}");
        }

        // The weakest kept value is on top; among equal values the higher row is dropped first.
        var kept = new PriorityQueue<LatentActivation, (float, int)>();
        for (int row = 0; row < codes.RowCount; row++)
        {
            float value = codes[row][latent], strength = TopRowTable.Strength(value, side);
            if (!(strength > 0))
            {
                continue;
            }

            if (kept.Count < count)
            {
                kept.Enqueue(new LatentActivation(row, value), (strength, -row));
            }
            else if (strength > TopRowTable.Strength(kept.Peek().Value, side))
            {
                kept.EnqueueDequeue(new LatentActivation(row, value), (strength, -row));
            }
        }

        var rows = new List<LatentActivation>(kept.Count);
        while (kept.TryDequeue(out LatentActivation activation, out _))
        {
            rows.Add(activation);
        }

        rows.Reverse();
        return rows;
    }

    /// <summary>Where does each latent fire most, in one pass over the codes.</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="count">The most rows of a latent, at least 1; the work takes 12 · atoms · count bytes.</param>
    /// <param name="side">Sign of the values.</param>
    /// <param name="cancellationToken">Stops between blocks of rows.</param>
    /// <returns>By latent: at most <paramref name="count"/> rows, the strongest first; ties go to the lower row.</returns>
    public static IReadOnlyList<IReadOnlyList<LatentActivation>> TopRowsOfEach(this SparseCodes codes, int count, CodeSide side = CodeSide.Positive, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Throw.AtLeast(count, 1, nameof(count));
        Throw.Defined(side, nameof(side));
        TopRowTable table = TopRowTable.Of(codes, count, side, cancellationToken: cancellationToken);
        return [.. Enumerable.Range(0, codes.AtomCount).Select(latent => table.Rows(latent, codes))];
    }
}

namespace SparseCoding;

/// <summary>A dictionary of training signals, with where each came from: two of one corpus can be compared without a shared basis.</summary>
public sealed record ItdaDictionary
{
    /// <summary>Atoms of norm 1, [atoms, dimension], in the order in which they were added.</summary>
    public required AtomDictionary Dictionary { get; init; }

    /// <summary>Row of each atom in its source, [atoms].</summary>
    public required IReadOnlyList<long> SampleIds { get; init; }

    /// <summary>Whether atoms were left out because the most were reached.</summary>
    public required bool IsFull { get; init; }

    /// <summary>Signals that were seen, and the time.</summary>
    public required TrainingRecord Record { get; init; }

    /// <summary>Steps of matching pursuit.</summary>
    public required int MaxActive { get; init; }

    /// <summary>The coder: signed matching pursuit with as many steps as in learning.</summary>
    public ItoEncoder CreateEncoder() => new(Dictionary, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = Math.Min(MaxActive, Dictionary.AtomCount), Iterations = MaxActive, NonNegative = false });

    /// <summary>Jaccard similarity |A ∩ B|/|A ∪ B| of the rows that two dictionaries of the same corpus chose; 1 for two that chose the same.</summary>
    /// <param name="first">One dictionary.</param>
    /// <param name="second">The other one, learned from the same rows (of another model or layer).</param>
    public static double Jaccard(ItdaDictionary first, ItdaDictionary second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        var ids = new HashSet<long>(first.SampleIds);
        int shared = second.SampleIds.Count(ids.Contains);
        return (double)shared / (first.SampleIds.Count + second.SampleIds.Count - shared);
    }
}

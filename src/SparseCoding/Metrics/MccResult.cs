namespace SparseCoding;

/// <summary>Mean correlation coefficient with its matching and its chance level. Immutable and thread-safe.</summary>
public sealed class MccResult
{
    private readonly Lazy<(double Exact, double Greedy)> _chance;

    internal MccResult(double value, double greedy, IReadOnlyList<MatchedPair> matching, int[] nearest, Func<(double Exact, double Greedy)> chance)
    {
        Value = value;
        Greedy = greedy;
        Matching = matching;
        Nearest = nearest;
        _chance = new Lazy<(double, double)>(chance);
    }

    /// <summary>Mean |r| over the min(sources, atoms) pairs of the exact (Hungarian) matching, 0 to 1.</summary>
    public double Value { get; }

    /// <summary>The same for the greedy matching (greatest |r| first), never above <see cref="Value"/>: the paper's form for dictionaries and for unequal widths.</summary>
    public double Greedy { get; }

    /// <summary>The exact matching, by true source; sources without a partner are left out.</summary>
    public IReadOnlyList<MatchedPair> Matching { get; }

    /// <summary>The most similar source of each found atom, [atoms]; several may share one.</summary>
    internal int[] Nearest { get; }

    /// <summary>
    /// What <see cref="Value"/> would be by chance: for codes, with the rows of the found codes permuted; for dictionaries, with random
    /// Gaussian atoms of the same shape. With a fixed seed; the mean of 5 draws, of 1 where there are more than 2²⁰ pairs. Computed on first use.
    /// </summary>
    public double Chance => _chance.Value.Exact;

    /// <summary>What <see cref="Greedy"/> would be by chance; computed with <see cref="Chance"/>.</summary>
    public double GreedyChance => _chance.Value.Greedy;

    /// <summary><see cref="Value"/> less <see cref="Chance"/>.</summary>
    public double Gain => Value - Chance;

    /// <summary>"0.691 (16 pairs)".</summary>
    public override string ToString() => FormattableString.Invariant($"{Value:0.000} ({Matching.Count} pairs)");
}

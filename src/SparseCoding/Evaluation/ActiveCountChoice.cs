namespace SparseCoding;

/// <summary>A selected number of active atoms with everything it was compared with.</summary>
public sealed class ActiveCountChoice
{
    private readonly double[] _scores;

    internal ActiveCountChoice(string criterion, int maxActive, double[] scores)
    {
        Criterion = criterion;
        MaxActive = maxActive;
        _scores = scores;
    }

    /// <summary>Active atoms, for the options of an encoder.</summary>
    public int MaxActive { get; }

    /// <summary>What <see cref="Scores"/> holds: "AIC", "BIC" or "cross-validated squared error".</summary>
    public string Criterion { get; }

    /// <summary>The criterion for 1, 2, ... active atoms, [mostActive]; smaller is better, and of equal ones the smaller number is taken.</summary>
    public ReadOnlySpan<double> Scores => _scores;

    /// <summary>"at most 3 active by BIC".</summary>
    public override string ToString() => $"at most {MaxActive} active by {Criterion}";
}

namespace SparseCoding.Tests;

/// <summary>
/// Which choices refuse each other, asked of the options themselves, and the combinations that are tried: every selection with every penalty and every
/// decoder, and the other axes so that every two choices that go together meet in at least one combination.
/// </summary>
internal static class SaeProduct
{
    private static readonly Lazy<Dictionary<(SaeChoice, SaeChoice), string>> s_refused = new(FindRefused);

    /// <summary>Pairs that are refused with everything else harmless, in the order of the choices, and what the refusal says.</summary>
    public static IReadOnlyDictionary<(SaeChoice First, SaeChoice Second), string> Refused => s_refused.Value;

    /// <summary>Three that are refused although any two of them go together: a crosscoder has a factor for each view then, so that its units are not those of the signals.</summary>
    public static readonly SaeChoice[][] RefusedOfThree =
    [
        [Named("`CrosscoderDecoderOptions`"), Named("`Normalization = MeanNorm`"), Named("`OffsetStart = GeometricMedian`")],
    ];

    /// <summary>Whether a combination has such three.</summary>
    public static bool IsRefusedOfThree(IReadOnlyList<SaeChoice> combination) => RefusedOfThree.Any(three => three.All(combination.Contains));

    /// <summary>The refused pairs of a combination.</summary>
    public static IEnumerable<(SaeChoice First, SaeChoice Second)> RefusedIn(IReadOnlyList<SaeChoice> combination) =>
        from i in Enumerable.Range(0, combination.Count)
        from j in Enumerable.Range(i + 1, combination.Count - i - 1)
        where Refused.ContainsKey((combination[i], combination[j]))
        select (combination[i], combination[j]);

    /// <summary>Every value of the first axes, each with one value of every other axis: such that goes with all, and that meets the most choices which it has not met yet.</summary>
    public static List<SaeChoice[]> Covering(params SaeAxis[] first)
    {
        var combinations = new List<SaeChoice[]>();
        HashSet<(SaeChoice, SaeChoice)> open = [.. Pairs().Where(pair => !Refused.ContainsKey(pair))];
        foreach (SaeChoice[] start in Cross(first))
        {
            combinations.Add(RefusedIn(start).Any() ? SaeChoice.Plain.Select(plain => start.FirstOrDefault(choice => choice.Axis == plain.Axis) ?? plain).ToArray() : Complete(start, open));
        }

        while (open.Count > 0)
        {
            (SaeChoice a, SaeChoice b) = open.First();
            combinations.Add(Complete([a, b], open));
        }

        return combinations;
    }

    /// <summary>Every two choices of different axes.</summary>
    public static IEnumerable<(SaeChoice First, SaeChoice Second)> Pairs() =>
        from a in SaeChoice.All
        from b in SaeChoice.All
        where a.Axis < b.Axis
        select (a, b);

    private static SaeChoice Named(string name) => SaeChoice.All.Single(choice => choice.Name == name);

    private static IEnumerable<SaeChoice[]> Cross(SaeAxis[] axes) =>
        axes.Aggregate((IEnumerable<SaeChoice[]>)[[]], (rows, axis) => rows.SelectMany(row => SaeChoice.Of(axis).Select(choice => (SaeChoice[])[.. row, choice])));

    private static SaeChoice[] Complete(SaeChoice[] start, HashSet<(SaeChoice, SaeChoice)> open)
    {
        var chosen = new List<SaeChoice>(start);
        foreach (SaeChoice plain in SaeChoice.Plain.Where(plain => !start.Any(choice => choice.Axis == plain.Axis)))
        {
            chosen.Add(SaeChoice.Of(plain.Axis)
                .Where(choice => !chosen.Any(other => Refused.ContainsKey(Ordered(choice, other))) && !IsRefusedOfThree([.. chosen, choice]))
                .MaxBy(choice => chosen.Count(other => open.Contains(Ordered(choice, other))))!);
        }

        SaeChoice[] combination = [.. chosen.OrderBy(choice => choice.Axis)];
        open.ExceptWith(from a in combination from b in combination where a.Axis < b.Axis select (a, b));
        return combination;
    }

    private static (SaeChoice, SaeChoice) Ordered(SaeChoice a, SaeChoice b) => a.Axis < b.Axis ? (a, b) : (b, a);

    private static Dictionary<(SaeChoice, SaeChoice), string> FindRefused()
    {
        var refused = new Dictionary<(SaeChoice, SaeChoice), string>();
        foreach ((SaeChoice a, SaeChoice b) in Pairs())
        {
            if (SaeTrial.Refusal(SaeChoice.Recipe(a, b)) is { } message)
            {
                refused[(a, b)] = message;
            }
        }

        return refused;
    }
}

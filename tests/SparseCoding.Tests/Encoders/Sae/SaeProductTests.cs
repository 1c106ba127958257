using System.Text;

namespace SparseCoding.Tests;

/// <summary>
/// Selection x penalty x decoder x remedy, with normalisations, biases, starts, optimisers and forms of Fit: each combination trains, survives its file and a stop
/// in the middle to the bit, or is refused by name; docs/concepts/sae-combinations.md says which.
/// </summary>
[TestFixture]
internal sealed class SaeProductTests
{
    private static string Text => File.ReadAllText(RepositoryRoot.Combine("docs", "concepts", "sae-combinations.md")).ReplaceLineEndings("\n");

    public static IEnumerable<SaeChoice> Selections => SaeChoice.Of(SaeAxis.Selection);

    [Test]
    public void Choices_Alone_AreNotRefused()
    {
        foreach (SaeChoice choice in SaeChoice.All)
        {
            Assert.That(SaeTrial.Refusal(SaeChoice.Recipe(choice)), Is.Null, choice.ToString());
        }
    }

    [Test]
    public void Refusals_OfTwo_NameBoth() => Assert.Multiple(() =>
    {
        foreach (((SaeChoice a, SaeChoice b), string message) in SaeProduct.Refused)
        {
            Assert.That(a.IsNamedIn(message) && b.IsNamedIn(message), Is.True, $"{a} with {b}: {message}");
        }
    });

    /// <summary>Three that refuse each other although any two go together.</summary>
    [Test]
    public void Refusals_OfThree_NameAll() => Assert.Multiple(() =>
    {
        foreach (SaeChoice[] three in SaeProduct.RefusedOfThree)
        {
            string? message = SaeTrial.Refusal(SaeChoice.Recipe(three));
            Assert.That(message is not null && three.All(choice => choice.IsNamedIn(message)), Is.True, $"{string.Join(" with ", three.AsEnumerable())}: {message}");
        }
    });

    /// <summary>Every three choices: no refusal that the text does not know. Minutes: run by hand.</summary>
    [Test]
    [Explicit("every three choices take minutes")]
    public void Refusals_OfThree_AreThoseThatAreKnown()
    {
        string[] unknown =
        [
            .. from pair in SaeProduct.Pairs()
               where !SaeProduct.Refused.ContainsKey(pair)
               from third in SaeChoice.All
               where third.Axis > pair.Second.Axis && !SaeProduct.RefusedIn([pair.First, pair.Second, third]).Any() && !SaeProduct.IsRefusedOfThree([pair.First, pair.Second, third])
               let message = SaeTrial.Refusal(SaeChoice.Recipe(pair.First, pair.Second, third))
               where message is not null
               select $"{pair.First}, {pair.Second}, {third}: {message}",
        ];
        Assert.That(unknown, Is.Empty);
    }

    [Test]
    public void Refusals_InTheText_AreThoseOfTheOptions()
    {
        string text = Text, start = "<!-- refusals -->\n", end = "<!-- /refusals -->";
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length, to = text.IndexOf(end, StringComparison.Ordinal);
        string expected = Table();
        if (text[from..to] != expected)
        {
            TestContext.Out.WriteLine(expected);
        }

        Assert.That(text[from..to], Is.EqualTo(expected));
    }

    /// <summary>Every selection x penalty x decoder, with the other axes as a covering of all pairs.</summary>
    [TestCaseSource(nameof(Selections))]
    public void Fit_EveryPenaltyAndDecoder_TrainsSurvivesAndResumesOrIsRefused(SaeChoice selection)
    {
        List<SaeChoice[]> covering = s_covering.Value;
        Try([.. covering.Where(combination => combination.Contains(selection))]);
    }

    [Test]
    public void Covering_MeetsEveryPairThatGoesTogether()
    {
        HashSet<(SaeChoice, SaeChoice)> open = [.. SaeProduct.Pairs().Where(pair => !SaeProduct.Refused.ContainsKey(pair))];
        foreach (SaeChoice[] combination in s_covering.Value.Where(combination => !SaeProduct.RefusedIn(combination).Any()))
        {
            open.ExceptWith(from a in combination from b in combination where a.Axis < b.Axis select (a, b));
        }

        Assert.That(open, Is.Empty);
        int trained = s_covering.Value.Count(combination => !SaeProduct.RefusedIn(combination).Any());
        TestContext.Out.WriteLine($"{s_covering.Value.Count} combinations, {trained} of them trained; {SaeProduct.Refused.Count} of {SaeProduct.Pairs().Count()} pairs are refused");
    }

    /// <summary>The whole product of the first four axes, the others as a covering. Minutes: run by hand.</summary>
    [Test]
    [Explicit("the whole product takes minutes")]
    public void Fit_TheWholeProduct_TrainsSurvivesAndResumesOrIsRefused() =>
        Try(SaeProduct.Covering(SaeAxis.Selection, SaeAxis.Penalty, SaeAxis.Decoder, SaeAxis.Remedy));

    private static readonly Lazy<List<SaeChoice[]>> s_covering = new(() => SaeProduct.Covering(SaeAxis.Selection, SaeAxis.Penalty, SaeAxis.Decoder));

    private static void Try(IReadOnlyList<SaeChoice[]> combinations)
    {
        var failures = new List<string>();
        int trained = 0;
        using var folder = new TemporaryFolder();
        foreach ((int i, SaeChoice[] combination) in combinations.Index())
        {
            SaeRecipe recipe = SaeChoice.Recipe(combination);
            (SaeChoice First, SaeChoice Second)[] refused = [.. SaeProduct.RefusedIn(combination)];
            try
            {
                if (refused.Length == 0)
                {
                    SaeTrial.Run(recipe, 5 + (7 * i % 14), folder);
                    trained++;
                }
                else if (SaeTrial.Refusal(recipe) is not { } message || !refused.Any(pair => pair.First.IsNamedIn(message) && pair.Second.IsNamedIn(message)))
                {
                    failures.Add($"{Name(combination)}: refused because of none of {string.Join("; ", refused)}: {SaeTrial.Refusal(recipe)}");
                }
            }
            catch (Exception exception)
            {
                failures.Add($"{Name(combination)}: {exception.GetType().Name} {exception.Message}\n{exception.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("SparseCoding.Encoders", StringComparison.Ordinal))}");
            }
        }

        TestContext.Out.WriteLine($"{combinations.Count} combinations: {trained} trained, {combinations.Count - trained - failures.Count} refused, {failures.Count} failed");
        Assert.That(failures, Is.Empty, string.Join("\n", failures.Take(40)));
    }

    private static string Name(SaeChoice[] combination) => string.Join(", ", combination.Except(SaeChoice.Plain).Select(choice => choice.ToString()));

    private static string Table()
    {
        // Choices of one axis that refuse the same share a row.
        var text = new StringBuilder("| Option | Refused with |\n|---|---|\n");
        foreach (IGrouping<(SaeAxis, string Others), SaeChoice> row in SaeChoice.All.GroupBy(choice => (choice.Axis, Others(choice))))
        {
            if (row.Key.Others.Length > 0)
            {
                text.Append("| ").AppendJoin(", ", row.Select(choice => choice.Name)).Append(" | ").Append(row.Key.Others).Append(" |\n");
            }
        }

        foreach (SaeChoice[] three in SaeProduct.RefusedOfThree)
        {
            text.Append("| ").Append(three[0].Name).Append(" | ").AppendJoin(" together with ", three[1..].Select(choice => choice.Name)).Append(" |\n");
        }

        return text.ToString();
    }

    private static string Others(SaeChoice choice) =>
        string.Join("; ", Enum.GetValues<SaeAxis>().Where(axis => axis != choice.Axis).Select(axis => Others(choice, axis)).Where(list => list.Length > 0));

    /// <summary>Which of an axis it refuses; the short side where that is "all but".</summary>
    private static string Others(SaeChoice choice, SaeAxis axis)
    {
        ILookup<bool, string> names = SaeChoice.Of(axis).ToLookup(other => SaeProduct.Refused.ContainsKey(choice.Axis < axis ? (choice, other) : (other, choice)), other => other.Name);
        return names[false].Count() < names[true].Count() / 2 ? "all but " + string.Join(", ", names[false]) : string.Join(", ", names[true]);
    }
}

using System.Text;
using System.Text.Json.Serialization;

namespace SparseCoding.Tests;

/// <summary>docs/concepts/sae-parts.md says what is there: every selection and penalty has its row, and the table of refusals is what the options answer.</summary>
[TestFixture]
internal sealed class SaePartsDocTests
{
    private const int Atoms = 8;

    private static readonly Selection[] s_selections =
    [
        Selection.Relu, Selection.TopK(2), Selection.AbsTopK(2), Selection.BatchTopK(2), Selection.FeatureChoice(2), Selection.GroupMax(2), Selection.JumpRelu, Selection.ProLu, Selection.Gated,
        Selection.SignedSoft(0.1f), Selection.SignedHard(0.1f), new GradientTopKSelection(2), Selection.TopAfa, Selection.MatchingPursuit(2), Selection.OrthogonalPursuit(2), new VariationalTopKSelection(2),
    ];

    private static readonly SparsityPenalty[] s_penalties = [new L1Penalty { Weight = 1 }, new L0Penalty { Weight = 1 }, new LpPenalty { Weight = 1 }, new TanhPenalty { Weight = 1 }, new LogPenalty { Weight = 1 }];

    private static string Text => File.ReadAllText(RepositoryRoot.Combine("docs", "concepts", "sae-parts.md"));

    [Test]
    public void Samples_AreEveryPart()
    {
        Assert.That(s_selections.Select(part => part.GetType()), Is.EquivalentTo(Derived(typeof(Selection))));
        Assert.That(s_penalties.Select(part => part.GetType()), Is.EquivalentTo(Derived(typeof(SparsityPenalty))));
    }

    [Test]
    public void Tables_HaveARowForEveryPart()
    {
        foreach (Type part in Derived(typeof(Selection)).Concat(Derived(typeof(SparsityPenalty))))
        {
            Assert.That(Text, Does.Contain($"| `{part.Name}` |"));
        }
    }

    [Test]
    public void Refusals_InTheText_AreThoseOfTheOptions()
    {
        string text = Text.ReplaceLineEndings("\n"), start = "<!-- refusals -->\n", end = "<!-- /refusals -->";
        int from = text.IndexOf(start, StringComparison.Ordinal) + start.Length, to = text.IndexOf(end, StringComparison.Ordinal);
        string expected = Table();
        if (text[from..to] != expected)
        {
            TestContext.Out.WriteLine(expected);
        }

        Assert.That(text[from..to], Is.EqualTo(expected));
    }

    private static string Table()
    {
        var text = new StringBuilder("| Option | Refused with |\n|---|---|\n");
        foreach (SparsityPenalty penalty in s_penalties)
        {
            Row(text, $"`{penalty.GetType().Name}`", plain => plain with { Penalty = penalty });
        }

        Row(text, "`Bias = false`", plain => plain with { Bias = false });
        Row(text, "atoms of free norm", plain => plain with { Decoder = new LinearDecoderOptions { UnitNorm = false } });
        Row(text, "`MatryoshkaDecoderOptions`", plain => plain with { Decoder = new MatryoshkaDecoderOptions { Prefixes = [3] } });
        Row(text, "`AuxKRemedy`", plain => plain with { Remedies = [new AuxKRemedy()] });
        var signals = new float[6, 3];
        signals[0, 0] = 1;
        var dictionary = new AtomDictionary(TestMatrices.Dictionary<float>(Atoms, 3, 1), 3);
        SparseCodes codes = SparseCodes.FromDense(new float[6, Atoms]);
        var training = new TrainingOptions { Steps = 1 };
        Row(text, "`Fit` on a known dictionary", plain => plain, options => new SaeEncoder(options, training).Fit(signals, dictionary));
        Row(text, "`Fit` on known codes", plain => plain, options => new SaeEncoder(options, training).Fit(signals, codes));
        return text.ToString();
    }

    private static void Row(StringBuilder text, string option, Func<SaeOptions, SaeOptions> change, Action<SaeOptions>? use = null)
    {
        string[] refused = [.. s_selections.Where(selection => Refuses(change(new SaeOptions { AtomCount = Atoms, Selection = selection }), use)).Select(selection => $"`{selection.GetType().Name}`")];
        string[] taken = [.. s_selections.Select(selection => $"`{selection.GetType().Name}`").Except(refused)];
        text.Append("| ").Append(option).Append(" | ").Append(refused.Length == 0 ? "none" : taken.Length < refused.Length ? "all but " + string.Join(", ", taken) : string.Join(", ", refused)).Append(" |\n");
    }

    private static bool Refuses(SaeOptions options, Action<SaeOptions>? use)
    {
        try
        {
            _ = new SaeEncoder(options);
            use?.Invoke(options);
            return false;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            // The message names the selection, so that a user knows which part to change.
            Assert.That(exception.Message, Does.Contain("elec").Or.Contains(options.Selection.ToString()), exception.Message);
            return true;
        }
        catch (InvalidOperationException) when (options.Selection is GradientTopKSelection)
        {
            return false; // it asks for gradients, which these data lack: a fault of the data, said in the text
        }
    }

    private static Type[] Derived(Type type) => [.. type.GetCustomAttributes(typeof(JsonDerivedTypeAttribute), false).Select(attribute => ((JsonDerivedTypeAttribute)attribute).DerivedType)];
}

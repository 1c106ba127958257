using SparseCoding.Samples.ReproducePaper;

namespace SparseCoding.Tests.Samples;

/// <summary>The reproduction's verdicts, and that every figure can be drawn from whatever rows there are.</summary>
public sealed class ClaimTests
{
    [Test]
    public void Number_AgreesWithinToleranceSpreadOrInterval_ElseSaysWhichWay() => Assert.Multiple(() =>
    {
        Assert.That(Claim.Number("s", "t", 0.60, 0, [0.62]).Verdict, Is.EqualTo(Verdict.Agrees), "tolerance");
        Assert.That(Claim.Number("s", "t", 0.60, 0, [0.64]).Verdict, Is.EqualTo(Verdict.Higher));
        Assert.That(Claim.Number("s", "t", 0.60, 0.03, [0.65]).Verdict, Is.EqualTo(Verdict.Agrees), "twice the spread");
        Assert.That(Claim.Number("s", "t", 0.60, 0, [0.5, 0.7, 0.72]).Verdict, Is.EqualTo(Verdict.Agrees), "interval");
        Assert.That(Claim.Number("s", "t", 0.60, 0, [0.50, 0.51, 0.52]).Verdict, Is.EqualTo(Verdict.Lower));
        Assert.That(Claim.Number("s", "t", 0.60, 0, []).Verdict, Is.EqualTo(Verdict.NotRun));
    });

    [Test]
    public void Factor_IsSymmetricOverDecades() => Assert.Multiple(() =>
    {
        Assert.That(Claim.Factor("s", "t", 1e10, [1.2e10]).Verdict, Is.EqualTo(Verdict.Agrees));
        Assert.That(Claim.Factor("s", "t", 1e10, [1e10 / 1.2]).Verdict, Is.EqualTo(Verdict.Agrees));
        Assert.That(Claim.Factor("s", "t", 1e10, [2e10]).Verdict, Is.EqualTo(Verdict.Higher));
        Assert.That(Claim.Factor("s", "t", 1e10, [5e9]).Verdict, Is.EqualTo(Verdict.Lower));
    });

    [Test]
    public void Statement_HoldsOnlyWithItsInterval() => Assert.Multiple(() =>
    {
        Assert.That(Claim.AtLeast("s", "t", "p", [0.3, 0.31, 0.29], 0.25).Verdict, Is.EqualTo(Verdict.Holds));
        Assert.That(Claim.AtLeast("s", "t", "p", [0.3], 0.25).Verdict, Is.EqualTo(Verdict.HoldsOnAverage), "one run");
        Assert.That(Claim.AtLeast("s", "t", "p", [0.1, 0.6], 0.25).Verdict, Is.EqualTo(Verdict.HoldsOnAverage));
        Assert.That(Claim.AtLeast("s", "t", "p", [0.2, 0.21, 0.2], 0.25).Verdict, Is.EqualTo(Verdict.Fails));
        Assert.That(Claim.AtMost("s", "t", "p", [0.1, 0.11, 0.1], 0.25).Verdict, Is.EqualTo(Verdict.Holds));
        Assert.That(Claim.AtMost("s", "t", "p", [], 0.25).Verdict, Is.EqualTo(Verdict.NotRun));
        Claim paired = Claim.Difference("s", "t", "p", ([0.7, 0.8, 0.9], [0.5, 0.6, 0.7]));
        Assert.That(paired.Verdict, Is.EqualTo(Verdict.Holds));
        Assert.That(paired.Note, Does.Contain("sign-flip p 0.250 of 3 runs"));
    });

    [Test]
    public void Pairs_DifferentSeeds_AreMatchedBySeed()
    {
        var results = new Results([RowOf("a", 0, 0.1), RowOf("a", 2, 0.3), RowOf("b", 2, 0.25), RowOf("b", 1, 0.9)]);
        (double[] first, double[] second) = results.Pairs("4", "s", "a", "b", "x");
        Assert.That((first, second), Is.EqualTo((new[] { 0.3 }, new[] { 0.25 })));
    }

    [Test]
    public void Crossing_BetweenTwoPoints_IsLinear()
    {
        (long Step, double Value)[] points = [(0, 0.2), (100, 0.4), (200, 0.8)];
        CurvePoint[] curve = [.. points.Select(p => new CurvePoint(p.Step, new Dictionary<string, double> { ["y"] = p.Value, ["flops"] = 10 * p.Step }))];
        Assert.Multiple(() =>
        {
            Assert.That(Curves.Crossing(curve, "y", 0.6, null), Is.EqualTo(150).Within(1e-9));
            Assert.That(Curves.Crossing(curve, "y", 0.6, "flops"), Is.EqualTo(1500).Within(1e-9));
            Assert.That(Curves.Crossing(curve, "y", 0.9, null), Is.NaN);
        });
    }

    [Test]
    public void EveryFigure_HasDistinctCellsAndDrawsWithoutRows()
    {
        var nothing = new Results([]);
        foreach (Figure figure in AllFigures.List)
        {
            foreach (Scale scale in Scale.All)
            {
                Cell[] cells = [.. figure.Cells(scale, 2)];
                Assert.That(cells.Select(c => c.Key), Is.Unique, $"figure {figure.Id}, {scale.Name}");
                Assert.That(cells, Is.Not.Empty);
                Assert.That(cells.All(c => c.Figure == figure.Id && c.Work > 0 && c.Recipe.Length > 0), Is.True, $"figure {figure.Id}, {scale.Name}");
            }

            Assert.That(() => figure.Draw(new Section(figure.Id), nothing), Throws.Nothing, figure.Id);
            Assert.That(figure.Claims(nothing).Select(c => c.Verdict), Is.All.EqualTo(Verdict.NotRun), figure.Id);
        }

        Assert.That(Acceptance.Of(nothing).Select(item => item.Direction), Is.All.Null);
    }

    [Test]
    public void DirectTopK_Published_TouchesOnlyWhatItKeeps()
    {
        var dictionary = new AtomDictionary(SignalView.FromRows([1, 0, 0, 1, -1, 0, 0, -1], 2));
        (SparseCodes codes, double mse) = new DirectTopK { K = 1, Rate = 0.1, Iterations = 2000, KeepBest = true }.Encode([3, 0], dictionary);
        Assert.That(codes[0].Atoms.ToArray(), Is.EqualTo((int[])[0]), "a tie goes to the lower index, which is right here");
        Assert.That(mse, Is.LessThan(1e-3));

        // From a tie the first atom is taken, and the gradient never reaches the atom that would do: the defect of the published form.
        (SparseCodes stuck, double error) = new DirectTopK { K = 1, Rate = 0.1, Iterations = 2000, KeepBest = true }.Encode([0, 3], dictionary);
        Assert.That(error, Is.GreaterThan(4));
        Assert.That(stuck[0].Atoms.ToArray(), Does.Not.Contain(1));
        Assert.That(new DirectTopK { K = 1, Rate = 0.1, Iterations = 2000, KeepBest = true, FromCorrelations = true }.Encode([0, 3], dictionary).Mse, Is.LessThan(1e-3));
    }

    private static Row RowOf(string method, int seed, double value) => new() { Figure = "4", Setting = "s", Method = method, Seed = seed, Recipe = "r", Values = new Dictionary<string, double> { ["x"] = value } };
}

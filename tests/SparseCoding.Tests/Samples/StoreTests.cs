using SparseCoding.Samples.ReproducePaper;

namespace SparseCoding.Tests.Samples;

/// <summary>The reproduction's state: a run killed anywhere goes on, and never with other settings.</summary>
public sealed class StoreTests
{
    [Test]
    public void Open_AfterAnyCut_KeepsTheWholeLinesAndGoesOn()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, Store.FileName);
        using (Store store = Store.Open(folder.Path, "quick", "here"))
        {
            store.Add(RowOf(0));
            store.Add(RowOf(1));
        }

        byte[] bytes = File.ReadAllBytes(path);
        int[] ends = [.. bytes.Select((b, i) => (b, i)).Where(p => p.b == (byte)'\n').Select(p => p.i)];
        Assert.That(ends, Has.Length.EqualTo(3));

        // Every seventh byte, and all around the ends of lines.
        foreach (int cut in Enumerable.Range(0, bytes.Length + 1).Where(c => c % 7 == 0 || ends.Any(e => Math.Abs(e - c) < 3)))
        {
            File.WriteAllBytes(path, bytes[..cut]);
            using (Store store = Store.Open(folder.Path, "quick", "here"))
            {
                int whole = ends.Count(end => end < cut);
                Assert.That(store.Rows, Has.Count.EqualTo(Math.Max(0, whole - 1)), $"cut at {cut}");
                store.Add(RowOf(7));
            }

            using Store again = Store.Open(folder.Path, "quick", "here");
            Assert.That(again.Rows[^1].Seed, Is.EqualTo(7), $"cut at {cut}");
        }
    }

    [Test]
    public void Open_Reopened_GivesBackEveryNumber()
    {
        using var folder = new TemporaryFolder();
        Row row = RowOf(3) with { Curve = [new CurvePoint(5, new Dictionary<string, double> { ["a"] = double.NaN })], Map = [[1.5f, float.Epsilon]] };
        using (Store store = Store.Open(folder.Path, "quick", "here"))
        {
            store.Add(row);
        }

        using Store again = Store.Open(folder.Path, "quick", "here");
        Row found = again.Rows.Single();
        Assert.Multiple(() =>
        {
            Assert.That(found.Values, Is.EqualTo(row.Values));
            Assert.That(found.Curve[0].Step, Is.EqualTo(5));
            Assert.That(found.Curve[0].Values["a"], Is.NaN);
            Assert.That(found.Map, Is.EqualTo(row.Map));
            Assert.That(again.Has(CellOf(3)), Is.True);
            Assert.That(again.Has(CellOf(4)), Is.False);
        });
    }

    [Test]
    public void Open_OtherSettings_IsRefusedAndChangesNothing()
    {
        using var folder = new TemporaryFolder();
        using (Store store = Store.Open(folder.Path, "quick", "here"))
        {
            store.Add(RowOf(0));
        }

        string path = Path.Combine(folder.Path, Store.FileName);
        File.AppendAllText(path, "{\"torn");
        byte[] before = File.ReadAllBytes(path);
        Assert.Multiple(() =>
        {
            Assert.That(() => Store.Open(folder.Path, "paper", "here"), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("scale quick").And.Message.Contains("scale paper"));
            Assert.That(() => Store.Open(folder.Path, "quick", "elsewhere"), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("elsewhere"));
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(before));
        });
        using Store same = Store.Open(folder.Path, "quick", "here");
        Assert.That(() => same.Has(CellOf(0) with { Recipe = "more steps" }), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("more steps"));
        Assert.That(() => Store.Open(folder.Path, "quick", "here"), Throws.InstanceOf<IOException>(), "two processes");
    }

    [Test]
    public void Open_DamagedLine_IsNamed()
    {
        using var folder = new TemporaryFolder();
        Store.Open(folder.Path, "quick", "here").Dispose();
        File.AppendAllText(Path.Combine(folder.Path, Store.FileName), "{\"Figure\":3}\n");
        Assert.That(() => Store.Open(folder.Path, "quick", "here"), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("line 2"));
    }

    [TestCase(1)]
    [TestCase(3)]
    public void Run_CancelledThenAgain_DoesEachCellOnce(int threads)
    {
        using var folder = new TemporaryFolder();
        var done = new System.Collections.Concurrent.ConcurrentBag<int>();
        using var stop = new CancellationTokenSource();
        Cell[] cells = [.. Enumerable.Range(0, 20).Select(i => CellOf(i) with { Measure = token =>
        {
            token.ThrowIfCancellationRequested();
            done.Add(i);
            if (done.Count == 7)
            {
                stop.Cancel();
            }

            return new Outcome { Values = new Dictionary<string, double> { ["x"] = i } };
        } })];
        using (Store store = Store.Open(folder.Path, "quick", "here"))
        {
            Assert.That(() => new Runner(store, threads, _ => { }).Run(cells, stop.Token), Throws.InstanceOf<OperationCanceledException>());
            Assert.That(store.Rows, Has.Count.InRange(7, 7 + threads));
        }

        using Store again = Store.Open(folder.Path, "quick", "here");
        new Runner(again, threads, _ => { }).Run(cells, CancellationToken.None);
        Assert.That(done.Order(), Is.EqualTo(Enumerable.Range(0, 20)));
        Assert.That(again.Rows.Select(r => r.Values["x"]), Is.EquivalentTo(Enumerable.Range(0, 20)));
    }

    [Test]
    public void Run_CellThatFails_IsNamedAndTheOthersStay()
    {
        using var folder = new TemporaryFolder();
        using Store store = Store.Open(folder.Path, "quick", "here");
        Cell bad = CellOf(1) with { Work = 0.5, Measure = _ => throw new FormatException("no") };
        Assert.That(() => new Runner(store, 1, _ => { }).Run([CellOf(0), bad, CellOf(2)], CancellationToken.None), Throws.InvalidOperationException.With.Message.Contains("run 1").And.InnerException.InstanceOf<FormatException>());
        Assert.That(store.Rows, Has.Count.EqualTo(2), "the two before it in the order of work");
        Assert.That(() => new Runner(store, 1, _ => { }).Run([bad, bad], CancellationToken.None), Throws.InvalidOperationException.With.Message.Contains("Two cells"));
    }

    private static Cell CellOf(int seed) => new()
    {
        Figure = "4", Setting = "s", Method = "m", Seed = seed, Recipe = "steps", Work = 1,
        Measure = _ => new Outcome { Values = new Dictionary<string, double> { [Measures.Latent] = 0.1 * seed } },
    };

    private static Row RowOf(int seed) => Row.Of(CellOf(seed), new Outcome { Values = new Dictionary<string, double> { [Measures.Latent] = 0.1 * seed, ["huge"] = 2.07e12 } }, 1);
}

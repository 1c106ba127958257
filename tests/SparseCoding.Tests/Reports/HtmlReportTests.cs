namespace SparseCoding.Tests;

[TestFixture]
internal sealed class HtmlReportTests
{
    [Test]
    public void ToHtml_HostileText_CannotChangeThePage()
    {
        var table = new ReportTable("<b>title</b>", "<i>column</i>", "value");
        table.Add("<script>alert(1)</script>", 0.5);
        string html = new HtmlReport("<script>t</script>").AddHeading("<h1>").AddText("a & b").AddPreformatted("</pre><script>").AddTable(table).ToHtml();
        Assert.Multiple(() =>
        {
            Assert.That(html, Does.Not.Contain("<script").And.Not.Contain("<b>").And.Not.Contain("<i>"));
            Assert.That(html, Does.Contain("&lt;script&gt;alert(1)&lt;/script&gt;").And.Contain("<td>0.5</td>").And.Contain("a &amp; b"));
            Assert.That(html, Does.Not.Contain("href=").And.Not.Contain("src="), "the page needs nothing from elsewhere");
        });
    }

    [Test]
    public void OfTraining_TrainedEncoder_HasCurvesFiguresAndDensities()
    {
        (SyntheticData train, SyntheticData test) = SyntheticData.Generate(new SyntheticDataOptions { Sources = 16, Measurements = 8, Active = 3, Samples = 256, Seed = 1 }).Split(0.5);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 16 }, new TrainingOptions { Steps = 50, BatchSize = 32 }).Fit(train.Signals);
        EncoderReport evaluation = Evaluation.Evaluate(sae, test);
        HtmlReport report = HtmlReport.OfTraining(sae, evaluation.Sparsity, evaluation.ToTable());
        string html = report.ToHtml();
        Assert.Multiple(() =>
        {
            Assert.That(Titles(html), Is.EqualTo(["Loss", "Fraction of variance unexplained (FVU)", "Sparsity", "Feature density"]));
            Assert.That(html, Does.Contain("Feature density").And.Contain("<td>50</td>").And.Contain("latent MCC"));
            Assert.That(HtmlReport.OfTraining(sae).ToHtml(), Does.Not.Contain("Feature density"));
            Assert.That(HtmlReport.OfTraining(sae, evaluation.Sparsity, evaluation.ToTable()).ToHtml(), Is.EqualTo(html), "same content, same bytes");
        });
    }

    [Test]
    public void OfTraining_RunThatCountsSilentAtoms_HasTheirCurve()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 16, Measurements = 8, Active = 3, Samples = 256, Seed = 1 });
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 16, Selection = Selection.TopK(2), Remedies = [new AuxKRemedy { DeadAfter = 5 }] }, new TrainingOptions { Steps = 40, BatchSize = 32 }).Fit(world.Signals);
        Assert.That(sae.Training!.Curve.Select(p => p.Fvu), Is.All.InRange(0.0, 3.0));
        Assert.That(sae.Training.Curve[^1].DeadShare, Is.InRange(0.0, 1.0));
        string html = HtmlReport.OfTraining(sae).ToHtml();
        Assert.That(Titles(html), Is.EqualTo(["Loss", "Fraction of variance unexplained (FVU)", "Sparsity", "Dead latents"]));
        Assert.That(html, Does.Contain("share of dead latents at the end").And.Contain("FVU of the last measured batch"));
    }

    [Test]
    public void OfTraining_RunThatDiverged_ShowsHowFarItCame()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 16, Measurements = 8, Active = 3, Samples = 256, Seed = 1 });
        var training = new TrainingOptions { Steps = 400, BatchSize = 32, LearningRate = Schedule.Constant(1e12f) };
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 16, Selection = Selection.Relu }, training).CreateTrainer(world.Signals);
        Assert.That(() => trainer.Run(world.Signals), Throws.TypeOf<TrainingDivergedException>());
        string html = HtmlReport.OfTraining(trainer.Record, "A run").ToHtml();
        Assert.That(html, Does.Contain("<h1>A run</h1>").And.Contain("diverged").And.Contain("<svg").And.Not.Contain("NaN,").And.Not.Contain("∞,"));
    }

    [Test]
    public void OfTraining_NoStep_SaysSo()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 8, Measurements = 4, Active = 2, Samples = 32, Seed = 1 });
        using SaeTrainer trainer = new SaeEncoder(new SaeOptions { AtomCount = 8 }).CreateTrainer(world.Signals);
        Assert.That(HtmlReport.OfTraining(trainer.Record).ToHtml(), Does.Contain("No step was done").And.Not.Contain("<svg"));
    }

    [Test]
    public void OfTraining_NotFitted_SaysSo() =>
        Assert.That(() => HtmlReport.OfTraining(new SaeEncoder(new SaeOptions { AtomCount = 4 })), Throws.ArgumentException.With.Message.Contains("not fitted"));

    [Test]
    public void Save_MissingFolder_NamesIt()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("report.html");
        new HtmlReport("t").Save(path);
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadAllText(path), Does.StartWith("<!DOCTYPE html>"));
            Assert.That(() => new HtmlReport("t").Save(folder.File("missing/report.html")), Throws.InstanceOf<DirectoryNotFoundException>());
        });
    }

    private static string[] Titles(string html) => [.. html.Split("<title>").Skip(2).Select(t => t[..t.IndexOf("</title>", StringComparison.Ordinal)])];
}

using System.Text.Json;

namespace SparseCoding.Tests;

/// <summary>Reports against the metrics they are made of, whatever the blocks and threads.</summary>
[TestFixture]
internal sealed class EvaluationTests
{
    private static readonly SyntheticData World = SyntheticData.Generate(new SyntheticDataOptions { Samples = 700, Seed = 12 });
    private static readonly OmpEncoder Omp = new(World.Dictionary, new OmpOptions { MaxActive = 3 });

    [Test]
    public void Evaluate_KnownWorld_HoldsTheMetricsOfTheCodes()
    {
        EncoderReport report = Evaluation.Evaluate(Omp, World);
        SparseCodes codes = Omp.Encode(World.Signals);
        ReconstructionMetrics errors = ReconstructionMetrics.Measure(World.Signals, World.Dictionary.Decode(codes));
        Assert.Multiple(() =>
        {
            Assert.That(report.LatentMcc!.Value, Is.EqualTo(Mcc.Between(World.Codes, codes).Value));
            Assert.That(report.LatentMcc.Value, Is.GreaterThan(report.LatentMcc.Chance + 0.4));
            Assert.That(report.AlignedMcc, Is.EqualTo(Mcc.Aligned(World.Codes, codes)));
            Assert.That(report.DictionaryMcc!.Value, Is.EqualTo(1).Within(1e-6));
            Assert.That(report.Recovery!.ShareAbove99, Is.EqualTo(1));
            Assert.That(report.Reconstruction, Is.EqualTo(errors));
            Assert.That((report.Mse, report.Nmse, report.Fvu), Is.EqualTo((errors.Mse, errors.Nmse, errors.Fvu)));
            Assert.That((report.L0, report.L1), Is.EqualTo((SparsityMetrics.Measure(codes).L0, SparsityMetrics.Measure(codes).L1)));
            Assert.That(report.Support!.F1, Is.EqualTo(SupportMetrics.Measure(World.Codes, codes).F1));
            Assert.That(report.Shrinkage!.Slope, Is.InRange(0.5, 1.5));
            Assert.That(report.EncodingFlops, Is.EqualTo(Omp.EncodingFlops(700)));
            Assert.That((report.Samples, report.AtomCount, report.Dimension), Is.EqualTo((700L, 16, 8)));
            Assert.That(report.Training, Is.Null);
        });
    }

    [TestCase(1, 1)]
    [TestCase(64, 2)]
    [TestCase(699, 4)]
    public void Evaluate_OtherBlocksAndThreads_SameFigures(int rows, int threads)
    {
        EncoderReport whole = Evaluation.Evaluate(Omp, World);
        EncoderReport cut = Evaluation.Evaluate(Omp, World, new EvaluationOptions { BlockRows = rows }, new RunContext { Threads = threads });
        Assert.That(Figures(cut), Is.EqualTo(Figures(whole)));
    }

    [Test]
    public void Evaluate_WithoutTruth_HasNoTruthFigures()
    {
        ActivationSource source = World.Signals!;
        source.Position = 5;
        EncoderReport report = Evaluation.Evaluate(Omp, source, options: new EvaluationOptions { CountStopReasons = true });
        Assert.Multiple(() =>
        {
            Assert.That((report.LatentMcc, report.DictionaryMcc, report.Support, report.Shrinkage, report.AlignedMcc), Is.EqualTo(((MccResult?)null, (MccResult?)null, (SupportMetrics?)null, (ShrinkageMetrics?)null, (double?)null)));
            Assert.That(report.StopReasons.Values.Sum(), Is.EqualTo(700));
            Assert.That(source.Position, Is.EqualTo(5));
            Assert.That(report.ToString(), Does.Not.Contain("MCC").And.Contain("FVU"));
        });
    }

    [Test]
    public void Evaluate_TrainedEncoder_ShowsItsTraining()
    {
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 10 }, new TrainingOptions { Steps = 20 }).Fit(World.Signals);
        EncoderReport report = Evaluation.Evaluate(sae, World);
        Assert.Multiple(() =>
        {
            Assert.That(report.Training, Is.SameAs(sae.Training));
            Assert.That(report.AlignedMcc, Is.Null, "other width");
            Assert.That(report.LatentMcc!.Matching, Has.Count.EqualTo(10));
            Assert.That(report.ToString(), Does.Contain("training FLOPs").And.Contain("encode FLOPs as published"));
        });
    }

    [Test]
    public void ToJson_Report_IsReadableAndHoldsNullForNaN()
    {
        EncoderReport report = Evaluation.Evaluate(Omp, World);
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        JsonElement root = json.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(root.GetProperty("latentMcc").GetProperty("value").GetDouble(), Is.EqualTo(report.LatentMcc!.Value));
            Assert.That(root.GetProperty("latentMcc").GetProperty("chance").GetDouble(), Is.EqualTo(report.LatentMcc.Chance));
            Assert.That(root.GetProperty("latentMcc").GetProperty("matching").GetArrayLength(), Is.EqualTo(16));
            Assert.That(root.GetProperty("reconstruction").GetProperty("fvu").GetDouble(), Is.EqualTo(report.Fvu));
            Assert.That(root.GetProperty("encoding").GetProperty("flops").GetRawText(), Is.EqualTo(report.EncodingFlops.Value.ToString(null, System.Globalization.CultureInfo.InvariantCulture)));
            Assert.That(root.GetProperty("training").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });

        var zero = new OmpEncoder(World.Dictionary, new OmpOptions { MaxActive = 1 });
        using JsonDocument undefined = JsonDocument.Parse(Evaluation.Evaluate(zero, new float[3, 8]!).ToJson());
        Assert.That(undefined.RootElement.GetProperty("reconstruction").GetProperty("nmse").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Compare_Encoders_IsOneLineEach()
    {
        using var folder = new TemporaryFolder();
        var one = new OmpEncoder(World.Dictionary, new OmpOptions { MaxActive = 1 });
        ComparisonReport report = Evaluation.Compare([("omp 1", one), ("omp 3", Omp)], World);
        string path = Path.Combine(folder.Path, "report.json");
        report.WriteJson(path);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Multiple(() =>
        {
            Assert.That(report["omp 3"].Fvu, Is.LessThan(report["omp 1"].Fvu));
            Assert.That(report.ToTable().Rows, Has.Count.EqualTo(2));
            Assert.That(report.ToTable().Rows.All(row => row.Count == report.ToTable().Columns.Count), Is.True);
            Assert.That(report.ToString(), Does.Contain("By chance"));
            Assert.That(json.RootElement.GetArrayLength(), Is.EqualTo(2));
            Assert.That(() => report["lars"], Throws.InstanceOf<KeyNotFoundException>().With.Message.Contains("omp 1, omp 3"));
        });
    }

    [Test]
    public void Evaluate_BadInput_IsNamed()
    {
        SyntheticData other = SyntheticData.Generate(new SyntheticDataOptions { Measurements = 5, Samples = 10 });
        using var stopped = new CancellationTokenSource();
        stopped.Cancel();
        Assert.Multiple(() =>
        {
            Assert.That(() => Evaluation.Evaluate(Omp, other), Throws.ArgumentException.With.Message.Contains("[10, 5]"));
            Assert.That(() => Evaluation.Evaluate(Omp, World.Signals!, World.Codes.Slice(0, 3)), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("truth"));
            Assert.That(() => Evaluation.Evaluate(Omp, World.Signals!, null, other.Dictionary), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("dictionary"));
            Assert.That(() => Evaluation.Evaluate(null!, World), Throws.ArgumentNullException);
            Assert.That(() => Evaluation.Compare([], World), Throws.InstanceOf<ArgumentException>().With.Property("ParamName").EqualTo("encoders"));
            Assert.That(() => Evaluation.Evaluate(new SaeEncoder(new SaeOptions { AtomCount = 4 }), World), Throws.InvalidOperationException);
            Assert.That(() => Evaluation.Evaluate(Omp, World, cancellationToken: stopped.Token), Throws.InstanceOf<OperationCanceledException>());
        });
    }

    private static object[] Figures(EncoderReport report) =>
        [report.Reconstruction, report.L0, report.L1, report.LatentMcc!.Value, report.LatentMcc.Greedy, report.LatentMcc.Chance, report.DictionaryMcc!.Chance, report.Support!.F1, report.Shrinkage!.Slope, report.Recovery!.MeanCosine];
}

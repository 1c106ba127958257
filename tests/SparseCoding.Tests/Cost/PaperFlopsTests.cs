namespace SparseCoding.Tests;

/// <summary>The published counts at the paper's size: M = 8, N = 16, n = 1024, as its result files have them.</summary>
[TestFixture]
internal sealed class PaperFlopsTests
{
    private const int M = 8;
    private const int N = 16;
    private const long Samples = 1024;

    [TestCase(true, 52_477_952)]
    public void SparseCodingStep_PaperSize_IsThePublishedCount(bool learns, long expected) =>
        Assert.That(PaperFlops.SparseCodingStep(M, N, Samples, learns), Is.EqualTo((UInt128)expected));

    [Test]
    public void SparseCodingStepCorrected_PaperSize_CountsLossAndUpdateOnce()
    {
        Assert.That(PaperFlops.SparseCodingStepCorrected(M, N, Samples, true), Is.EqualTo((UInt128)886_016));
        double ratio = (double)PaperFlops.SparseCodingStep(M, N, Samples, true) / (double)PaperFlops.SparseCodingStepCorrected(M, N, Samples, true);
        Assert.That(ratio, Is.EqualTo(59).Within(0.5));
    }

    [TestCase(true, 1_785_856)]
    [TestCase(false, 1_392_640)]
    public void SaeStep_PaperSize_IsThePublishedCount(bool learns, long expected) =>
        Assert.That(PaperFlops.SaeStep(M, N, Samples, learns), Is.EqualTo((UInt128)expected));

    [TestCase(32, true, 5_881_856)]
    [TestCase(32, false, 5_488_640)]
    [TestCase(256, true, 40_058_880)]
    [TestCase(256, false, 39_665_664)]
    [TestCase(1024, true, 157_237_248)]
    [TestCase(1024, false, 156_844_032)]
    public void MlpStep_PaperSize_IsThePublishedCount(int hidden, bool learns, long expected) =>
        Assert.That(PaperFlops.MlpStep(M, hidden, N, Samples, learns), Is.EqualTo((UInt128)expected));

    [Test]
    public void Inference_PaperSize_IsThePublishedCount() => Assert.Multiple(() =>
    {
        Assert.That(PaperFlops.SaeInference(M, N, Samples), Is.EqualTo((UInt128)540_672));
        Assert.That(PaperFlops.MlpInference(M, 32, N, Samples), Is.EqualTo((UInt128)1_884_160));
        Assert.That(PaperFlops.MlpInference(M, 256, N, Samples), Is.EqualTo((UInt128)13_123_584));
        Assert.That(PaperFlops.SparseCodingInference(M, N, Samples, true), Is.EqualTo((UInt128)278_912));
        Assert.That(PaperFlops.InferenceTimeOptimization(M, N, Samples, 10_000), Is.EqualTo((UInt128)7_209_107_456));
    });

    [Test]
    public void Counts_BeyondSixtyFourBits_DoNotOverflow() =>
        Assert.That(PaperFlops.InferenceTimeOptimization(16_384, 1 << 20, 1L << 40, 1_000_000) >> 100, Is.GreaterThan(UInt128.Zero));

    [Test]
    public void Sizes_BelowOne_AreNamed() => Assert.Multiple(() =>
    {
        Assert.That(() => PaperFlops.SaeInference(0, N, Samples), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("dimension"));
        Assert.That(() => PaperFlops.MlpStep(M, 0, N, 1, true), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("hidden"));
        Assert.That(() => PaperFlops.SaeStep(M, N, 0, true), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("batch"));
        Assert.That(() => PaperFlops.InferenceTimeOptimization(M, N, 1, -1), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("iterations"));
    });
}

namespace SparseCoding.Tests;

public sealed class PurityMetricsTests
{
    [Test]
    public void Measure_HandNumbers_AreFound()
    {
        // Latent 0 is strongest in rows 0, 1, 2 (labels 0, 0, 1); latent 1 in rows 3, 4, 5 (all label 2, one token); latent 2 fires twice only.
        float[,] dense =
        {
            { 9, 0, 0 },
            { 8, 0, 0 },
            { 7, 0, 5 },
            { 1, 3, 4 },
            { 1, 3, 0 },
            { 1, 3, 0 },
        };
        PurityMetrics purity = PurityMetrics.Measure(SparseCodes.FromDense(dense), new RowLabels([0, 0, 1, 2, 2, 2]), 3, [7, 8, 9, 5, 5, 5]);
        Assert.That(purity.Latents[0], Is.EqualTo(new LatentPurity(0, 3, 0, 2.0 / 3, false)));
        Assert.That(purity.Latents[1], Is.EqualTo(new LatentPurity(1, 3, 2, 1, true)));
        Assert.That(purity.Latents[2], Is.EqualTo(new LatentPurity(2, 2, 1, 0.5, false)));
        Assert.That((purity.Counted, purity.SingleTokenShare, purity.ShareAbove(0.8), purity.ShareAbove(0.8, withoutSingleTokens: true)), Is.EqualTo((2, 0.5, 0.5, 0.0)));
        Assert.That(purity.Mean, Is.EqualTo(5.0 / 6).Within(1e-15));
    }

    [Test]
    public void Measure_RandomRows_HaveTheExpectedPurity()
    {
        // Two labels, half of the rows each: of 4 random rows the larger share is 1/2, 3/4 or 1 with probability 3/8, 1/2 and 1/8: mean .6875.
        int[] labels = [.. Enumerable.Range(0, 4000).Select(i => i % 2)];
        var codes = SparseCodes.FromRows(1, [0, .. Enumerable.Repeat(1, 4000)], [0], [1f]);
        PurityMetrics purity = PurityMetrics.Measure(codes, new RowLabels(labels), 4);
        Assert.That(purity.ChanceMean, Is.EqualTo(0.6875).Within(0.012)); // 3 standard errors of 2,000 draws
        Assert.That(purity.ChanceAbove(0.8), Is.EqualTo(0.125).Within(0.023));
        Assert.That((purity.Counted, purity.Mean), Is.EqualTo((0, double.NaN)));
    }

    [Test]
    public void Measure_NegativeSide_LooksAtTheOtherRows()
    {
        float[,] dense = { { 2 }, { 1 }, { -1 }, { -2 } };
        var labels = new RowLabels([0, 0, 1, 2]);
        Assert.That(PurityMetrics.Measure(SparseCodes.FromDense(dense), labels, 2).Latents[0].Label, Is.EqualTo(0));
        Assert.That(PurityMetrics.Measure(SparseCodes.FromDense(dense), labels, 2, side: CodeSide.Negative).Latents[0], Is.EqualTo(new LatentPurity(0, 2, 1, 0.5, false)));
    }

    [Test]
    public void Measure_OtherNumberOfLabels_IsNamed() =>
        Assert.That(() => PurityMetrics.Measure(SparseCodes.FromDense(new float[,] { { 1 }, { 1 } }), new RowLabels([0]), 2), Throws.ArgumentException.With.Property("ParamName").EqualTo("labels"));
}

namespace SparseCoding.Tests.Training;

/// <summary>Learning rates by hand.</summary>
public sealed class ScheduleTests
{
    [Test]
    public void At_Constant_IsTheValue()
    {
        Schedule constant = 0.25f;
        Assert.That(constant, Is.EqualTo(Schedule.Constant(0.25f)));
        for (int step = 1; step <= 10; step++)
        {
            Assert.That(constant.At(step, 10), Is.EqualTo(0.25f));
        }
    }

    [Test]
    public void At_WarmupAndLinearDecay_AreTheFormulas()
    {
        var schedule = new Schedule { Value = 1, WarmupSteps = 4, DecayShare = 0.5 };
        float[] rates = [.. Enumerable.Range(1, 20).Select(step => schedule.At(step, 20))];
        float[] expected = [.25f, .5f, .75f, 1, 1, 1, 1, 1, 1, 1, .9f, .8f, .7f, .6f, .5f, .4f, .3f, .2f, .1f, 0];
        Assert.That(rates, Is.EqualTo(expected).Within(1e-6f));
    }

    [Test]
    public void At_CosineToAFinalFactor_IsTheFormula()
    {
        var schedule = new Schedule { Value = 2, DecayShare = 1, FinalFactor = 0.1, Shape = DecayShape.Cosine };
        for (int step = 0; step <= 8; step++)
        {
            double expected = 2 * (0.1 + (0.9 * 0.5 * (1 + Math.Cos(Math.PI * step / 8))));
            Assert.That(schedule.At(step, 8), Is.EqualTo(expected).Within(1e-6), $"step {step}");
        }
    }

    [Test]
    public void Init_OutOfRange_IsRefusedAlsoByWith() => Assert.Multiple(() =>
    {
        Schedule schedule = 1f;
        Assert.Catch<ArgumentOutOfRangeException>(() => _ = schedule with { Value = -1 });
        Assert.Catch<ArgumentOutOfRangeException>(() => _ = schedule with { Value = float.NaN });
        Assert.Catch<ArgumentOutOfRangeException>(() => _ = schedule with { WarmupSteps = -1 });
        Assert.Catch<ArgumentOutOfRangeException>(() => _ = schedule with { DecayShare = 1.1 });
        Assert.Catch<ArgumentOutOfRangeException>(() => _ = schedule with { FinalFactor = double.NaN });
    });
}

using System.Reflection;
using System.Runtime.CompilerServices;

namespace SparseCoding.Tests.Encoders;

/// <summary>Enumerations are numbers, and a cast number may be anything: every public options record refuses one that has no name.</summary>
public sealed class EnumOptionTests
{
    private static IEnumerable<PropertyInfo> Properties =>
        typeof(SaeOptions).Assembly.GetExportedTypes()
            .Where(t => t.IsClass && t.GetMethod("<Clone>$") is not null)
            .SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            .Where(p => p.PropertyType.IsEnum && p.SetMethod is not null && p.DeclaringType!.Name is { } name && (name.EndsWith("Options", StringComparison.Ordinal) || name == "Schedule"));

    [Test]
    public void Init_UndefinedValue_IsRefusedByName()
    {
        PropertyInfo[] properties = [.. Properties];
        Assert.That(properties, Has.Length.GreaterThanOrEqualTo(9), "the walk finds the options");
        foreach (PropertyInfo property in properties)
        {
            string name = $"{property.DeclaringType!.Name}.{property.Name}";
            object options = RuntimeHelpers.GetUninitializedObject(property.DeclaringType);
            foreach (int bad in (int[])[99, -1])
            {
                object value = Enum.ToObject(property.PropertyType, bad);
                var error = Assert.Throws<TargetInvocationException>(() => property.SetValue(options, value), name)!.InnerException as ArgumentOutOfRangeException;
                Assert.That(error, Is.Not.Null, name);
                Assert.That(error!.Message, Does.Contain(property.Name).And.Contain(Enum.GetNames(property.PropertyType)[0]), name);
            }

            foreach (object good in Enum.GetValues(property.PropertyType))
            {
                Assert.DoesNotThrow(() => property.SetValue(options, good), name);
            }
        }
    }

    [Test]
    public void SparseCodingEncoder_CodeLoss_IsRefused() =>
        Assert.That(
            Assert.Throws<NotSupportedException>(() => new SparseCodingEncoder(new SparseCodingOptions { AtomCount = 4 }, new TrainingOptions { BatchSize = 0, CodeLoss = CodeLoss.SquaredError }))!.Message,
            Does.Contain("CodeLoss"));

    [Test]
    public void Fit_NormalizationWithWhatIsKnown_IsRefused()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 6, Measurements = 4, Active = 2, Samples = 20, Seed = 1 });
        var mlp = new MlpEncoder(new MlpOptions { AtomCount = 6, Hidden = [4], Normalization = InputNormalization.MeanNorm }, new TrainingOptions { Steps = 1 });
        Assert.That(Assert.Throws<NotSupportedException>(() => mlp.Fit(world.Signals, world.Dictionary))!.Message, Does.Contain("Normalization"));
        Assert.That(Assert.Throws<NotSupportedException>(() => mlp.Fit(world.Signals, world.Codes))!.Message, Does.Contain("Normalization"));
        Assert.DoesNotThrow(() => mlp.Fit(world.Signals));
        var sae = new SaeEncoder(new SaeOptions { AtomCount = 6, Normalization = InputNormalization.MeanNorm }, new TrainingOptions { Steps = 1 });
        Assert.That(Assert.Throws<NotSupportedException>(() => sae.Fit(world.Signals, world.Dictionary))!.Message, Does.Contain("Normalization"));
        Assert.That(Assert.Throws<NotSupportedException>(() => sae.Fit(world.Signals, world.Codes))!.Message, Does.Contain("Normalization"));
    }

    [Test]
    public void Encode_Progress_EndsWithAllSignals()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 6, Measurements = 4, Active = 2, Samples = 5000, Seed = 1 });
        foreach (IEncoder encoder in (IEncoder[])[new OmpEncoder(world.Dictionary, new OmpOptions { MaxActive = 2 }), new ItoEncoder(world.Dictionary, new ItoOptions { Lambda = 0.1f, Iterations = 2 }), new SaeEncoder(new SaeOptions { AtomCount = 6, Selection = Selection.TopK(2) }, new TrainingOptions { Steps = 1 }).Fit(world.Signals)])
        {
            var reports = new List<TrainingProgress>();
            encoder.Encode(world.Signals, new EncodeRequest { Context = new RunContext { Progress = new SynchronousProgress<TrainingProgress>(reports.Add), ProgressInterval = TimeSpan.Zero } });
            Assert.That(reports, Has.Count.GreaterThan(1), encoder.ToString());
            Assert.That(reports.Select(r => r.Step), Is.Ordered.Ascending);
            Assert.That((reports[^1].Step, reports[^1].TotalSteps, reports[^1].Fraction), Is.EqualTo((5000L, 5000L, 1.0)));
        }
    }

    [Test]
    public void EncodeDetailed_Amortised_IsTheSameForAnyThreads()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 8, Active = 2, Samples = 3000, Seed = 1 });
        MlpEncoder mlp = new MlpEncoder(new MlpOptions { AtomCount = 12, Hidden = [8] }, new TrainingOptions { Steps = 5 }).Fit(world.Signals);
        double[] Details(int threads) => mlp.EncodeDetailed(world.Signals, new EncodeRequest { Context = new RunContext { Threads = threads } }).Accuracies.ToArray();
        double[] one = Details(1);
        Assert.That(Details(4), Is.EqualTo(one));
        var all = new float[3000 * 8];
        mlp.Dictionary.Decode(mlp.Encode(world.Signals)).FlattenTo(all);
        double expected = Enumerable.Range(0, 8).Sum(k => Math.Pow((double)world.Signals[2999, k] - all[(2999 * 8) + k], 2));
        Assert.That(one[2999], Is.EqualTo(expected).Within(1e-12));
    }
}

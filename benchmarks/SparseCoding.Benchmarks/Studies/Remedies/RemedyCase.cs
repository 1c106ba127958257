namespace SparseCoding.Benchmarks;

/// <summary>One way to start or to train, alone.</summary>
/// <param name="Name">What the table calls it.</param>
/// <param name="Options">From the plain options to those of the case.</param>
/// <param name="Training">From the plain training to that of the case.</param>
internal sealed record RemedyCase(string Name, Func<SaeOptions, SaeOptions>? Options = null, Func<TrainingOptions, TrainingOptions>? Training = null)
{
    /// <summary>Every remedy that the selection takes, with windows for a run of that many steps.</summary>
    public static IEnumerable<RemedyCase> All(Selection selection, OffsetStart plain, long steps)
    {
        long window = Math.Max(1, steps / 10);
        var auxK = new AuxKRemedy { DeadAfter = window };
        yield return new("none");
        yield return Of("AuxK", auxK);
        yield return Of("AuxK, not normalised, weight 1", auxK with { Normalize = false, Weight = 1 });
        yield return Of("AuxZipf", new AuxZipfRemedy { DeadAfter = window });
        yield return Of("resampling", new ResamplingRemedy { Every = Math.Max(1, steps / 5), DeadAfter = window });
        yield return Of("ghost gradients", new GhostGradientRemedy { DeadAfter = window });
        if (selection is ReluSelection)
        {
            yield return Of("pre-activation loss, weight 3e-6", new PreActivationRemedy { DeadAfter = window });
            yield return Of("pre-activation loss, weight 1e-3", new PreActivationRemedy { DeadAfter = window, Weight = 1e-3f });
            yield return new(
                "bias adaptation, no penalty",
                options => options with { Remedies = [new BiasAdaptationRemedy { BufferSteps = Math.Max(1, steps / 100), DecreaseRate = 0.05f, IncreaseRate = 0.05f, HighestRate = 0.05 }] },
                training => training with { Lambda = 0 });
        }

        yield return new("data points", null, training => training with { Initialization = Initialization.DataPoints });
        yield return new("data points, share 0.4", null, training => training with { Initialization = Initialization.DataPoints, DataPointShare = 0.4f });
        yield return new("data points, scaled (saev)", null, training => training with { Initialization = Initialization.ScaledDataPoints });
        yield return new("data points and AuxK", options => options with { Remedies = [auxK] }, training => training with { Initialization = Initialization.DataPoints });
        foreach (OffsetStart start in Enum.GetValues<OffsetStart>())
        {
            if (start != plain)
            {
                string name = start switch { OffsetStart.Mean => "the mean (centred)", OffsetStart.GeometricMedian => "the geometric median", _ => "0 (not centred)" };
                yield return new("bias from " + name, null, training => training with { OffsetStart = start });
            }
        }
    }

    private static RemedyCase Of(string name, DeadLatentRemedy remedy) => new(name, options => options with { Remedies = [remedy] });
}

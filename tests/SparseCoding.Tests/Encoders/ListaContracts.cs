namespace SparseCoding.Tests.Encoders;

// One class of a few lines for each form of the unrolled encoder.
#pragma warning disable CA1052, SA1402 // Classes that NUnit finds, and that another device derives from.

public abstract class ListaContract : EncoderContract<ListaEncoder>
{
    protected override bool FlopsAreBound => false;

    protected override bool TakesWarmStart => false;

    protected virtual ListaOptions Options => new() { AtomCount = 1, LayerCount = 3, Lambda = 0.05f };

    protected override ListaEncoder Create(AtomDictionary dictionary) =>
        new ListaEncoder(Options with { AtomCount = dictionary.AtomCount }, new TrainingOptions { Steps = 8, BatchSize = 16, LearningRate = 0.01f })
            .Fit(ContractWorld.Make(dictionary, 64, 3, 5), dictionary, new RunContext { Device = Device });

    protected override void Save(ListaEncoder encoder, string path) => encoder.Save(path);

    protected override ListaEncoder Load(string path) => ListaEncoder.Load(path);

    [Test]
    public void EncodeDetailed_AnySignal_TakesAsManyIterationsAsLayers() =>
        Assert.That(Create(ContractWorld.Plain).EncodeDetailed(ContractWorld.Signals).Iterations.ToArray(), Has.All.EqualTo(Options.LayerCount));
}

public class ListaCoupledContract : ListaContract;

public class ListaFreeContract : ListaContract
{
    protected override ListaOptions Options => base.Options with { Weights = ListaWeights.Free, Tied = true, ThresholdPerAtom = true };
}

public class ListaSupportContract : ListaContract
{
    protected override ListaOptions Options => base.Options with { SupportShare = 0.1f, MaxSupportShare = 0.3f, Weights = ListaWeights.Free };
}

public class AlistaContract : ListaContract
{
    protected override ListaOptions Options => base.Options with { Weights = ListaWeights.Analytic, SupportShare = 0.1f };
}

public class ListaNonNegativeContract : ListaContract
{
    protected override bool NonNegative => true;

    protected override ListaOptions Options => base.Options with { NonNegative = true, Tied = true, SupportShare = 0.1f };
}

public class ListaFitContract : AmortisedFitContract<ListaEncoder>
{
    // Without an offset, which would begin as the one signal of the test of one row: a loss of 0 but for rounding, far above which every later one is.
    protected virtual ListaOptions Options => new() { AtomCount = 1, LayerCount = 3, Lambda = 0.05f, NonNegative = true, Bias = false };

    protected override ListaEncoder Recipe(int atoms) =>
        new(Options with { AtomCount = atoms }, new TrainingOptions { Steps = 5, BatchSize = atoms > 32 ? 2048 : 16, LearningRate = 0.01f });

    protected override ListaEncoder Fit(ListaEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override ListaEncoder Fit(ListaEncoder recipe, ActivationSource? data, IDictionary? dictionary, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, dictionary!, context, token);

    protected override ListaEncoder Fit(ListaEncoder recipe, ActivationSource? data, SparseCodes? codes, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, codes!, context, token);

    protected override void Save(ListaEncoder encoder, string path) => encoder.Save(path);
}

public class ListaFreeFitContract : ListaFitContract
{
    protected override ListaOptions Options => base.Options with { Weights = ListaWeights.Free, Tied = true, Normalization = InputNormalization.MeanNorm, LayerwiseShare = 1 };

    // Of the two forms with what is known, the scale of a normalisation is refused.
    protected override ListaEncoder Fit(ListaEncoder recipe, ActivationSource? data, IDictionary? dictionary, RunContext? context = null, CancellationToken token = default) => base.Fit(Plain(recipe), data, dictionary, context, token);

    protected override ListaEncoder Fit(ListaEncoder recipe, ActivationSource? data, SparseCodes? codes, RunContext? context = null, CancellationToken token = default) => base.Fit(Plain(recipe), data, codes, context, token);

    private static ListaEncoder Plain(ListaEncoder recipe) => new(recipe.Options with { Normalization = InputNormalization.None }, recipe.TrainingOptions);
}

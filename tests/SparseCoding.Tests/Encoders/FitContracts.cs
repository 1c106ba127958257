namespace SparseCoding.Tests.Encoders;

// One class of a few lines for each encoder that learns.
#pragma warning disable CA1052, SA1402 // Classes that NUnit finds, and that another device derives from.

public class SaeReluFitContract : AmortisedFitContract<SaeEncoder>
{
    protected virtual Selection Selection => Selection.Relu;

    protected override SaeEncoder Recipe(int atoms) =>
        new(new SaeOptions { AtomCount = atoms, Selection = Selection }, new TrainingOptions { Steps = 5, BatchSize = atoms > 32 ? 2048 : 16, LearningRate = 0.01f });

    protected override SaeEncoder Fit(SaeEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override SaeEncoder Fit(SaeEncoder recipe, ActivationSource? data, IDictionary? dictionary, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, dictionary!, context, token);

    protected override SaeEncoder Fit(SaeEncoder recipe, ActivationSource? data, SparseCodes? codes, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, codes!, context, token);

    protected override void Save(SaeEncoder encoder, string path) => encoder.Save(path);
}

public class SaeTopKFitContract : SaeReluFitContract
{
    protected override Selection Selection => Selection.TopK(3);

    [Test]
    public void Recipe_MoreActiveThanAtoms_IsRefusedByNumber()
    {
        string message = Assert.Catch<ArgumentException>(() => _ = new SaeEncoder(new SaeOptions { AtomCount = 2, Selection = Selection }))!.Message;
        Assert.That(message, Does.Contain("3").And.Contains("2"));
    }
}

public class MlpFitContract : AmortisedFitContract<MlpEncoder>
{
    protected override MlpEncoder Recipe(int atoms) =>
        new(new MlpOptions { AtomCount = atoms, Hidden = [16] }, new TrainingOptions { Steps = 5, BatchSize = atoms > 32 ? 2048 : 16, LearningRate = 0.01f });

    protected override MlpEncoder Fit(MlpEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override MlpEncoder Fit(MlpEncoder recipe, ActivationSource? data, IDictionary? dictionary, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, dictionary!, context, token);

    protected override MlpEncoder Fit(MlpEncoder recipe, ActivationSource? data, SparseCodes? codes, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, codes!, context, token);

    protected override void Save(MlpEncoder encoder, string path) => encoder.Save(path);
}

public class SparseCodingFitContract : FitContract<SparseCodingEncoder>
{
    protected override SparseCodingEncoder Recipe(int atoms) =>
        new(new SparseCodingOptions { AtomCount = atoms, Inference = new ItoOptions { Iterations = 20 } }, new TrainingOptions { Steps = 5, BatchSize = 0, LearningRate = 0.01f });

    protected override SparseCodingEncoder Fit(SparseCodingEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(SparseCodingEncoder encoder, string path) => encoder.Save(path);
}

public class LarsFitContract : FitContract<LarsEncoder>
{
    protected override int[] EventIds => [1008, 1008];

    protected override LarsEncoder Recipe(int atoms) =>
        new(new LarsOptions { AtomCount = atoms, Lambda = 0.1f }, new DictionaryLearningOptions { Iterations = 3, Restarts = 2 });

    protected override LarsEncoder Fit(LarsEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(LarsEncoder encoder, string path) => encoder.Save(path);

    [Test]
    public void Fit_GivenDictionary_SaysHowToLearnOne() =>
        Assert.That(ContractWorld.MessageOf<InvalidOperationException>(() => new LarsEncoder(ContractWorld.Plain, new LarsOptions()).Fit(ContractWorld.Signals)), Does.Contain("AtomCount"));

    [Test]
    public void Recipe_BadNumbers_AreNamed() => Assert.Multiple(() =>
    {
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => _ = new LarsEncoder(ContractWorld.Plain, new LarsOptions { MaxActive = 13 })), Does.Contain("13").And.Contains("12"));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => _ = new LarsEncoder(ContractWorld.Plain, new LarsOptions { AtomCount = 11 })), Does.Contain("11").And.Contains("12"));
        Assert.Catch<ArgumentNullException>(() => _ = new LarsEncoder(ContractWorld.Plain, null!));
        Assert.Catch<ArgumentNullException>(() => _ = new LarsEncoder((LarsOptions)null!));
    });
}

public class OmpFitContract : FitContract<OmpEncoder>
{
    protected override int[] EventIds => [1008, 1008];

    protected override OmpEncoder Recipe(int atoms) =>
        new(new OmpOptions { AtomCount = atoms, MaxActive = 3 }, new DictionaryLearningOptions { Iterations = 3, Restarts = 2 });

    protected override OmpEncoder Fit(OmpEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(OmpEncoder encoder, string path) => encoder.Save(path);

    [Test]
    public void Recipe_BadNumbers_AreNamed() => Assert.Multiple(() =>
    {
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => _ = new OmpEncoder(ContractWorld.Plain, new OmpOptions { MaxActive = 13 })), Does.Contain("13").And.Contains("12"));
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => _ = new OmpEncoder(new OmpOptions { AtomCount = 2, MaxActive = 3 })), Does.Contain("3").And.Contains("2"));
        Assert.Catch<ArgumentException>(() => _ = new ItoEncoder(ContractWorld.Plain, new ItoOptions { Method = ItoMethod.MatchingPursuit, MaxActive = 13 }));
        Assert.Catch<ArgumentNullException>(() => _ = new OmpEncoder(ContractWorld.Plain, null!));
        Assert.Catch<InvalidOperationException>(() => new OmpEncoder(ContractWorld.Plain, new OmpOptions()).Fit(ContractWorld.Signals));
        Assert.Catch<ArgumentException>(() => _ = new AtomDictionary(new float[0, 8]));
    });

    [Test]
    public void Encode_WarmStartOfMoreAtomsThanTheBudget_IsRefused()
    {
        var codes = new float[1, ContractWorld.Atoms];
        for (int i = 0; i < 4; i++)
        {
            codes[0, i] = 1;
        }

        var request = new EncodeRequest { WarmStart = SparseCodes.FromDense(codes) };
        var encoder = new OmpEncoder(ContractWorld.Plain, new OmpOptions { MaxActive = 3 });
        Assert.That(ContractWorld.MessageOf<ArgumentException>(() => encoder.Encode(new float[1, 8], request)), Does.Contain("MaxActive = 3"));
    }
}

public class LassoFitContract : FitContract<LassoEncoder>
{
    protected override int[] EventIds => [1008, 1008];

    protected override LassoEncoder Recipe(int atoms) =>
        new(new LassoOptions { AtomCount = atoms, Lambda = 0.1f }, new DictionaryLearningOptions { Iterations = 3, Restarts = 2 });

    protected override LassoEncoder Fit(LassoEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(LassoEncoder encoder, string path) => encoder.Save(path);
}

public class FistaFitContract : FitContract<FistaEncoder>
{
    protected override int[] EventIds => [1008, 1008];

    protected override FistaEncoder Recipe(int atoms) =>
        new(new FistaOptions { AtomCount = atoms, Lambda = 0.1f, GapTolerance = 1e-4f }, new DictionaryLearningOptions { Iterations = 3, Restarts = 2 });

    protected override FistaEncoder Fit(FistaEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(FistaEncoder encoder, string path) => encoder.Save(path);
}

public class ItoFitContract : FitContract<ItoEncoder>
{
    protected override int[] EventIds => [1008, 1008];

    protected override ItoEncoder Recipe(int atoms) =>
        new(new ItoOptions { AtomCount = atoms, Lambda = 0.05f, Iterations = 30, GapTolerance = 0 }, new DictionaryLearningOptions { Iterations = 3, Restarts = 2 });

    protected override ItoEncoder Fit(ItoEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(ItoEncoder encoder, string path) => encoder.Save(path);
}

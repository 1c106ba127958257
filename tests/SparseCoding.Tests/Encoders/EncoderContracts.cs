namespace SparseCoding.Tests.Encoders;

// One class of a few lines for each encoder. Options are small so that a scalar process passes quickly.
#pragma warning disable CA1052, SA1402 // Classes that NUnit finds, and that another device derives from.

public class SaeReluContract : EncoderContract<SaeEncoder>
{
    protected override bool NonNegative => true;

    protected override bool FlopsAreBound => false;

    protected override bool TakesWarmStart => false;

    protected virtual Selection Selection => Selection.Relu;

    protected override SaeEncoder Create(AtomDictionary dictionary) =>
        new SaeEncoder(new SaeOptions { AtomCount = dictionary.AtomCount, Selection = Selection }, new TrainingOptions { Steps = 8, BatchSize = 16, LearningRate = 0.01f })
            .Fit(ContractWorld.Make(dictionary, 64, 3, 5), dictionary, new RunContext { Device = Device });

    protected override void Save(SaeEncoder encoder, string path) => encoder.Save(path);

    protected override SaeEncoder Load(string path) => SaeEncoder.Load(path);
}

public class SaeTopKContract : SaeReluContract
{
    protected override int MaxActive => 3;

    protected override Selection Selection => Selection.TopK(3);
}

public class MlpContract : EncoderContract<MlpEncoder>
{
    protected override bool NonNegative => true;

    protected override bool FlopsAreBound => false;

    protected override bool TakesWarmStart => false;

    protected override MlpEncoder Create(AtomDictionary dictionary) =>
        new MlpEncoder(new MlpOptions { AtomCount = dictionary.AtomCount, Hidden = [16, 10] }, new TrainingOptions { Steps = 8, BatchSize = 16, LearningRate = 0.01f })
            .Fit(ContractWorld.Make(dictionary, 64, 3, 5), dictionary, new RunContext { Device = Device });

    protected override void Save(MlpEncoder encoder, string path) => encoder.Save(path);

    protected override MlpEncoder Load(string path) => MlpEncoder.Load(path);
}

public class SparseCodingContract : EncoderContract<SparseCodingEncoder>
{
    protected override float RowTolerance => 1e-3f;

    protected override bool NonNegative => true;

    protected virtual CodeParametrization Parametrization => CodeParametrization.Exp;

    // It learns its dictionary, so a given one stands for the learned one.
    protected override SparseCodingEncoder Create(AtomDictionary dictionary) => new(
        new SparseCodingOptions { AtomCount = dictionary.AtomCount, Lambda = 0.02f, Parametrization = Parametrization, Inference = new ItoOptions { Iterations = 600, LearningRate = 0.05f, GapTolerance = 3e-3f } },
        new TrainingOptions { BatchSize = 0 },
        dictionary,
        null);

    protected override SparseCodingEncoder CreateQuick(AtomDictionary dictionary)
    {
        SparseCodingEncoder encoder = Create(dictionary);
        return new SparseCodingEncoder(encoder.Options with { Inference = new ItoOptions { Iterations = 20 } }, encoder.TrainingOptions, dictionary, null);
    }

    protected override void Save(SparseCodingEncoder encoder, string path) => encoder.Save(path);

    protected override SparseCodingEncoder Load(string path) => SparseCodingEncoder.Load(path);
}

public class ItoGradientContract : IterativeContract<ItoEncoder>
{
    protected override bool NonNegative => true;

    // Two batches may stop a check apart, and each is within the tolerance of the gap.
    protected override float RowTolerance => 1e-3f;

    protected virtual ItoOptions Options => new() { Lambda = 0.02f, Iterations = 600, LearningRate = 0.05f, GapTolerance = 3e-3f };

    protected override ItoEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override ItoEncoder CreateQuick(AtomDictionary dictionary) => new(dictionary, Options with { Iterations = 20 });

    protected override void Save(ItoEncoder encoder, string path) => encoder.Save(path);

    protected override ItoEncoder Load(string path) => ItoEncoder.Load(path);
}

public class ItoReluContract : ItoGradientContract
{
    // An entry of the ReLU form that is cut once is lost, so most rows need a loose tolerance to be solved.
    protected override ItoOptions Options => base.Options with { GapTolerance = 0.3f, Parametrization = CodeParametrization.Relu };
}

public class ItoGradientPursuitContract : ItoGradientContract
{
    protected override int MaxActive => 3;

    // A full code may still be refined: another run of as many iterations goes on where the first one ended, and is only never worse.
    protected override double WarmShare => 1;

    protected override float WarmTolerance => float.PositiveInfinity;

    protected override ItoOptions Options => new() { Method = ItoMethod.GradientPursuit, MaxActive = 3 };

    protected override ItoEncoder CreateQuick(AtomDictionary dictionary) => Create(dictionary);
}

public class ItoConjugatePursuitContract : ItoGradientPursuitContract
{
    protected override bool NonNegative => false;

    protected override ItoOptions Options => base.Options with { Direction = PursuitDirection.Conjugate, NonNegative = false };
}

public class ItoMatchingPursuitContract : ItoGradientPursuitContract
{
    protected override bool NonNegative => false;

    protected override ItoOptions Options => new() { Method = ItoMethod.MatchingPursuit, MaxActive = 3, NonNegative = false };
}

public class LarsSignedContract : IterativeContract<LarsEncoder>
{
    protected override bool TakesWarmStart => false;

    protected virtual LarsOptions Options => new() { Lambda = 0.02f };

    protected override LarsEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(LarsEncoder encoder, string path) => encoder.Save(path);

    protected override LarsEncoder Load(string path) => LarsEncoder.Load(path);
}

public class LarsNonNegativeContract : LarsSignedContract
{
    protected override bool NonNegative => true;

    protected override LarsOptions Options => base.Options with { NonNegative = true };
}

public class OmpSignedContract : IterativeContract<OmpEncoder>
{
    protected override int MaxActive => 3;

    protected virtual OmpOptions Options => new() { MaxActive = 3 };

    // Its warm start gives atoms to begin with, each of which is still a step.
    protected override double WarmShare => 1;

    protected override OmpEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(OmpEncoder encoder, string path) => encoder.Save(path);

    protected override OmpEncoder Load(string path) => OmpEncoder.Load(path);
}

public class OlsContract : OmpSignedContract
{
    protected override OmpOptions Options => base.Options with { Selection = PursuitSelection.ErrorReduction };
}

public class OmpNonNegativeContract : OmpSignedContract
{
    protected override bool NonNegative => true;

    protected override OmpOptions Options => base.Options with { NonNegative = true };
}

public class LassoContract : IterativeContract<LassoEncoder>
{
    protected virtual LassoOptions Options => new() { Lambda = 0.02f };

    protected override LassoEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(LassoEncoder encoder, string path) => encoder.Save(path);

    protected override LassoEncoder Load(string path) => LassoEncoder.Load(path);
}

public class LassoNonNegativeContract : LassoContract
{
    protected override bool NonNegative => true;

    protected override LassoOptions Options => base.Options with { NonNegative = true };
}

public class FistaContract : IterativeContract<FistaEncoder>
{
    protected override FistaEncoder Construct(IDictionary dictionary) => new(dictionary, new FistaOptions { Lambda = 0.02f, GapTolerance = 1e-5f });

    protected override void Save(FistaEncoder encoder, string path) => encoder.Save(path);

    protected override FistaEncoder Load(string path) => FistaEncoder.Load(path);
}

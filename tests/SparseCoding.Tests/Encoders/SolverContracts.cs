namespace SparseCoding.Tests.Encoders;

// One class of a few lines for each iterative encoder beside those of EncoderContracts.cs.
#pragma warning disable CA1052, SA1402 // Classes that NUnit finds, and that another device derives from.

public class IhtContract : IterativeContract<IhtEncoder>
{
    protected override int MaxActive => 3;

    protected virtual IhtOptions Options => new() { MaxActive = 3 };

    protected override IhtEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override IhtEncoder CreateQuick(AtomDictionary dictionary) => new(dictionary, Options with { MaxIterations = 10 });

    protected override void Save(IhtEncoder encoder, string path) => encoder.Save(path);

    protected override IhtEncoder Load(string path) => IhtEncoder.Load(path);
}

public class IhtPlainContract : IhtContract
{
    // At a fixed step the last change times 1 / (1 − rate) may still be to come.
    protected override float WarmTolerance => 3e-3f;

    protected override IhtOptions Options => base.Options with { Normalized = false, ResidualTolerance = 0.01f };
}

public class IhtNonNegativeContract : IhtContract
{
    protected override bool NonNegative => true;

    protected override IhtOptions Options => base.Options with { NonNegative = true };
}

public class HtpContract : IterativeContract<HtpEncoder>
{
    protected override int MaxActive => 3;

    protected virtual HtpOptions Options => new() { MaxActive = 3 };

    protected override HtpEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(HtpEncoder encoder, string path) => encoder.Save(path);

    protected override HtpEncoder Load(string path) => HtpEncoder.Load(path);
}

public class HtpNonNegativeContract : HtpContract
{
    protected override bool NonNegative => true;

    protected override HtpOptions Options => base.Options with { NonNegative = true };
}

public class CosampContract : IterativeContract<CosampEncoder>
{
    protected override int MaxActive => 2;

    protected virtual CosampOptions Options => new() { MaxActive = 2 };

    protected override CosampEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(CosampEncoder encoder, string path) => encoder.Save(path);

    protected override CosampEncoder Load(string path) => CosampEncoder.Load(path);
}

public class CosampNonNegativeContract : CosampContract
{
    protected override bool NonNegative => true;

    protected override CosampOptions Options => base.Options with { NonNegative = true };
}

public class SubspacePursuitContract : IterativeContract<SubspacePursuitEncoder>
{
    protected override int MaxActive => 3;

    protected virtual SubspacePursuitOptions Options => new() { MaxActive = 3 };

    protected override SubspacePursuitEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(SubspacePursuitEncoder encoder, string path) => encoder.Save(path);

    protected override SubspacePursuitEncoder Load(string path) => SubspacePursuitEncoder.Load(path);
}

public class SubspacePursuitNonNegativeContract : SubspacePursuitContract
{
    protected override bool NonNegative => true;

    protected override SubspacePursuitOptions Options => base.Options with { NonNegative = true };
}

public class AdmmContract : IterativeContract<AdmmEncoder>
{
    protected virtual AdmmOptions Options => new() { Lambda = 0.02f, GapTolerance = 1e-5f };

    protected override AdmmEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override AdmmEncoder CreateQuick(AtomDictionary dictionary) => new(dictionary, Options with { MaxIterations = 4 });

    protected override void Save(AdmmEncoder encoder, string path) => encoder.Save(path);

    protected override AdmmEncoder Load(string path) => AdmmEncoder.Load(path);
}

public class AdmmNonNegativeContract : AdmmContract
{
    protected override bool NonNegative => true;

    protected override AdmmOptions Options => base.Options with { NonNegative = true, Ridge = 0.01f, AdaptiveRho = false };
}

public class LcaContract : IterativeContract<LcaEncoder>
{
    protected virtual LcaOptions Options => new() { Lambda = 0.02f, Tolerance = 1e-5f };

    protected override LcaEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override LcaEncoder CreateQuick(AtomDictionary dictionary) => new(dictionary, Options with { MaxIterations = 10 });

    protected override void Save(LcaEncoder encoder, string path) => encoder.Save(path);

    protected override LcaEncoder Load(string path) => LcaEncoder.Load(path);
}

public class LcaNonNegativeContract : LcaContract
{
    protected override bool NonNegative => true;

    protected override LcaOptions Options => base.Options with { NonNegative = true };
}

public class LcaHardContract : LcaContract
{
    protected override LcaOptions Options => new() { Lambda = 0.3f, Threshold = LcaThreshold.Hard, Tolerance = 1e-5f };
}

public class ElasticNetLassoContract : LassoContract
{
    protected override LassoOptions Options => base.Options with { Ridge = 0.05f };

    protected override LassoEncoder CreateQuick(AtomDictionary dictionary) => new(dictionary, Options with { Lambda = 0.4f });
}

public class ElasticNetLarsContract : LarsSignedContract
{
    protected override LarsOptions Options => base.Options with { Ridge = 0.05f };

    protected override LarsEncoder CreateQuick(AtomDictionary dictionary) => new(dictionary, Options with { Lambda = 0.4f });
}

public class NearestAtomContract : EncoderContract<NearestAtomEncoder>
{
    protected override int MaxActive => 1;

    protected override bool NonNegative => true;

    protected override bool FlopsAreBound => false;

    protected override bool TakesWarmStart => false;

    protected override NearestAtomEncoder Create(AtomDictionary dictionary) => new(dictionary, new NearestAtomOptions());

    protected override void Save(NearestAtomEncoder encoder, string path) => encoder.Save(path);

    protected override NearestAtomEncoder Load(string path) => NearestAtomEncoder.Load(path);
}

public class NearestLineContract : NearestAtomContract
{
    protected override bool NonNegative => false;

    protected override NearestAtomEncoder Create(AtomDictionary dictionary) => new(dictionary, new NearestAtomOptions { Coding = NearestAtomCoding.Projection });
}

public class ThresholdContract : IterativeContract<ThresholdEncoder>
{
    protected override int MaxActive => 2;

    protected override bool FlopsAreBound => false;

    protected override bool TakesWarmStart => false;

    protected virtual ThresholdOptions Options => new() { Lambda = 0.02f, MaxActive = 2 };

    protected override ThresholdEncoder Construct(IDictionary dictionary) => new(dictionary, Options);

    protected override void Save(ThresholdEncoder encoder, string path) => encoder.Save(path);

    protected override ThresholdEncoder Load(string path) => ThresholdEncoder.Load(path);
}

public class ThresholdNonNegativeContract : ThresholdContract
{
    protected override bool NonNegative => true;

    protected override ThresholdOptions Options => base.Options with { NonNegative = true, Hard = true };
}

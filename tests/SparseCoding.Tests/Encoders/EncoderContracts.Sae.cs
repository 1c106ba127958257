namespace SparseCoding.Tests.Encoders;

// The selections of a sparse autoencoder that are more than a rule for rows.
#pragma warning disable CA1052, SA1402 // Classes that NUnit finds, and that another device derives from.

public class SaeGatedContract : SaeReluContract
{
    protected override Selection Selection => Selection.Gated;
}

public class SaeProLuContract : SaeReluContract
{
    protected override Selection Selection => Selection.ProLu;
}

public class SaeFeatureChoiceContract : SaeReluContract
{
    protected override Selection Selection => Selection.FeatureChoice(3);
}

public class SaeTopAfaContract : SaeReluContract
{
    protected override Selection Selection => Selection.TopAfa;
}

public class SaeSignedHardContract : SaeReluContract
{
    protected override bool NonNegative => false;

    protected override Selection Selection => Selection.SignedHard(0.005f);

    // Without biases, so that negated signals have negated codes.
    protected override SaeEncoder Create(AtomDictionary dictionary) =>
        new SaeEncoder(new SaeOptions { AtomCount = dictionary.AtomCount, Selection = Selection, Bias = false }, new TrainingOptions { Steps = 8, BatchSize = 16, LearningRate = 0.01f })
            .Fit(ContractWorld.Make(dictionary, 64, 3, 5), dictionary, new RunContext { Device = Device });
}

public class SaeGroupMaxContract : SaeReluContract
{
    protected override int MaxActive => 4;

    protected override Selection Selection => Selection.GroupMax(4);
}

public class SaeMatchingPursuitContract : SaeReluContract
{
    protected override int MaxActive => 4;

    protected override bool FlopsAreBound => true;

    protected override Selection Selection => Selection.MatchingPursuit(4);

    // Its atoms are its encoder, so that it learns both; on a given dictionary it is refused.
    protected override SaeEncoder Create(AtomDictionary dictionary) =>
        new SaeEncoder(new SaeOptions { AtomCount = dictionary.AtomCount, Selection = Selection }, new TrainingOptions { Steps = 8, BatchSize = 16, LearningRate = 0.01f })
            .Fit(ContractWorld.Make(dictionary, 64, 3, 5), new RunContext { Device = Device });
}

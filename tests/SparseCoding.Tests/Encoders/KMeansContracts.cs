namespace SparseCoding.Tests.Encoders;

// One class of a few lines for each form of k-means.
#pragma warning disable CA1052, SA1402 // Classes that NUnit finds, and that another device derives from.

public class KMeansContract : EncoderContract<KMeansEncoder>
{
    protected override int MaxActive => 1;

    protected override bool NonNegative => true;

    protected override bool FlopsAreBound => false;

    protected override bool TakesWarmStart => false;

    protected virtual KMeansOptions Options => new() { AtomCount = 1 };

    // It learns its centres, so a given dictionary stands for learned ones.
    protected override KMeansEncoder Create(AtomDictionary dictionary) => new(Options with { AtomCount = dictionary.AtomCount }, dictionary, null);

    protected override void Save(KMeansEncoder encoder, string path) => encoder.Save(path);

    protected override KMeansEncoder Load(string path) => KMeansEncoder.Load(path);
}

public class KMeansSphericalContract : KMeansContract
{
    protected override KMeansOptions Options => new() { AtomCount = 1, Spherical = true };
}

public class KMeansFitContract : FitContract<KMeansEncoder>
{
    protected virtual KMeansOptions Options => new() { AtomCount = 1, Restarts = 2, MaxIterations = 6 };

    protected override KMeansEncoder Recipe(int atoms) => new(Options with { AtomCount = atoms });

    protected override KMeansEncoder Fit(KMeansEncoder recipe, ActivationSource? data, RunContext? context = null, CancellationToken token = default) => recipe.Fit(data!, context, token);

    protected override void Save(KMeansEncoder encoder, string path) => encoder.Save(path);
}

public class KMeansSphericalFitContract : KMeansFitContract
{
    protected override KMeansOptions Options => base.Options with { Spherical = true, Start = KMeansStart.Random };
}

public class KMeansBatchFitContract : KMeansFitContract
{
    protected override KMeansOptions Options => base.Options with { BatchSize = 16 };
}

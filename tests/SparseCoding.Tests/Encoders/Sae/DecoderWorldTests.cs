namespace SparseCoding.Tests;

/// <summary>What decoders are for, on worlds made for them; and trained units through other encoders and formats.</summary>
[TestFixture]
internal sealed class DecoderWorldTests
{
    private static readonly TrainingOptions s_training = new() { Steps = 60, BatchSize = 64, LearningRate = 0.01f };

    public static IEnumerable<TestCaseData> SaeLensForms =>
        from mode in Enum.GetValues<InputNormalization>()
        from decoder in (SaeDecoderOptions[])[SaeDecoderOptions.Linear, new TranscoderDecoderOptions { OutputDimension = 3 }, new TranscoderDecoderOptions { OutputDimension = 3, Skip = true }]
        where decoder is LinearDecoderOptions || mode is not (InputNormalization.RowNorm or InputNormalization.LayerNorm)
        from bias in (bool[])[true, false]
        select new TestCaseData(mode, decoder, bias).SetArgDisplayNames($"{mode} {decoder.GetType().Name}{(decoder is TranscoderDecoderOptions { Skip: true } ? "+skip" : string.Empty)}{(bias ? " biases" : string.Empty)}");

    [TestCaseSource(nameof(SaeLensForms))]
    public void SaveSaeLens_AnyUnits_GivesTheSameCodesAndOutputs(InputNormalization mode, SaeDecoderOptions decoder, bool bias)
    {
        var options = new SaeOptions { AtomCount = 9, Decoder = decoder, Normalization = mode, NormalizationFactor = mode == InputNormalization.Constant ? 0.25f : null, Bias = bias };
        var form = new DecoderForm(decoder, Selection.Relu, mode, bias, null);
        SaeEncoder sae = new SaeEncoder(options, s_training).Fit(form.Source(200));
        using var folder = new TemporaryFolder();
        sae.SaveSaeLens(folder.Path);
        SaeEncoder again = SaeEncoder.LoadSaeLens(folder.Path);
        float[,] signals = DecoderForm.Signals(50, 4, 9);
        SparseCodes expected = sae.Encode(signals), actual = again.Encode(signals);
        Assert.That(actual.ToDense().ToArray(), Is.EqualTo(expected.ToDense().ToArray()).Within(2e-5));
        Assert.That(again.Decoder.Decode(actual, signals).ToArray(), Is.EqualTo(sae.Decoder.Decode(expected, signals).ToArray()).Within(1e-4));
        Assert.That(expected.NonZeroCount, Is.GreaterThan(50));
    }

    [TestCase(InputNormalization.MeanNorm)]
    [TestCase(InputNormalization.Constant)]
    [TestCase(InputNormalization.Standardize)]
    public void IterativeEncoder_OnTheTrainedDictionary_RespectsItsUnits(InputNormalization mode)
    {
        float[,] signals = DecoderForm.Signals(300, 4, 5);
        var options = new SaeOptions { AtomCount = 9, Selection = Selection.TopK(2), Normalization = mode, NormalizationFactor = mode == InputNormalization.Constant ? 0.25f : null };
        SaeEncoder sae = new SaeEncoder(options, s_training).Fit(signals);
        double amortised = Evaluation.Evaluate(sae, signals).Mse;
        Assert.That(Evaluation.Evaluate(new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = 2, NonNegative = true }), signals).Mse, Is.LessThan(amortised * 1.001));

        // The theorem's affine map is the encoder: its counterexample is verified by running the encoder itself.
        TheoremReport report = AmortisationGap.Check(new AtomDictionary(DecoderForm.Signals(9, 4, 3)), 2, new SaeEncoder(options with { Selection = Selection.Relu }, s_training).Fit(signals));
        Assert.That(report.Applies, Is.True);
        Assert.That(report.Counterexample, Is.Not.Null);
    }

    [Test]
    public void Polynomial_WorldOfProducts_ExplainsMoreThanTheLinearOne()
    {
        // Each at the best of the rates .001, .003, .01, .03: the polynomial one asks for a larger one, since its effective atoms start far from norm 1.
        (float[,] signals, float[,] truth, HashSet<(int, int)> planted) = Products(3000);
        SaeEncoder Fit(SaeDecoderOptions decoder, float rate) => new SaeEncoder(
            new SaeOptions { AtomCount = Sources, Selection = Selection.TopK(3), Decoder = decoder, Normalization = InputNormalization.MeanNorm },
            new TrainingOptions { Steps = 2500, BatchSize = 128, LearningRate = new Schedule { Value = rate, WarmupSteps = 100, DecayShare = 0.5, FinalFactor = 0 }, Seed = 2 }).Fit(signals);
        SaeEncoder polynomial = Fit(new PolynomialDecoderOptions { Rank = 20, QuadraticRank = 20, CubicRank = 1, CubicWeight = 0 }, 0.03f);
        double linear = Evaluation.Evaluate(Fit(SaeDecoderOptions.Linear, 0.01f), signals).Nmse, cubic = Evaluation.Evaluate(polynomial, signals).Nmse;
        MccResult matched = Mcc.Between(SparseCodes.FromDense(truth), polynomial.Encode(signals));
        int[] latent = new int[Sources];
        foreach (MatchedPair pair in matched.Matching)
        {
            latent[pair.Truth] = pair.Found;
        }

        var decoder = (PolynomialDecoder)polynomial.Decoder;
        List<((int, int) Pair, double Strength)> ranked = [.. from i in Enumerable.Range(0, Sources) from j in Enumerable.Range(i + 1, Sources - i - 1) select ((i, j), decoder.PairStrength(latent[i], latent[j]))];
        ranked.Sort((a, b) => b.Strength.CompareTo(a.Strength));
        string places = string.Join(' ', ranked.Index().Where(entry => planted.Contains(entry.Item.Pair)).Select(entry => entry.Index));
        TestContext.Out.WriteLine($"NMSE linear {linear:F4}, polynomial {cubic:F4}; MCC {matched.Value:F3}; places of the {planted.Count} planted pairs among {ranked.Count} by strength: {places}");
        Assert.That(cubic, Is.LessThan(0.9 * linear));
    }

    private const int Sources = 20;

    private static (float[,] Signals, float[,] Truth, HashSet<(int, int)> Planted) Products(int rows)
    {
        const int D = 16;
        var random = new Random(7);
        float Normal() => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        float[] Unit()
        {
            float[] v = [.. Enumerable.Range(0, D).Select(_ => Normal())];
            double norm = Math.Sqrt(v.Sum(x => (double)x * x));
            return [.. v.Select(x => (float)(x / norm))];
        }

        float[][] atoms = [.. Enumerable.Range(0, Sources).Select(_ => Unit())];
        var directions = new Dictionary<(int, int), float[]>();
        while (directions.Count < 10)
        {
            int i = random.Next(Sources), j = random.Next(Sources);
            if (i < j)
            {
                directions[(i, j)] = Unit();
            }
        }

        float[,] signals = new float[rows, D], truth = new float[rows, Sources];
        for (int row = 0; row < rows; row++)
        {
            // Half of the rows hold a planted pair, so that the interaction is seen often enough.
            int[] active = random.Next(2) == 0 ? [.. Enumerable.Range(0, Sources).OrderBy(_ => random.Next()).Take(3)] : [random.Next(Sources)];
            if (active.Length == 1)
            {
                (int i, int j) = directions.Keys.ElementAt(random.Next(directions.Count));
                active = [i, j];
            }

            foreach (int i in active)
            {
                truth[row, i] = 0.5f + random.NextSingle();
            }

            for (int k = 0; k < D; k++)
            {
                foreach (int i in active)
                {
                    signals[row, k] += truth[row, i] * atoms[i][k];
                }

                foreach (((int i, int j), float[] direction) in directions)
                {
                    signals[row, k] += truth[row, i] * truth[row, j] * direction[k];
                }
            }
        }

        return (signals, truth, [.. directions.Keys]);
    }
}

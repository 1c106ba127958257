using SparseCoding.Backends;
using SparseCoding.Encoders;
using SparseCoding.Numerics;
using SparseCoding.Training;

namespace SparseCoding.Tests;

/// <summary>What the parts must be equal to in their limits, and what they minimise: by enumeration.</summary>
[TestFixture]
internal sealed class SaeIdentityTests
{
    private const int N = SaeForm.AtomCount;

    /// <summary>β = 0 is TopK to the bit, training included.</summary>
    [Test]
    public void GradientTopK_WithoutItsGradient_IsTopK()
    {
        float[,] signals = Signals(120, 3);
        SparseCodes plain = Fit(Selection.TopK(2), signals), limit = Fit(new GradientTopKSelection(2) { Beta = 0 }, signals);
        Assert.That(limit.Values.ToArray(), Is.EqualTo(plain.Values.ToArray()));
        Assert.That(limit.Atoms.ToArray(), Is.EqualTo(plain.Atoms.ToArray()));

        SparseCodes Fit(Selection selection, float[,] data) =>
            new SaeEncoder(new SaeOptions { AtomCount = N, Selection = selection }, new TrainingOptions { Steps = 30, BatchSize = 32 }).Fit(data).Encode(data);
    }

    /// <summary>No noise and no divergence is TopK; prefixes without weight are a linear decoder. The gradients agree to the rounding of double precision.</summary>
    [Test]
    public void Gradients_InTheLimits_AreThoseOfThePlainParts()
    {
        var top = new SaeForm(Selection.TopK(2), null, null, true, true);
        (SaeForm Limit, SaeForm Plain)[] pairs =
        [
            (top with { Selection = new VariationalTopKSelection(2) { Deviation = 0, DivergenceWeight = 0 } }, top),
            (top with { Selection = new GradientTopKSelection(2) { Beta = 0 } }, top),
            (top with { Selection = new BatchTopKSelection(N) }, top with { Selection = Selection.TopK(N) }),
            (top with { Selection = new FeatureChoiceSelection(N) }, top with { Selection = Selection.TopK(N) }),
            (top with { Selection = new FeatureChoiceSelection(1.5) { MutualChoiceSteps = 1 } }, top with { Selection = new BatchTopKSelection(1.5) }),
            (top with { Selection = new GroupMaxSelection(1) }, top with { Selection = Selection.TopK(1) }),
            (top with { Selection = new GroupMaxSelection(N) }, top with { Selection = Selection.TopK(N) }),
            (top with { Selection = Selection.SignedSoft(0) }, top with { Selection = Selection.AbsTopK(N) }),
            (top with { Selection = Selection.SignedHard(0) }, top with { Selection = Selection.AbsTopK(N) }),
            (top with { Selection = Selection.MatchingPursuit(1), Bias = false }, top with { Selection = Selection.TopK(1), Bias = false }),
        ];
        foreach ((SaeForm limit, SaeForm plain) in pairs)
        {
            Dictionary<string, double[]> a = Gradients(limit), b = Gradients(plain);
            bool tied = limit.Selection.IsTied;
            foreach ((string name, double[] expected) in b)
            {
                // A pursuit of one step is a TopK of one whose encoder is the decoder: the atoms then have both gradients.
                double[] wanted = !tied ? expected : [.. expected.Zip(b["encoder.0.weight"], (x, y) => x + y)];
                if (!tied || name == "decoder.atoms")
                {
                    Assert.That(a[name], Is.EqualTo(wanted).Within(1e-12), $"{limit} against {plain}: {name}");
                }
            }
        }
    }

    [Test]
    public void Quotas_OfAnyBatch_AddUpAndStayWithinIt([Values(0, 0.5, 1, 3)] double exponent, [Values(1, 2, 7, 64)] int atoms, [Values(1, 5, 256)] int rows)
    {
        foreach (double k in (double[])[0.3, 1, 1.75, Math.Min(6.5, atoms), atoms])
        {
            if (k > atoms)
            {
                continue;
            }

            float[] quotas = new FeatureChoiceSelection(k) { ZipfExponent = exponent }.Quotas(atoms, rows);
            long total = (long)Math.Floor(k * rows);
            Assert.Multiple(() =>
            {
                Assert.That(quotas.Sum(q => (long)q), Is.EqualTo(total), "sum");
                Assert.That(quotas.Max(), Is.LessThanOrEqualTo(rows));
                Assert.That(quotas.Min(), Is.GreaterThanOrEqualTo(total >= atoms ? 1 : 0));
                Assert.That(quotas, Is.Ordered.Descending);
                Assert.That(quotas.All(q => q == Math.Floor(q)));
            });
            if (exponent == 0 && total >= atoms)
            {
                Assert.That(quotas.Max() - quotas.Min(), Is.LessThanOrEqualTo(1), "uniform");
            }
        }
    }

    /// <summary>AbsTopK, the thresholds and top-AFA against all subsets of 8 entries.</summary>
    [Test]
    public void Encode_OnTheIdentity_IsTheMinimiserOverAllSupports()
    {
        const int Size = 8;
        var random = new Random(4);
        float[] signal = [.. Enumerable.Range(0, Size).Select(_ => (float)((random.NextDouble() * 4) - 2))];
        double Best(Func<double[], int, double> objective, Func<int, bool> allowed, Func<float, double> value, out double[] code)
        {
            (double least, code) = (double.PositiveInfinity, []);
            for (int support = 0; support < 1 << Size; support++)
            {
                double[] z = [.. signal.Select((x, j) => (support >> j & 1) == 1 ? value(x) : 0)];
                int count = System.Numerics.BitOperations.PopCount((uint)support);
                if (allowed(count) && objective(z, count) < least)
                {
                    (least, code) = (objective(z, count), z);
                }
            }

            return least;
        }

        double Half(double[] z) => 0.5 * z.Select((v, j) => Math.Pow(signal[j] - v, 2)).Sum();
        Best((z, _) => Half(z), n => n <= 3, x => x, out double[] abs);
        Best((z, n) => Half(z) + (0.4 * n), _ => true, x => x, out double[] hard);
        Best((z, _) => Half(z) + (0.4 * z.Sum(Math.Abs)), _ => true, x => Math.Sign(x) * Math.Max(Math.Abs(x) - 0.4, 0), out double[] soft);
        Assert.Multiple(() =>
        {
            Assert.That(Encode(Selection.AbsTopK(3), signal), Is.EqualTo(abs).Within(1e-6));
            Assert.That(Encode(Selection.SignedHard(0.4f), signal), Is.EqualTo(hard).Within(1e-6));
            Assert.That(Encode(Selection.SignedSoft(0.4f), signal), Is.EqualTo(soft).Within(1e-6));
        });

        // With orthonormal atoms and a code that can be whole, top-AFA keeps all: its norm is the signal's.
        float[] positive = [.. signal.Select(Math.Abs)];
        Assert.That(Encode(Selection.TopAfa, positive), Is.EqualTo(positive.Select(v => (double)v)).Within(1e-6));

        // And where only some entries are positive, those nearest in norm: here all positive ones, which have less than the signal.
        Assert.That(Encode(Selection.TopAfa, signal), Is.EqualTo(signal.Select(v => (double)Math.Max(v, 0))).Within(1e-6));

        // A pursuit takes orthonormal atoms one after the other: the largest positive ones.
        double third = signal.OrderDescending().ElementAt(2);
        Assert.That(Encode(Selection.MatchingPursuit(3), signal), Is.EqualTo(signal.Select(v => v >= third && v > 0 ? (double)v : 0)).Within(1e-6));
    }

    /// <summary>The unrolled orthogonal pursuit is the solver's, on the dictionary that it learned.</summary>
    [Test]
    public void OrthogonalPursuit_OnItsOwnDictionary_IsTheSolvers()
    {
        float[,] signals = Signals(200, 8);
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = N, Selection = Selection.OrthogonalPursuit(3) }, new TrainingOptions { Steps = 60, BatchSize = 50, LearningRate = 3e-3f }).Fit(signals);
        SparseCodes codes = sae.Encode(signals), expected = new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = 3 }).Encode(signals);
        Assert.That(codes.Atoms.ToArray(), Is.EqualTo(expected.Atoms.ToArray()));
        Assert.That(codes.Values.ToArray(), Is.EqualTo(expected.Values.ToArray()).Within(1e-4f));
    }

    /// <summary>The closed form of the divergence against a Monte Carlo estimate of 1e5 draws, 1 %.</summary>
    [Test]
    public void Divergence_InClosedForm_IsThatOfSamples()
    {
        double mean = 0.7, log = -0.9, deviation = Math.Exp(log / 2), sum = 0;
        var stream = new RandomStream(1L, "test");
        var draws = new float[100_000];
        stream.FillNormal(draws, 1);
        foreach (float draw in draws)
        {
            // ln q(z) − ln p(z) at z = μ + σε.
            double z = mean + (deviation * draw);
            sum += (-0.5 * draw * draw) - Math.Log(deviation) + (0.5 * z * z);
        }

        double closed = 0.5 * ((mean * mean) + Math.Exp(log) - 1 - log);
        Assert.That(sum / draws.Length, Is.EqualTo(closed).Within(1).Percent);
    }

    [Test]
    public void Draw_Prefixes_AreDistinctAscendingAndTheStepsOwn()
    {
        var seen = new HashSet<string>();
        var counts = new int[64];
        for (long step = 1; step <= 400; step++)
        {
            int[] lengths = MatryoshkaDecoderPart.Draw(7, step, 4, 64);
            Assert.That(lengths, Is.Ordered.Ascending.And.Unique.And.Length.EqualTo(4));
            Assert.That(MatryoshkaDecoderPart.Draw(7, step, 4, 64), Is.EqualTo(lengths));
            Assert.That(lengths, Is.All.InRange(1, 63));
            seen.Add(string.Join(',', lengths));
            Array.ForEach(lengths, length => counts[length]++);
        }

        Assert.That(seen, Has.Count.GreaterThan(100));
        Assert.That(counts[1..8].Sum(), Is.GreaterThan(counts[32..].Sum()), "short prefixes are drawn more often");
        Assert.That(MatryoshkaDecoderPart.Draw(7, 1, 63, 64), Is.EqualTo(Enumerable.Range(1, 63)));
    }

    /// <summary>Training keeps as many as the schedule says: the L0 of the curve falls from 6 to 2, and a fractional k is ⌊k·rows⌋ of the batch.</summary>
    [Test]
    public void Annealing_OfK_IsInTheCurve()
    {
        float[,] signals = Signals(64, 9);
        IReadOnlyList<TrainingPoint> Curve(Selection selection) =>
            new SaeEncoder(new SaeOptions { AtomCount = N, Selection = selection }, new TrainingOptions { Steps = 20, BatchSize = 64, LearningRate = 1e-5f }).Fit(signals).Training!.Curve;
        var annealing = new CountAnnealing { From = 6, Steps = 10 };
        IReadOnlyList<TrainingPoint> abs = Curve(new AbsTopKSelection(2) { Annealing = annealing }), batch = Curve(new BatchTopKSelection(1.3) { Annealing = annealing with { From = 2.5 } });
        Assert.Multiple(() =>
        {
            Assert.That(abs.Select(point => point.L0), Is.EqualTo(abs.Select(point => Math.Floor(point.Step >= 10 ? 2 : 6 - (0.4 * point.Step)))).Within(1e-4));
            Assert.That(batch.Select(point => point.L0), Is.EqualTo(batch.Select(point => Math.Floor(64 * (point.Step >= 10 ? 1.3 : 2.5 - (0.12 * point.Step)) + 1e-9) / 64)).Within(1e-4));
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 4, Selection = new TopKSelection(2) { Annealing = annealing } }), Throws.ArgumentException.With.Message.Contains("starts with 6"));
            Assert.That(() => new SaeEncoder(new SaeOptions { AtomCount = 9, Selection = new TopKSelection(7) { Annealing = annealing } }), Throws.ArgumentException.With.Message.Contains("starts with 6"));
        });
    }

    /// <summary>
    /// Mutual choice, then feature choice: until the switch the run is BatchTopK's, and its encoder has one threshold; after it each atom has its own, and keeps its quota of the signals.
    /// </summary>
    [Test]
    public void MutualChoice_BeforeFeatureChoice_IsBatchTopKUntilTheSwitch()
    {
        float[,] signals = Signals(64, 9);
        SaeEncoder Fit(Selection selection, int steps) =>
            new SaeEncoder(new SaeOptions { AtomCount = N, Selection = selection }, new TrainingOptions { Steps = steps, BatchSize = 64, LearningRate = 3e-3f, Seed = 2 }).Fit(signals);
        var switching = new FeatureChoiceSelection(1.5) { MutualChoiceSteps = 30, ThresholdDecay = 0.5 };
        SaeEncoder before = Fit(switching, 30), mutual = Fit(new BatchTopKSelection(1.5) { ThresholdDecay = 0.5 }, 30), after = Fit(switching, 60);
        Assert.Multiple(() =>
        {
            Assert.That(before.State.Encoder.Weights, Is.EqualTo(mutual.State.Encoder.Weights).Within(1e-4f));
            Assert.That(before.State.Thresholds, Is.EqualTo(mutual.State.Thresholds).Within(1e-4f));
            Assert.That(after.State.Thresholds!.Distinct().Count(), Is.EqualTo(N));
            int[] used = [.. Enumerable.Range(0, N).Select(atom => after.Encode(signals).Atoms.ToArray().Count(at => at == atom))];
            Assert.That(used, Is.All.InRange(64 * 1.5 / N / 2, 64 * 1.5 / N * 2), "every atom has about its quota");
        });
    }

    /// <summary>⌊0.4 · 2⌋ is 0: such a batch would learn nothing, and its threshold of 0 would keep every positive entry afterwards.</summary>
    [Test]
    public void Fit_BatchTopKBelowOneEntryABatch_KeepsOne()
    {
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = N, Selection = new BatchTopKSelection(0.4) }, new TrainingOptions { Steps = 20, BatchSize = 2, LearningRate = 1e-5f }).Fit(Signals(64, 9));
        Assert.That(sae.Training!.Curve.Select(point => point.L0), Is.All.EqualTo(0.5).Within(1e-6));
    }

    /// <summary>A code is the signal's own: alone, in another order, among others.</summary>
    [Test]
    public void Encode_OneSignalAlone_IsItsCodeInTheBatch()
    {
        float[,] signals = Signals(150, 21);
        foreach (Selection selection in SaeForm.All().Select(form => form.Selection).Append(new GradientTopKSelection(2) { Beta = 0 }).Distinct())
        {
            SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = N, Selection = selection }, new TrainingOptions { Steps = 20, BatchSize = 32, LearningRate = 3e-3f }).Fit(signals);
            SparseCodes all = sae.Encode(signals);
            foreach (int row in (int[])[0, 77, 149])
            {
                SparseRow alone = sae.Encode(OneRow(Row(signals, row)))[0];
                Assert.That(alone.Atoms.ToArray(), Is.EqualTo(all[row].Atoms.ToArray()), selection.ToString());
                Assert.That(alone.Values.ToArray(), Is.EqualTo(all[row].Values.ToArray()).Within(1e-6f), selection.ToString());
            }
        }
    }

    private static float[,] OneRow(float[] signal)
    {
        var matrix = new float[1, signal.Length];
        for (int j = 0; j < signal.Length; j++)
        {
            matrix[0, j] = signal[j];
        }

        return matrix;
    }

    private static float[] Row(float[,] matrix, int row) => [.. Enumerable.Range(0, matrix.GetLength(1)).Select(j => matrix[row, j])];

    private static double[] Encode(Selection selection, float[] signal)
    {
        int n = signal.Length;
        var identity = new float[n * n];
        for (int i = 0; i < n; i++)
        {
            identity[(i * n) + i] = 1;
        }

        var state = new SaeState
        {
            Encoder = new LinearLayer(n, n, identity, null),
            Selection = selection,
            Decoder = new AtomDictionary(identity, n),
            Vectors = selection.VectorNames.ToDictionary(name => name, _ => Enumerable.Repeat(1f, n).ToArray()),
        };
        var sae = new SaeEncoder(new SaeOptions { AtomCount = n, Selection = selection, Bias = false }, null, state, null);
        var code = new double[n];
        SparseRow row = sae.Encode(OneRow(signal))[0];
        for (int i = 0; i < row.Atoms.Length; i++)
        {
            code[row.Atoms[i]] = row.Values[i];
        }

        return code;
    }

    private static Dictionary<string, double[]> Gradients(SaeForm form)
    {
        using var backend = new ReferenceBackend();
        using SaeNetwork network = form.Create(backend);
        foreach (Parameter parameter in network.Parameters)
        {
            int seed = parameter.Name switch { "encoder.0.weight" or "decoder.atoms" => 5, _ => parameter.Name.Length };
            double[] values = TestMatrices.Normal<double>(1, (int)parameter.Value.Length, seed);
            values.CopyTo(ReferenceMatrix.Of(parameter.Value).Span);
        }

        network.Load(TestMatrices.Normal<float>(SaeForm.Rows, SaeForm.Dimension, 11));
        network.Backward();
        return network.Parameters.Where(parameter => !parameter.IsFrozen).ToDictionary(parameter => parameter.Name, parameter => ReferenceMatrix.Of(parameter.Gradient!).Span.ToArray());
    }

    private static float[,] Signals(int rows, int seed)
    {
        var signals = new float[rows, SaeForm.Dimension];
        foreach ((int i, float value) in TestMatrices.Normal<float>(rows, SaeForm.Dimension, seed).Index())
        {
            signals[i / SaeForm.Dimension, i % SaeForm.Dimension] = value;
        }

        return signals;
    }
}

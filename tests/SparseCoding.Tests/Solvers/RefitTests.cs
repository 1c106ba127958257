using System.Numerics.Tensors;

namespace SparseCoding.Tests.Solvers;

/// <summary>Least squares on a given support: the conditions of optimality, checked from signal, atoms and code alone.</summary>
public sealed class RefitTests
{
    private const int Atoms = 40, Dimension = 12, Rows = 50;

    [Test]
    public void Refit_LassoCodes_LeavesNoCorrelationOnTheSupport()
    {
        (AtomDictionary dictionary, Tensor<float> signals) = World();
        SparseCodes lasso = new LassoEncoder(dictionary, new LassoOptions { Lambda = 0.3f }).Encode(signals);
        SparseCodes refit = dictionary.Refit(signals, lasso);
        Assert.That(refit.Atoms.ToArray(), Is.EqualTo(lasso.Atoms.ToArray()));
        double[] before = Errors(dictionary, signals, lasso), after = Errors(dictionary, signals, refit);
        for (int row = 0; row < Rows; row++)
        {
            Assert.That(after[row], Is.LessThan(before[row]));
            (double[] correlations, double norm) = Correlations(dictionary, signals, refit, row);
            Assert.That(correlations.Select(Math.Abs).Max(), Is.LessThan(2e-6 * norm), $"row {row}");
        }
    }

    [Test]
    public void Refit_NonNegative_FulfilsKarushKuhnTucker()
    {
        (AtomDictionary dictionary, Tensor<float> signals) = World();
        SparseCodes support = new OmpEncoder(dictionary, new OmpOptions { MaxActive = 8 }).Encode(signals);
        SparseCodes refit = dictionary.Refit(signals, support, nonNegative: true);
        Assert.That(refit.NonZeroCount, Is.LessThan(support.NonZeroCount), "or no sign was wrong");
        for (int row = 0; row < Rows; row++)
        {
            (double[] correlations, double norm) = Correlations(dictionary, signals, refit, row, support[row].Atoms);
            for (int i = 0; i < correlations.Length; i++)
            {
                float value = refit[row][support[row].Atoms[i]];
                Assert.That(value, Is.GreaterThanOrEqualTo(0));
                Assert.That(value > 0 ? Math.Abs(correlations[i]) : correlations[i], Is.LessThan(2e-6 * norm), $"row {row}");
            }
        }
    }

    [Test]
    public void Refit_DependentAtomsAndEmptyRows_AreAnswered()
    {
        var dictionary = new AtomDictionary(new float[,] { { 1, 0 }, { 2, 0 }, { 0, 0 } }, [1, 1], 2);
        SparseCodes codes = SparseCodes.FromDense(new float[,] { { 1, 1, 1 }, { 0, 0, 0 } });
        SparseCodes refit = dictionary.Refit(new float[,] { { 9, 1 }, { 5, 5 } }, codes);
        Assert.That(refit[0].Count, Is.EqualTo(1));
        Assert.That(refit[1].Count, Is.Zero);
        var decoded = new float[4];
        dictionary.Decode(refit).FlattenTo(decoded);
        Assert.That(decoded[0], Is.EqualTo(9f));
        Assert.That(Assert.Throws<ArgumentException>(() => dictionary.Refit(new float[1, 2], codes))!.Message, Does.Contain("[2, 3]"));
        Assert.Throws<ArgumentException>(() => dictionary.Refit(new float[2, 3], codes));
        Assert.Throws<ArgumentNullException>(() => dictionary.Refit(new float[2, 2], null!));
    }

    [Test]
    public void EvaluateCodes_OfAnEncoder_GivesItsReport()
    {
        SyntheticData world = SyntheticData.Generate(new SyntheticDataOptions { Sources = 12, Measurements = 8, Active = 2, Samples = 300, Seed = 4 });
        var omp = new OmpEncoder(world.Dictionary, new OmpOptions { MaxActive = 2 });
        var options = new EvaluationOptions { BlockRows = 64 };
        EncoderReport expected = Evaluation.Evaluate(omp, world, options);
        EncoderReport actual = Evaluation.EvaluateCodes(omp.Encode(world.Signals), omp.Dictionary, world.Signals, world.Codes, world.Dictionary, options);
        Assert.That(actual.Reconstruction, Is.EqualTo(expected.Reconstruction));
        Assert.That(actual.LatentMcc!.Value, Is.EqualTo(expected.LatentMcc!.Value));
        Assert.That(actual.EncodingFlops, Is.EqualTo(FlopCount.Zero));
        Assert.Throws<ArgumentException>(() => Evaluation.EvaluateCodes(omp.Encode(world.Signals).Rows(1..), omp.Dictionary, world.Signals));
        Assert.Throws<NotSupportedException>(() => Evaluation.EvaluateCodes(world.Codes, omp.Dictionary, world.Signals, options: new EvaluationOptions { CountStopReasons = true }));
    }

    private static (AtomDictionary Dictionary, Tensor<float> Signals) World()
    {
        var random = new Random(9);
        float[] atoms = Draw(Atoms * Dimension), signals = Draw(Rows * Dimension);
        return (new AtomDictionary(SignalView.FromRows(atoms, Dimension), Draw(Dimension), 0.7f), Tensor.Create(signals, [Rows, Dimension]));

        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
    }

    private static double[] Errors(AtomDictionary dictionary, Tensor<float> signals, SparseCodes codes) =>
        [.. Enumerable.Range(0, Rows).Select(row => Residual(dictionary, signals, codes, row).Sum(r => r * r))];

    /// <summary>u − zD in double.</summary>
    private static double[] Residual(AtomDictionary dictionary, Tensor<float> signals, SparseCodes codes, int row)
    {
        var atom = new float[Dimension];
        var offset = new float[Dimension];
        dictionary.CopyOffset(offset);
        double[] residual = [.. Enumerable.Range(0, Dimension).Select(k => (double)((signals[row, k] - offset[k]) / dictionary.Scale))];
        SparseRow code = codes[row];
        for (int i = 0; i < code.Count; i++)
        {
            dictionary.CopyAtoms(code.Atoms[i], atom);
            for (int k = 0; k < Dimension; k++)
            {
                residual[k] -= (double)code.Values[i] * atom[k];
            }
        }

        return residual;
    }

    private static (double[] Correlations, double Norm) Correlations(AtomDictionary dictionary, Tensor<float> signals, SparseCodes codes, int row, ReadOnlySpan<int> support = default)
    {
        double[] residual = Residual(dictionary, signals, codes, row);
        var atom = new float[Dimension];
        var result = new List<double>();
        double norm = Math.Sqrt(Residual(dictionary, signals, SparseCodes.FromDense(new float[Rows, Atoms]), row).Sum(r => r * r));
        foreach (int index in support.IsEmpty ? codes[row].Atoms : support)
        {
            dictionary.CopyAtoms(index, atom);
            result.Add(Enumerable.Range(0, Dimension).Sum(k => residual[k] * atom[k]));
        }

        return ([.. result], norm);
    }
}

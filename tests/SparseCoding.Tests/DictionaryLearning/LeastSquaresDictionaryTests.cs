using SparseCoding.DictionaryLearning;
using SparseCoding.Tests.Training;

namespace SparseCoding.Tests.DictionaryLearning;

/// <summary>MOD's update in float64: exact where codes determine the dictionary, a stated answer where they do not.</summary>
public sealed class LeastSquaresDictionaryTests
{
    private const int Rows = 20_000, Atoms = 6, Dimension = 5;

    [Test]
    public void Fit_ExactSignalsOfCodesOfVeryUnequalSize_GivesTheDictionary()
    {
        // Atom 5 has a millionth of the energy of atom 0: sums in float32, or a ridge of the mean diagonal, would lose it.
        (float[,] codes, float[,] signals, double[,] dictionary) = World([1000, 100, 10, 3, 1, 1]);
        AtomDictionary found = Fit(codes, signals);
        float[] atoms = new float[Atoms * Dimension];
        found.CopyAtoms(0, atoms);
        for (int i = 0; i < Atoms; i++)
        {
            for (int k = 0; k < Dimension; k++)
            {
                // Signals are rounded to float32: 6e-5 at a size of 1000.
                Assert.That((double)atoms[(i * Dimension) + k], Is.EqualTo(dictionary[i, k]).Within(2e-6), $"atom {i}, column {k}");
            }
        }
    }

    [Test]
    public void Fit_SilentAtom_BecomesZeroAndIsLogged()
    {
        (float[,] codes, float[,] signals, double[,] dictionary) = World([1, 1, 0, 1, 1, 1]);
        var log = new EventLog();
        AtomDictionary found = Fit(codes, signals, new RunContext { LoggerFactory = log });
        float[] atom = new float[Dimension];
        found.CopyAtoms(2, atom);
        Assert.That(atom, Is.All.Zero);
        found.CopyAtoms(3, atom);
        Assert.That((double)atom[1], Is.EqualTo(dictionary[3, 1]).Within(1e-5));
        Assert.That(log.Ids, Is.EqualTo(new[] { 1020 }));
    }

    [Test]
    public void Fit_TwoColumnsThatAreTheSame_ShareTheSignal()
    {
        (float[,] codes, float[,] signals, _) = World([1, 1, 1, 1, 1, 1]);
        for (int row = 0; row < Rows; row++)
        {
            codes[row, 5] = codes[row, 4];
        }

        AtomDictionary found = Fit(codes, signals);
        float[] atoms = new float[Atoms * Dimension];
        found.CopyAtoms(0, atoms);
        Assert.That(atoms, Is.All.Matches<float>(float.IsFinite));
        for (int k = 0; k < Dimension; k++)
        {
            Assert.That(atoms[(5 * Dimension) + k], Is.EqualTo(atoms[(4 * Dimension) + k]).Within(1e-3f), "equal columns get equal atoms");
        }
    }

    [Test]
    public void Fit_NoCodesAtAll_GivesZeros()
    {
        AtomDictionary found = Fit(new float[3, Atoms], new float[3, Dimension]);
        Assert.That(found.NormValues.ToArray(), Is.All.Zero);
    }

    private static AtomDictionary Fit(float[,] codes, float[,] signals, RunContext? context = null)
    {
        SparseCodes all = SparseCodes.FromDense(codes);
        int done = 0;
        return LeastSquaresDictionary.Fit(signals, Atoms, (view, _) => all.Slice((done += view.RowCount) - view.RowCount, view.RowCount), context ?? RunContext.Default, default);
    }

    private static (float[,] Codes, float[,] Signals, double[,] Dictionary) World(double[] sizes)
    {
        var random = new Random(11);
        var dictionary = new double[Atoms, Dimension];
        foreach ((int i, int k) in Enumerable.Range(0, Atoms * Dimension).Select(p => (p / Dimension, p % Dimension)))
        {
            dictionary[i, k] = (2 * random.NextDouble()) - 1;
        }

        var codes = new float[Rows, Atoms];
        var signals = new float[Rows, Dimension];
        for (int row = 0; row < Rows; row++)
        {
            for (int i = 0; i < Atoms; i++)
            {
                codes[row, i] = random.Next(3) == 0 ? (float)(sizes[i] * random.NextDouble()) : 0;
            }

            for (int k = 0; k < Dimension; k++)
            {
                signals[row, k] = (float)Enumerable.Range(0, Atoms).Sum(i => codes[row, i] * dictionary[i, k]);
            }
        }

        return (codes, signals, dictionary);
    }
}

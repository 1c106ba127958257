using SparseCoding.Numerics;

namespace SparseCoding.Tests.Numerics;

/// <summary>The factor must equal one computed afresh after any sequence of appends and removals; dependence shows as a pivot near zero.</summary>
public sealed class ActiveSetCholeskyTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(9)]
    [TestCase(40)]
    public void Solve_AfterAppends_SatisfiesTheNormalEquations(int count)
    {
        double[,] gram = RandomGram(count, count + 5, seed: count);
        var factor = new ActiveSetCholesky(capacity: 0);
        var order = Enumerable.Range(0, count).ToList();
        foreach (int atom in order)
        {
            AppendAtom(factor, gram, order.GetRange(0, atom), atom);
        }

        AssertSolves(factor, gram, order);
    }

    [Test]
    public void AppendAndRemove_RandomSequence_EqualsAFreshFactor()
    {
        const int Atoms = 30;
        var random = new Random(3);
        double[,] gram = RandomGram(Atoms, 50, seed: 11);
        var factor = new ActiveSetCholesky(4);
        var active = new List<int>();
        int removals = 0;
        for (int step = 0; step < 400; step++)
        {
            int atom = random.Next(Atoms);
            int position = active.IndexOf(atom);
            if (position >= 0)
            {
                factor.Remove(position);
                active.RemoveAt(position);
                removals++;
            }
            else
            {
                AppendAtom(factor, gram, active, atom);
                active.Add(atom);
            }

            Assert.That(factor.Count, Is.EqualTo(active.Count));
            AssertSolves(factor, gram, active);
        }

        var fresh = new ActiveSetCholesky(Atoms);
        for (int i = 0; i < active.Count; i++)
        {
            AppendAtom(fresh, gram, active.GetRange(0, i), active[i]);
        }

        Assert.That(removals, Is.GreaterThan(100));
        for (int i = 0; i < active.Count; i++)
        {
            Assert.That(factor.Row(i).ToArray(), Is.EqualTo(fresh.Row(i).ToArray()).Within(1e-11), $"row {i}");
            Assert.That(factor.InverseDiagonal(i) * factor.Row(i)[i], Is.EqualTo(1).Within(1e-14));
        }
    }

    [Test]
    public void Append_DependentAtom_ReturnsPivotNearZeroAndKeepsTheSet()
    {
        // Atoms (1,0), (0,2) and their sum (1,2).
        var factor = new ActiveSetCholesky();
        Assert.That(factor.Append([], 1), Is.EqualTo(1));
        Assert.That(factor.Append([0], 4), Is.EqualTo(4));
        double pivot = factor.Append([1, 4], 5, 1e-12 * 5);
        Assert.That(pivot, Is.EqualTo(0).Within(1e-15));
        Assert.That(factor.Count, Is.EqualTo(2));
        double[] solution = [3, 8];
        factor.Solve(solution);
        Assert.That(solution, Is.EqualTo([3.0, 2.0]));
    }

    [Test]
    public void Append_NotANumber_IsNotTaken()
    {
        var factor = new ActiveSetCholesky();
        Assert.That(factor.Append([], double.NaN), Is.NaN);
        Assert.That(factor.Count, Is.Zero);
    }

    [Test]
    public void Append_AfterClear_StartsAgain()
    {
        double[,] gram = RandomGram(6, 9, seed: 2);
        var factor = new ActiveSetCholesky(2);
        for (int round = 0; round < 2; round++)
        {
            factor.Clear();
            for (int i = 0; i < 6; i++)
            {
                AppendAtom(factor, gram, Enumerable.Range(0, i).ToList(), i);
            }

            AssertSolves(factor, gram, Enumerable.Range(0, 6).ToList());
        }
    }

    [Test]
    public void SolveLower_ThenUpper_EqualsSolve()
    {
        double[,] gram = RandomGram(12, 20, seed: 5);
        var factor = new ActiveSetCholesky();
        for (int i = 0; i < 12; i++)
        {
            AppendAtom(factor, gram, Enumerable.Range(0, i).ToList(), i);
        }

        double[] once = Enumerable.Range(1, 12).Select(i => (double)i).ToArray();
        double[] lower = (double[])once.Clone();
        factor.SolveLower(lower);
        for (int i = 0; i < 12; i++)
        {
            double product = 0;
            for (int j = 0; j <= i; j++)
            {
                product += factor.Row(i)[j] * lower[j];
            }

            Assert.That(product, Is.EqualTo(i + 1).Within(1e-12));
        }

        factor.SolveUpper(lower);
        factor.Solve(once);
        Assert.That(lower, Is.EqualTo(once));
    }

    private static void AppendAtom(ActiveSetCholesky factor, double[,] gram, List<int> active, int atom)
    {
        double[] column = active.Select(i => gram[i, atom]).ToArray();
        double pivot = factor.Append(column, gram[atom, atom]);
        Assert.That(pivot, Is.GreaterThan(0));
    }

    private static void AssertSolves(ActiveSetCholesky factor, double[,] gram, List<int> active)
    {
        double[] right = active.Select((_, i) => Math.Cos(i + 1)).ToArray();
        double[] solution = (double[])right.Clone();
        factor.Solve(solution);
        for (int i = 0; i < active.Count; i++)
        {
            double product = 0;
            for (int j = 0; j < active.Count; j++)
            {
                product += gram[active[i], active[j]] * solution[j];
            }

            Assert.That(product, Is.EqualTo(right[i]).Within(1e-9));
        }
    }

    private static double[,] RandomGram(int atoms, int dimension, int seed)
    {
        var random = new Random(seed);
        var dictionary = new double[atoms, dimension];
        for (int i = 0; i < atoms; i++)
        {
            for (int j = 0; j < dimension; j++)
            {
                dictionary[i, j] = random.NextDouble() - 0.5;
            }
        }

        var gram = new double[atoms, atoms];
        for (int i = 0; i < atoms; i++)
        {
            for (int j = 0; j < atoms; j++)
            {
                for (int k = 0; k < dimension; k++)
                {
                    gram[i, j] += dictionary[i, k] * dictionary[j, k];
                }
            }
        }

        return gram;
    }
}

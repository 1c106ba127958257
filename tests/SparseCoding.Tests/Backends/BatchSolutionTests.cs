using SparseCoding.Backends;
using SparseCoding.Kernels;

namespace SparseCoding.Tests.Backends;

/// <summary>Rows that share arrays must not see each other, whatever the order in which they come.</summary>
public sealed class BatchSolutionTests
{
    [Test]
    public void Set_RowsInAnyOrder_KeepsEachSortedAndApart()
    {
        const int Rows = 53;
        var random = new Random(3);
        var solution = new BatchSolution(Rows);
        for (int block = 0; block < 3; block++)
        {
            var expected = new Dictionary<int, float>[Rows];
            foreach (int row in Enumerable.Range(0, Rows).OrderBy(_ => random.Next()))
            {
                // Both kinds of sorting, none and one entry among them; zeros stay, for refinement may still move them.
                int count = row % 3 == 0 ? random.Next(3) : random.Next(120);
                int[] atoms = [.. Enumerable.Range(0, 200).OrderBy(_ => random.Next()).Take(count)];
                float[] values = [.. atoms.Select(_ => random.Next(4) == 0 ? 0 : random.NextSingle())];
                expected[row] = atoms.Zip(values).ToDictionary(p => p.First, p => p.Second);
                solution.Set(row, atoms, values, new RowOutcome(SolverStop.Converged, row, block));
            }

            for (int row = 0; row < Rows; row++)
            {
                int[] atoms = solution.Atoms(row).ToArray();
                Assert.That(atoms, Is.EqualTo(expected[row].Keys.Order()));
                Assert.That(solution.Values(row).ToArray(), Is.EqualTo(atoms.Select(a => expected[row][a])));
                Assert.That(solution.Outcomes[row].Iterations, Is.EqualTo(row));
                Assert.That(solution.Outcomes[row].Accuracy, Is.EqualTo(block));
            }

            solution.Reset();
            Assert.That(Enumerable.Range(0, Rows).All(r => solution.Atoms(r).IsEmpty), Is.True);
        }
    }
}

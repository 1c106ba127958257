namespace SparseCoding.Backends;

/// <summary>Codes of all rows of a <see cref="BatchProblem"/> as a solver gives them; rows may be set by any thread.</summary>
internal sealed class BatchSolution(int rows)
{
    /// <summary>Active atoms of each row, in any order.</summary>
    public int[][] Atoms { get; } = new int[rows][];

    /// <summary>Their coefficients.</summary>
    public float[][] Values { get; } = new float[rows][];

    /// <summary>How each row ended.</summary>
    public RowOutcome[] Outcomes { get; } = new RowOutcome[rows];

    /// <summary>Sets one row.</summary>
    public void Set(int row, int[] atoms, float[] values, RowOutcome outcome) => (Atoms[row], Values[row], Outcomes[row]) = (atoms, values, outcome);
}

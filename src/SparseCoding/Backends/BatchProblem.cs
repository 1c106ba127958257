using SparseCoding.Kernels;

namespace SparseCoding.Backends;

/// <summary>A sparse regression problem for whole-solver kernels: many signals, one dictionary, in the units of the solver (offset and scale are out).</summary>
internal sealed class BatchProblem
{
    /// <summary>Gram rows of the dictionary, on the host.</summary>
    public required GramRows<float> Gram { get; init; }

    /// <summary>Atoms, [atoms, dimension].</summary>
    public required DeviceMatrix Dictionary { get; init; }

    /// <summary>Signals, [rows, dimension].</summary>
    public required DeviceMatrix Signals { get; init; }

    /// <summary>Correlations of signals and atoms, [rows, atoms].</summary>
    public required DeviceMatrix Correlations { get; init; }

    /// <summary>Squared norms of the signals, [rows].</summary>
    public required double[] SquaredNorms { get; init; }

    /// <summary>Codes to start from, [rows, atoms]; null starts cold.</summary>
    public SparseCodes? WarmStart { get; init; }

    /// <summary>Number of signals.</summary>
    public int Rows => SquaredNorms.Length;
}

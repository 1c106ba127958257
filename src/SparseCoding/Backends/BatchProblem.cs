using SparseCoding.Kernels;
using SparseCoding.Numerics;

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
    public CsrView? WarmStart { get; init; }

    /// <summary>Atoms of the code that a row starts from; empty for a cold start.</summary>
    public ReadOnlySpan<int> WarmAtoms(int row) => WarmStart is { } warm ? warm.ColumnIndices.Span[warm.RowOffsets.Span[row]..warm.RowOffsets.Span[row + 1]] : default;

    /// <summary>Their coefficients.</summary>
    public ReadOnlySpan<float> WarmValues(int row) => WarmStart is { } warm ? warm.Values.Span[warm.RowOffsets.Span[row]..warm.RowOffsets.Span[row + 1]] : default;

    /// <summary>Number of signals.</summary>
    public int Rows => SquaredNorms.Length;
}

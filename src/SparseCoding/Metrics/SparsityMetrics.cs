using SparseCoding.Diagnostics;
using SparseCoding.Metrics;

namespace SparseCoding;

/// <summary>How sparse codes are, and which atoms are dead or dense.</summary>
public sealed record SparsityMetrics
{
    private readonly double[] _density;

    internal SparsityMetrics(double[] density) => _density = density;

    /// <summary>Number of codes.</summary>
    public required long Samples { get; init; }

    /// <summary>Mean number of entries whose magnitude is above <see cref="Threshold"/>.</summary>
    public required double L0 { get; init; }

    /// <summary><see cref="L0"/> divided by the number of atoms, the paper's form.</summary>
    public double L0Share => L0 / _density.Length;

    /// <summary>Mean over codes of ‖z‖₁ (all entries, whatever the threshold). The paper divides by the number of atoms.</summary>
    public required double L1 { get; init; }

    /// <summary>Magnitude that an active entry exceeds.</summary>
    public required double Threshold { get; init; }

    /// <summary>Number of atoms that are active in no code.</summary>
    public int Dead => _density.Count(d => d == 0);

    /// <summary><see cref="Dead"/> divided by the number of atoms.</summary>
    public double DeadShare => (double)Dead / _density.Length;

    /// <summary>Share of codes above which an atom counts as dense.</summary>
    public required double DenseLimit { get; init; }

    /// <summary>Number of atoms that are active in more than <see cref="DenseLimit"/> of the codes.</summary>
    public int Dense => _density.Count(d => d > DenseLimit);

    /// <summary>Share of codes in which each atom is active, [atoms].</summary>
    public ReadOnlySpan<double> Density => _density;

    /// <summary>Measures codes.</summary>
    /// <param name="codes">Codes, [samples, atoms].</param>
    /// <param name="threshold">Magnitude that an active entry exceeds; not negative.</param>
    /// <param name="denseLimit">Share of codes above which an atom counts as dense, 0 to 1.</param>
    /// <exception cref="ArgumentException">There are no codes.</exception>
    public static SparsityMetrics Measure(SparseCodes codes, double threshold = 0, double denseLimit = 0.5)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Throw.NonNegative((float)threshold, nameof(threshold));
        Throw.InRange(denseLimit, 0, 1, nameof(denseLimit));
        if (codes.RowCount == 0)
        {
            Throw.Argument("codes has no rows.", nameof(codes));
        }

        var counts = new SparsityCounts(codes.AtomCount, threshold);
        counts.Add(codes);
        return counts.Result(denseLimit);
    }
}

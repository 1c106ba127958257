namespace SparseCoding.Benchmarks;

/// <summary>One architecture at about 16 active atoms: its own codes against others on its own dictionary.</summary>
internal sealed record GapRow
{
    /// <summary>Name of the architecture.</summary>
    public required string Selection { get; init; }

    /// <summary>Whether the test file was measured on, or the held-out contexts.</summary>
    public required bool Final { get; init; }

    /// <summary>Steps of 256 rows.</summary>
    public required long Steps { get; init; }

    /// <summary>Active atoms of a code.</summary>
    public required double L0 { get; init; }

    /// <summary>The same of the first 16 384 training rows.</summary>
    public required double TrainL0 { get; init; }

    /// <summary>Share of latents that are active in no training row.</summary>
    public required double Silent { get; init; }

    /// <summary>FVU of all measured rows.</summary>
    public required double Fvu { get; init; }

    /// <summary>FVU of the rows that are coded in every way, by the encoder itself.</summary>
    public required double Own { get; init; }

    /// <summary>The same supports with values of least squares.</summary>
    public required double Refit { get; init; }

    /// <summary>OMP with z ≥ 0; null where the encoder's codes are signed.</summary>
    public double? NonNegativeOmp { get; init; }

    /// <summary>OMP, signed.</summary>
    public required double Omp { get; init; }

    /// <summary>Orthogonal least squares, signed.</summary>
    public required double Ols { get; init; }

    /// <summary>Intervals of the differences of FVU to refit, OMP and OLS, and of the share that OLS takes away: low, high.</summary>
    public required double[][] Intervals { get; init; }

    /// <summary>Processor time of the training, seconds.</summary>
    public required double Processor { get; init; }
}

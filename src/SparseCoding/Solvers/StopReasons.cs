using SparseCoding.Kernels;

namespace SparseCoding.Solvers;

/// <summary>From the solvers' own reasons to the public ones.</summary>
internal static class StopReasons
{
    /// <summary>The public reason of the same name.</summary>
    public static StopReason Of(SolverStop stop) => stop switch
    {
        SolverStop.ZeroCode => StopReason.ZeroCode,
        SolverStop.MaxActive => StopReason.MaxActive,
        SolverStop.Residual => StopReason.Residual,
        SolverStop.Penalty => StopReason.Penalty,
        SolverStop.Converged => StopReason.Converged,
        SolverStop.L1Budget => StopReason.L1Budget,
        SolverStop.NoImprovement => StopReason.NoImprovement,
        SolverStop.DependentAtoms => StopReason.DependentAtoms,
        SolverStop.MaxIterations => StopReason.MaxIterations,
        _ => StopReason.None,
    };
}

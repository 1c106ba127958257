namespace SparseCoding;

/// <summary>How a greedy pursuit chooses its next atom.</summary>
public enum PursuitSelection
{
    /// <summary>OMP: the largest correlation with the residual, |⟨r, d⟩|/‖d‖ (Pati, Rezaiifar and Krishnaprasad 1993).</summary>
    Correlation,

    /// <summary>OLS, also called ORMP and what SPAMS calls omp: the largest fall of the squared error (Chen, Billings and Luo 1989). Signed codes only.</summary>
    ErrorReduction,
}

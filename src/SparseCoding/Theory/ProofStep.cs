namespace SparseCoding;

/// <summary>Which step of the proof of the theorem on the amortisation gap a counterexample violates.</summary>
public enum ProofStep
{
    /// <summary>One active atom s_i: its own latent does not answer s_i (A_ii ≠ 1).</summary>
    OwnLatent,

    /// <summary>One active atom s_i: another latent answers as well (A_il &gt; 0).</summary>
    OtherLatent,

    /// <summary>Two active atoms, each right alone perhaps: together one changes the other's latent (A_ij ≠ 0).</summary>
    Pair,
}

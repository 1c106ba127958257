namespace SparseCoding;

/// <summary>Which step of the proof of the theorem on the amortisation gap a counterexample violates.</summary>
public enum ProofStep
{
    /// <summary>One active atom s_i of size t: its own latent does not answer t (A_ii t + β_i ≠ t, with β = b + W·offset the bias at the dictionary's offset).</summary>
    OwnLatent,

    /// <summary>One active atom s_i of size t: the largest error is that of another latent, which answers as well (A_il t + β_l &gt; 0).</summary>
    OtherLatent,

    /// <summary>Two active atoms, each answered better alone: together their latents do not answer both (A_jj t + A_ij t + β_j ≠ t).</summary>
    Pair,
}

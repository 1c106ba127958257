namespace SparseCoding;

/// <summary>What a <see cref="ReconstructionHook"/> passes back to what lies before it.</summary>
public enum HookGradient
{
    /// <summary>The derivative of the reconstruction: through decoder and encoder, over the active latents.</summary>
    Full,

    /// <summary>Nothing: all zeros, as in Resa's released code, where only layers behind the hook learn.</summary>
    Stop,

    /// <summary>The gradient as it came, as if the reconstruction were the signal.</summary>
    StraightThrough,
}

namespace SparseCoding;

/// <summary>How gradient-based sparse coding keeps codes non-negative.</summary>
public enum CodeParametrization
{
    /// <summary>z = exp(s): the paper's; smooth, never exactly 0.</summary>
    Exp,

    /// <summary>z = ReLU(s): exact zeros, but an entry that is cut gets no gradient.</summary>
    Relu,
}

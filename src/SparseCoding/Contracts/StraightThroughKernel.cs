namespace SparseCoding;

/// <summary>Kernels K(u) of straight-through gradients, each of integral 1 (the choice of overcomplete's JumpSAE).</summary>
public enum StraightThroughKernel
{
    /// <summary>1 for |u| below ½.</summary>
    Rectangle,

    /// <summary>1 − |u| for |u| below 1.</summary>
    Triangle,

    /// <summary>¾(1 − u²) for |u| below 1 (Epanechnikov).</summary>
    Epanechnikov,

    /// <summary>15/16 (1 − u²)² for |u| below 1.</summary>
    Quartic,

    /// <summary>exp(−u²/2)/√(2π).</summary>
    Gaussian,
}

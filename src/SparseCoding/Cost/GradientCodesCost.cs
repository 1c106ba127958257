namespace SparseCoding.Cost;

/// <summary>Floating-point operations of codes that are optimised by gradients, exact and as published.</summary>
internal static class GradientCodesCost
{
    /// <summary>
    /// Inference on a fixed dictionary. One step: z = f(s) (N), residual 2MN + M, gradient 2MN + N, chain rule N, Adam 12N.
    /// As published (equation 31): (MN + N + (4MN + 2M + 11N) · iterations) · samples.
    /// </summary>
    public static FlopCount Inference(int dimension, int atoms, long iterations, bool isBound, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, t = (UInt128)iterations, s = (UInt128)samples;
        UInt128 exact = t * ((4 * m * n) + m + (15 * n));
        UInt128 published = (m * n) + n + (((4 * m * n) + (2 * m) + (11 * n)) * t);
        return new FlopCount(exact * s, published * s, isBound);
    }

    /// <summary>
    /// One joint step on codes and dictionary. The exact count adds the dictionary's gradient 2MN for each sample, its Adam step 12MN and
    /// its normalisation 3MN. As published (equations 18 to 22), the double counting of loss and update included.
    /// </summary>
    public static FlopCount TrainingStep(int dimension, int atoms, long samples)
    {
        UInt128 m = (UInt128)dimension, n = (UInt128)atoms, b = (UInt128)samples, mn = m * n;
        UInt128 exact = (b * ((6 * mn) + m + (15 * n))) + (15 * mn);
        UInt128 forward = (3 * mn) + n + (2 * mn);
        UInt128 published = b * (forward + (2 * m * b) + (n * b) + (2 * forward) + (n * b) + mn);
        return new FlopCount(exact, published);
    }
}

using System.Text.Json.Serialization;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// How the atoms move between two codings. A pure value; any iterative encoder learns with any update, and the few pairs that have no meaning are
/// refused by name before any work. docs/how-to/learn-a-dictionary.md has the table.
/// </summary>
[JsonDerivedType(typeof(BlockCoordinateUpdate), "block-coordinate")]
[JsonDerivedType(typeof(ModUpdate), "mod")]
[JsonDerivedType(typeof(KSvdUpdate), "k-svd")]
[JsonDerivedType(typeof(ApproximateKSvdUpdate), "approximate-k-svd")]
[JsonDerivedType(typeof(GradientUpdate), "gradient")]
public abstract record DictionaryUpdate
{
    private protected DictionaryUpdate()
    {
    }

    /// <summary>Block coordinate descent on ZᵀZ and ZᵀX (Mairal et al. 2010): never raises the objective, works on streams, any sign. The default.</summary>
    public static DictionaryUpdate BlockCoordinate { get; } = new BlockCoordinateUpdate();

    /// <summary>The method of optimal directions (Engan et al. 1999): the least-squares dictionary of the codes, then scaled to norm 1.</summary>
    public static DictionaryUpdate Mod { get; } = new ModUpdate();

    /// <summary>Exact K-SVD (Aharon, Elad and Bruckstein 2006): each atom and its coefficients become the best rank-1 fit of what the others leave.</summary>
    public static DictionaryUpdate KSvd { get; } = new KSvdUpdate();

    /// <summary>Approximate K-SVD (Rubinstein, Zibulevsky and Elad 2008): the same with one power step instead of the singular vectors.</summary>
    public static DictionaryUpdate ApproximateKSvd { get; } = new ApproximateKSvdUpdate();

    /// <summary>Adam on the atoms along the sphere, from the batch alone; nothing is remembered but its moments.</summary>
    /// <param name="learningRate">Rate, or a schedule over the alternations.</param>
    /// <param name="steps">Steps after each coding, at least 1.</param>
    public static DictionaryUpdate Gradient(Schedule learningRate, int steps = 1) => new GradientUpdate { LearningRate = learningRate, Steps = steps };

    /// <summary>Whether sums over all batches so far (ZᵀZ, ZᵀX) are what it works on; others see the batch alone.</summary>
    internal virtual bool UsesStatistics => false;

    /// <summary>Whether it moves the codes with the atoms, which only codes of all signals allow.</summary>
    internal virtual bool MovesCodes => false;

    /// <summary>Short name for messages.</summary>
    internal abstract string Name { get; }

    /// <summary>Refuses what it cannot do with a coder, by name.</summary>
    internal virtual void Validate(DictionaryLearningOptions options, float penalty)
    {
        if (!UsesStatistics && options.Forgetting != 0)
        {
            Throw.NotSupported($"Forgetting with {Name}: it keeps no sums of earlier batches that could be forgotten. Leave Forgetting at 0, or use BlockCoordinate or Mod.");
        }
    }

    /// <summary>Upper bound of its floating-point operations for one batch with dense codes.</summary>
    internal abstract UInt128 Flops(UInt128 atoms, UInt128 dimension, UInt128 rows);
}

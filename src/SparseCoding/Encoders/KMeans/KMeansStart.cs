namespace SparseCoding;

/// <summary>Where the centres of k-means begin.</summary>
public enum KMeansStart
{
    /// <summary>k-means++: each next centre is a signal drawn in proportion to its squared distance from the centres so far, the best of 2 + ⌊ln K⌋ draws (Arthur and Vassilvitskii 2007).</summary>
    PlusPlus = 0,

    /// <summary>Different signals drawn at random.</summary>
    Random,
}

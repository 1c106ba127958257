using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>k-means: what is clustered, where it begins and where it stops.</summary>
public sealed record KMeansOptions
{
    /// <summary>Number of clusters, whose centres are the atoms; at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>
    /// Whether directions are clustered: signals are scaled to norm 1 (those of norm 0 are left out), centres are mean directions of norm 1, and a code is the signal's
    /// coefficient on its centre. Otherwise centres are means and a code is one-hot with value 1.
    /// </summary>
    /// <value>Default: false.</value>
    public bool Spherical { get; init; }

    /// <summary>Where the centres begin.</summary>
    /// <value>Default: <see cref="KMeansStart.PlusPlus"/>.</value>
    public KMeansStart Start
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Signals of a mini-batch (Sculley 2010), drawn at random in each step; 0 for Lloyd's rounds over all signals, which are then in memory.</summary>
    /// <value>Default: 0.</value>
    public int BatchSize
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>The most rounds over all signals, or steps of mini-batches; at least 1.</summary>
    /// <value>Default: 300, scikit-learn's.</value>
    public int MaxIterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 300;

    /// <summary>Stops when the squared movement of all centres in one iteration is at most this times the mean variance of a coordinate; 0 goes on until no signal changes its cluster.</summary>
    /// <value>Default: 1e-4, scikit-learn's.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-4f;

    /// <summary>Runs from different starts, of which the one of least loss is kept; at least 1.</summary>
    /// <value>Default: 1.</value>
    public int Restarts
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1;

    /// <summary>Seed of starts and mini-batches.</summary>
    /// <value>Default: 0.</value>
    public long Seed { get; init; }
}

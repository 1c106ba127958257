using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>A non-negative matrix factorisation: min over Z ≥ 0 and atoms ≥ 0 of norm 1 of the mean over signals of ½‖x − zD‖² + λ‖z‖₁.</summary>
public sealed record NmfOptions
{
    /// <summary>Number of atoms (the rank), at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>How it is iterated.</summary>
    /// <value>Default: <see cref="NmfMethod.Hals"/>.</value>
    public NmfMethod Method
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Method must be Hals or Multiplicative.");
    }

    /// <summary>λ of the l1 penalty on the codes; refused by the multiplicative updates, which do not hold the atoms at norm 1 on their way.</summary>
    /// <value>Default: 0.</value>
    public float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    }

    /// <summary>The most iterations, at least 1.</summary>
    /// <value>Default: 200, scikit-learn's.</value>
    public int Iterations
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 200;

    /// <summary>Ends when an iteration lowers the objective by less than this share of the first one; 0 does all iterations.</summary>
    /// <value>Default: 1e-5.</value>
    public float Tolerance
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 1e-5f;

    /// <summary>Where the atoms begin.</summary>
    /// <value>Default: <see cref="DictionaryStart.Signals"/>.</value>
    public DictionaryStart Start
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "Start must be Signals, Random or Svd.");
    }

    /// <summary>Seed of the start.</summary>
    /// <value>Default: 0.</value>
    public long Seed { get; init; }
}

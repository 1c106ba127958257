using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>Gradient-based sparse coding: codes and dictionary are learned together, codes of new signals are optimised with the dictionary fixed.</summary>
public sealed record SparseCodingOptions
{
    /// <summary>Number of atoms, at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>λ of ½‖u − zD‖² + λ‖z‖₁, in training and in inference.</summary>
    /// <value>Default: 0.0025.</value>
    public float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 0.0025f;

    /// <summary>How codes are kept non-negative.</summary>
    /// <value>Default: <see cref="CodeParametrization.Exp"/>.</value>
    public CodeParametrization Parametrization
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Logarithm at which every training code begins; of the exp parametrisation (the ReLU form starts from standard normal numbers).</summary>
    /// <value>Default: −4. The paper has −10.</value>
    public float InitialLogCode
    {
        get;
        init => field = float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(value), value, "InitialLogCode must be finite.");
    } = -4;

    /// <summary>Whether the decoder has a bias, learned with the atoms; it starts at the data's mean.</summary>
    /// <value>Default: false.</value>
    public bool Bias { get; init; }

    /// <summary>
    /// Whether the atoms of a dictionary that is learned are scaled to unit norm after every step; otherwise their norms are free, and the penalty is evaded by large atoms.
    /// They start at norm 1 all the same, and their gradients are not projected, whatever <see cref="TrainingOptions.ProjectAtomGradients"/> says.
    /// </summary>
    /// <value>Default: true.</value>
    public bool UnitNorm { get; init; } = true;

    /// <summary>How codes of new signals are found; its Lambda and Parametrization must be left at their defaults: they are those of these options.</summary>
    /// <value>Default: the gradient method with its defaults.</value>
    public ItoOptions Inference
    {
        get;
        init => field = Check(value);
    } = new();

    private static ItoOptions Check(ItoOptions? value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Method != ItoMethod.Gradient)
        {
            Throw.NotSupported($"Inference by {value.Method}: sparse coding infers by gradients. Put an ItoEncoder, OmpEncoder or LarsEncoder on the trained Dictionary instead.");
        }

        if (value.Lambda is not null || value.Parametrization != default)
        {
            Throw.Argument("Inference has a Lambda or Parametrization of its own; set them in SparseCodingOptions only, training and inference share them.", nameof(Inference));
        }

        value.Validate(1);
        return value;
    }
}

using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>What an unrolled encoder (LISTA, LISTA-CP, LISTA-SS, ALISTA) is, and how its layers are trained one after the other.</summary>
public sealed record ListaOptions
{
    /// <summary>Number of atoms, at least 1.</summary>
    public required int AtomCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    }

    /// <summary>Number T of layers, each of which stands for one iteration of ISTA; at least 1.</summary>
    /// <value>Default: 16, that of the papers.</value>
    public int LayerCount
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 16;

    /// <summary>What the layers learn.</summary>
    /// <value>Default: <see cref="ListaWeights.Coupled"/>.</value>
    public ListaWeights Weights
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Whether all layers share their weights; thresholds stay each layer's own. Refused with analytic weights, which are one matrix anyway.</summary>
    /// <value>Default: false.</value>
    public bool Tied { get; init; }

    /// <summary>Whether each atom of a layer has a threshold of its own; otherwise a layer has one.</summary>
    /// <value>Default: false.</value>
    public bool ThresholdPerAtom { get; init; }

    /// <summary>
    /// Support selection: layer t (from 1) does not shrink the ⌊min(p t, p_max) N⌋ entries of largest magnitude, so that what is certainly active keeps its
    /// size. This is p, from 0 (none) to 1.
    /// </summary>
    /// <value>Default: 0. The papers take 0.012 for codes of which a tenth is active.</value>
    public float SupportShare
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 1);
    }

    /// <summary>The p_max of support selection, 0 to 1: a little above the share of atoms that are active. Without effect while <see cref="SupportShare"/> is 0.</summary>
    /// <value>Default: 0.12.</value>
    public float MaxSupportShare
    {
        get;
        init => field = (float)Throw.InRange(value, 0, 1);
    } = 0.12f;

    /// <summary>Whether codes must not be negative.</summary>
    /// <value>Default: false.</value>
    public bool NonNegative { get; init; }

    /// <summary>
    /// λ of ½‖u − zD‖² + λ‖z‖₁: the loss of training on signals, and in every form the λ of the ISTA that the layers begin as. TrainingOptions.Lambda
    /// must be null or the same.
    /// </summary>
    /// <value>Default: 0.1.</value>
    public float Lambda
    {
        get;
        init => field = Throw.NonNegative(value);
    } = 0.1f;

    /// <summary>
    /// Share of the training steps that trains layer by layer, 0 to 1: each new layer begins as the one before it and is trained alone, then with all layers
    /// before it at a fifth of the learning rate, always for the loss behind the new layer. The other steps train all layers for the loss behind the last, at a fifth
    /// of the rate as well; with 0 there are only these, at the whole rate.
    /// </summary>
    /// <value>Default: 0.5.</value>
    public double LayerwiseShare
    {
        get;
        init => field = Throw.InRange(value, 0, 1);
    } = 0.5;

    /// <summary>Whether the decoder has an offset that is also subtracted from the signal where the dictionary is learned; a known dictionary brings its own.</summary>
    /// <value>Default: true.</value>
    public bool Bias { get; init; } = true;

    /// <summary>How signals are scaled where the dictionary is learned: None or MeanNorm. Refused by the other forms of Fit, which bring their own units.</summary>
    /// <value>Default: <see cref="InputNormalization.None"/>.</value>
    public InputNormalization Normalization
    {
        get;
        init => field = Throw.Defined(value);
    }

    /// <summary>Refuses options that contradict each other.</summary>
    internal void Validate()
    {
        if (Tied && Weights == ListaWeights.Analytic)
        {
            Throw.Argument("Tied belongs to learned weights; Weights = Analytic is one matrix for all layers anyway.", nameof(Tied));
        }
    }
}

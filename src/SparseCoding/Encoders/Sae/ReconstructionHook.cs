using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// A sparse autoencoder in the place of a layer's output: forward x̂ = offset + scale · z(x)D, and backward what a loss of x̂ means for x. For training that goes through a frozen SAE (end-to-end training; Resa, arXiv 2506.09967,
/// which replaces an activation by its reconstruction while adapters learn). The SAE itself does not change. Immutable and thread-safe.
/// </summary>
/// <remarks>
/// The full gradient is that of a code on a fixed support: ∂L/∂x = Σ_{i active} scale ⟨d_i, ∂L/∂x̂⟩ w_i, with w_i the encoder's row in units of the signal. It is exact wherever a small change of x does not change the
/// support; jumps of TopK and JumpReLU are not seen. It holds for selections whose entries are pre-activations, plain or less a constant.
/// </remarks>
public sealed class ReconstructionHook
{
    private readonly float[] _weights;
    private readonly float[] _atoms;
    private readonly float _scale;

    /// <summary>Puts the hook around a fitted encoder.</summary>
    /// <param name="encoder">A fitted SAE with a linear decoder and no normalisation by row.</param>
    /// <param name="gradient">What goes back.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="NotSupportedException">Its decoder is no dictionary, or its codes are not pre-activations on a support (gated, matching pursuit, orthogonal pursuit).</exception>
    public ReconstructionHook(SaeEncoder encoder, HookGradient gradient = HookGradient.Full)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        Encoder = encoder;
        Gradient = Throw.Defined(gradient);
        AtomDictionary dictionary = encoder.Dictionary;
        if (encoder.Options.Selection is GatedSelection or MatchingPursuitSelection or OrthogonalPursuitSelection)
        {
            Throw.NotSupported($"A hook through {encoder.Options.Selection}: its codes are not pre-activations on a support, so that this gradient would be wrong. Use another selection, or HookGradient.Stop around your own forward pass.");
        }

        (_weights, _) = encoder.State.AsNetwork().FoldInput();
        _atoms = new float[_weights.Length];
        dictionary.CopyAtoms(0, _atoms);
        _scale = dictionary.Scale;
    }

    /// <summary>The SAE.</summary>
    public SaeEncoder Encoder { get; }

    /// <summary>What goes back.</summary>
    public HookGradient Gradient { get; }

    /// <summary>The reconstructions that take the place of the signals.</summary>
    /// <param name="signals">Signals, [samples, dimension].</param>
    /// <param name="reconstruction">Receives [samples · dimension].</param>
    /// <returns>The codes, which <see cref="Backward(SparseCodes, SignalView, Span{float})"/> needs.</returns>
    /// <exception cref="ArgumentException">Signals or target of a wrong shape, or NaN.</exception>
    public SparseCodes Forward(SignalView signals, Span<float> reconstruction)
    {
        SparseCodes codes = Encoder.Encode(signals);
        CheckLength(reconstruction.Length, codes.RowCount, nameof(reconstruction));
        Encoder.Decoder.Decode(codes).FlattenTo(reconstruction);
        return codes;
    }

    /// <summary>From the gradient at the reconstructions to the gradient at the signals. Cost: samples · L0 · 4 dimension.</summary>
    /// <param name="codes">Codes of the signals, from <see cref="Forward"/>.</param>
    /// <param name="gradients">∂L/∂x̂, [samples, dimension].</param>
    /// <param name="target">Receives ∂L/∂x, [samples · dimension]; it is overwritten.</param>
    /// <exception cref="ArgumentException">Shapes that do not belong together, or NaN.</exception>
    public void Backward(SparseCodes codes, SignalView gradients, Span<float> target)
    {
        ArgumentNullException.ThrowIfNull(codes);
        int dimension = Encoder.Dimension;
        gradients.ThrowIfInvalid(nameof(gradients), dimension, "the encoder");
        CheckLength(target.Length, gradients.RowCount, nameof(target));
        if (codes.AtomCount != Encoder.AtomCount || codes.RowCount != gradients.RowCount)
        {
            Throw.Argument($"codes has shape [{codes.RowCount}, {codes.AtomCount}]; gradients need [{gradients.RowCount}, {Encoder.AtomCount}].", nameof(codes));
        }

        if (Gradient == HookGradient.Stop)
        {
            target.Clear();
            return;
        }

        gradients.CopyRows(0, gradients.RowCount, target);
        if (Gradient == HookGradient.StraightThrough)
        {
            return;
        }

        var given = new float[dimension];
        for (int row = 0; row < codes.RowCount; row++)
        {
            Span<float> result = target.Slice(row * dimension, dimension);
            result.CopyTo(given);
            result.Clear();
            foreach (int atom in codes[row].Atoms)
            {
                float slope = _scale * TensorPrimitives.Dot<float>(_atoms.AsSpan(atom * dimension, dimension), given);
                TensorPrimitives.MultiplyAdd(_weights.AsSpan(atom * dimension, dimension), slope, result, result);
            }
        }
    }

    private void CheckLength(int length, int rows, string name)
    {
        if (length != (long)rows * Encoder.Dimension)
        {
            Throw.Argument($"{name} has {length} values; [{rows}, {Encoder.Dimension}] need {(long)rows * Encoder.Dimension}.", name);
        }
    }
}

using SparseCoding.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>
/// A sparse autoencoder as a torch module: its forward is the reconstruction x̂ of x, gradients flow through it to its parameters and to x, so that it can stand in a model and be
/// trained with the model's own loss. With u = (x − b_in)/s (each row normalised first where the encoder does that): z = select(u Wᵀ + b), x̂ = b_dec + t · zD. Codes are those of the
/// encoder it was made from, within rounding; ties go to the lower index. It encodes as a trained encoder does in training mode too: a BatchTopK by its threshold.
/// </summary>
/// <remarks>
/// <para>Gradients: a code's support is a constant, entries on it have the gradient of their value (so TopK, BatchTopK, GroupMax and the thresholds). A JumpReLU threshold has the straight-through gradient of
/// <see cref="JumpReluSelection"/>, −(θ/ε)K((pre − θ)/ε); ProLU the one its options name; a gate's weights have that of their magnitude only. No penalty and no unit norm is
/// imposed: add what you want to the loss, and call <see cref="NormalizeAtoms"/> after a step where atoms are to keep norm 1.</para>
/// <para>Signals are [..., dimension] of the module's type, on its device; anything else is an ArgumentException before torch is asked. NaN goes through as NaN, row by row; nothing is looked at for it. Returned tensors are the caller's, or of the
/// dispose scope that is open; intermediates that no gradient needs are gone when a method returns. The module owns its parameters: dispose it. Orthogonal pursuit is refused by
/// name: its least-squares step is not one that this module expresses.</para>
/// </remarks>
public sealed partial class SaeModule : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly SaeEncoder _source;
    private readonly SaePass _pass;

    /// <summary>A module with a copy of the encoder's weights, in float32 on the CPU; move it with <c>to(device)</c>.</summary>
    /// <param name="encoder">A fitted encoder.</param>
    /// <param name="name">Name of the module.</param>
    /// <exception cref="InvalidOperationException">The encoder is not fitted.</exception>
    /// <exception cref="NotSupportedException">Its selection or decoder is not one that the module expresses; the message names it.</exception>
    public SaeModule(SaeEncoder encoder, string name = "sae")
        : base(name)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        _source = encoder;
        _pass = SaePass.Of(encoder.Options.Selection);
        Load(encoder.State);
        RegisterComponents();
    }

    /// <summary>Number of atoms.</summary>
    public int AtomCount => _source.AtomCount;

    /// <summary>Dimension of the signals.</summary>
    public int Dimension => _source.Dimension;

    /// <summary>Dimension of what it gives; differs from <see cref="Dimension"/> in a transcoder.</summary>
    public int OutputDimension => _source.Decoder.OutputDimension;

    /// <summary>What the encoder is.</summary>
    public SaeOptions Options => _source.Options;

    /// <summary>The atoms D, [atoms, output dimension]: the parameter itself, owned by the module.</summary>
    public Parameter Atoms => get_parameter(AtomsName)!;

    /// <summary>Reconstructions (or predictions), as <see cref="DecodeTensor(torch.Tensor, torch.Tensor?)"/> of <see cref="EncodeTensor"/>.</summary>
    /// <param name="input">Signals, [..., dimension].</param>
    /// <returns>[..., output dimension].</returns>
    public override torch.Tensor forward(torch.Tensor input)
    {
        Require(input, Dimension, nameof(input));
        using var scope = torch.NewDisposeScope();
        torch.Tensor result = Decoded(Codes(input), input).MoveToOuterDisposeScope();
        KeepAlive(input);
        return result;
    }

    /// <summary>Codes of the signals, dense.</summary>
    /// <param name="signals">[..., dimension].</param>
    /// <returns>[..., atoms], with gradients.</returns>
    /// <exception cref="ArgumentException">Another type, device or dimension.</exception>
    public torch.Tensor EncodeTensor(torch.Tensor signals)
    {
        Require(signals, Dimension, nameof(signals));
        using var scope = torch.NewDisposeScope();
        torch.Tensor result = Codes(signals).MoveToOuterDisposeScope();
        KeepAlive(signals);
        return result;
    }

    /// <summary>Reconstructions (or predictions) of codes.</summary>
    /// <param name="codes">[..., atoms], dense.</param>
    /// <param name="signals">The signals that were encoded, [..., dimension]: needed where rows are normalised by their own figures, and with a skip connection; else not looked at.</param>
    /// <returns>[..., output dimension], with gradients.</returns>
    /// <exception cref="ArgumentException">Another type, device or shape; signals are needed and missing.</exception>
    public torch.Tensor DecodeTensor(torch.Tensor codes, torch.Tensor? signals = null)
    {
        Require(codes, AtomCount, nameof(codes));
        if (signals is not null)
        {
            RequireSameRows(codes, signals);
        }
        else if (NeedsSignals)
        {
            Throw.Argument($"The decoder of this SAE ({_source.Decoder.GetType().Name}) needs the signals beside their codes.", nameof(signals));
        }

        using var scope = torch.NewDisposeScope();
        torch.Tensor result = Decoded(codes, signals).MoveToOuterDisposeScope();
        KeepAlive(codes, signals);
        return result;
    }

    /// <summary>Codes and reconstructions in one pass: for losses with a penalty on the codes.</summary>
    /// <param name="signals">[..., dimension].</param>
    /// <returns>Codes [..., atoms] and reconstructions [..., output dimension], with gradients.</returns>
    public (torch.Tensor Codes, torch.Tensor Reconstruction) EncodeAndDecode(torch.Tensor signals)
    {
        Require(signals, Dimension, nameof(signals));
        using var scope = torch.NewDisposeScope();
        torch.Tensor codes = Codes(signals);
        torch.Tensor reconstruction = Decoded(codes, signals);
        KeepAlive(signals);
        return (codes.MoveToOuterDisposeScope(), reconstruction.MoveToOuterDisposeScope());
    }

    /// <summary>Brings all atoms to norm 1 in place, outside of the gradient; atoms of norm 0 stay. For after an optimiser's step.</summary>
    public void NormalizeAtoms()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        torch.Tensor atoms = Atoms, norms = (atoms * atoms).sum(-1, keepdim: true).sqrt();
        atoms.div_(torch.where(norms.gt(Zero), norms, torch.ones_like(norms)));
    }

    /// <summary>An encoder of the core with the module's weights as they are now, rounded to float32; options and training options are those of the encoder it was made from.</summary>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite; the message names it.</exception>
    public SaeEncoder ToEncoder() => new(_source.Options, _source.TrainingOptions, Snapshot(_source.State), null);

    /// <summary>What decoding of edited codes changes: t · (edited − codes) D where the decoder is linear in the codes, which they all are but for a row's own scale.</summary>
    internal torch.Tensor DecodeDifference(torch.Tensor codes, torch.Tensor edited, torch.Tensor signals)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor difference = (edited - codes).matmul(Atoms).mul(S(DecoderScale));
        if (IsByRow)
        {
            difference *= RowFigures(signals).Scale;
        }

        return difference.MoveToOuterDisposeScope();
    }

    /// <summary>Signals, or codes, of the module's type, on its device, with that many columns.</summary>
    private void Require(torch.Tensor tensor, int columns, string parameter)
    {
        TensorCheck.Alive(tensor, parameter);
        TensorCheck.Dense(tensor, parameter);
        torch.Tensor atoms = Atoms;
        if (tensor.ndim < 1 || tensor.shape[^1] != columns)
        {
            Throw.Argument($"{parameter} has shape {TensorCheck.Shape(tensor)}; this module takes [..., {columns}].", parameter);
        }

        if (tensor.dtype != atoms.dtype)
        {
            Throw.Argument($"{parameter} has type {tensor.dtype}, but the module has {atoms.dtype}: convert one of them with to(...).", parameter);
        }

        TensorCheck.SameDevice(tensor, atoms, parameter, "the module");
    }

    /// <summary>The module's parameters and these tensors were read by native code until here.</summary>
    private void KeepAlive(torch.Tensor first, torch.Tensor? second = null)
    {
        GC.KeepAlive(first);
        GC.KeepAlive(second);
        GC.KeepAlive(this);
    }

    private void RequireSameRows(torch.Tensor codes, torch.Tensor signals)
    {
        Require(signals, Dimension, nameof(signals));
        if (!codes.shape.AsSpan()[..^1].SequenceEqual(signals.shape.AsSpan()[..^1]))
        {
            Throw.Argument($"signals has shape {TensorCheck.Shape(signals)}, but codes {TensorCheck.Shape(codes)}: all axes but the last must agree.", nameof(signals));
        }
    }
}

using SparseCoding.Diagnostics;
using TorchSharp;
using static SparseCoding.Torch.Held;

namespace SparseCoding.Torch;

/// <summary>
/// Something else in the place of what a named submodule of a model gives, for as long as the splice lives: the reconstruction of an encoder, the activation with latents edited and the error
/// term kept, zero, or a mean. Disposing takes it out again; the model is then as before. Splices of one submodule act one after the other, in the order of their making.
/// </summary>
/// <remarks>
/// <para>With an <see cref="SaeModule"/> everything stays on the device and gradients flow through; with an encoder of the core the activations go to the host, and no gradient flows through what is put in
/// place. Activations are [..., dimension]; all axes but the last are rows. The model must run the submodule by <c>call</c>: TorchSharp runs <c>forward</c> without hooks.</para>
/// <para>The error term: edits give x + (decode(edited) − decode(codes)), never x̂ alone, so that what the encoder does not explain goes through, and entries that no edit changes are x
/// to the bit.</para>
/// </remarks>
public sealed class ActivationSplice : IDisposable
{
    private readonly SubmoduleHook _hook;

    private ActivationSplice(torch.nn.Module model, string submodule, Func<torch.Tensor, torch.Tensor?> replace) => _hook = new SubmoduleHook(model, submodule, output =>
    {
        using var scope = torch.NewDisposeScope();
        if (!TensorCheck.IsFloat(output.dtype) || output.ndim < 2)
        {
            Throw.InvalidData($"The submodule \"{submodule}\" gave {TensorCheck.Describe(output)}; expected [..., dimension] of a floating type.");
        }

        torch.Tensor? replaced = replace(output);
        return replaced is null || ReferenceEquals(replaced, output) ? null : replaced.MoveToOuterDisposeScope();
    });

    /// <summary>How often the submodule has run since the splice was made; 0 after a run says that the model does not reach it, or runs it by forward.</summary>
    public long Calls => _hook.Calls;

    /// <summary>Puts the reconstruction x̂ in the place of x; what the SAE does not explain is lost.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="sae">The SAE, of the activations' type and device; it stays the caller's.</param>
    /// <exception cref="ArgumentException">No such submodule, or a transcoder, whose output is no reconstruction. When the model runs: another dimension, type or device.</exception>
    public static ActivationSplice Reconstruct(torch.nn.Module model, string submodule, SaeModule sae)
    {
        RequireReconstructs(sae);
        return new ActivationSplice(model, submodule, sae.forward);
    }

    /// <summary>Puts the reconstruction of any encoder in the place of x; through the host, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="encoder">A fitted encoder.</param>
    /// <exception cref="ArgumentException">No such submodule, or a transcoder. When the model runs: another dimension, NaN or infinity.</exception>
    public static ActivationSplice Reconstruct(torch.nn.Module model, string submodule, IEncoder encoder)
    {
        RequireReconstructs(encoder);
        return new ActivationSplice(model, submodule, x =>
        {
            torch.Tensor rows = Rows(x);
            return Like(x, encoder.Decoder.Decode(encoder.EncodeToHost(rows), rows.ToSignals()).ToTorch());
        });
    }

    /// <summary>Edits latents and keeps the error term.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="sae">The SAE, of the activations' type and device; it stays the caller's.</param>
    /// <param name="edits">What is done to which latent.</param>
    /// <exception cref="ArgumentException">No such submodule or latent, or a transcoder. When the model runs: another dimension, type or device.</exception>
    public static ActivationSplice Edit(torch.nn.Module model, string submodule, SaeModule sae, params LatentEdit[] edits)
    {
        RequireReconstructs(sae);
        ArgumentNullException.ThrowIfNull(edits);
        var all = new LatentEdits(edits);
        all.Require(sae.AtomCount, nameof(edits));
        return new ActivationSplice(model, submodule, x =>
        {
            torch.Tensor codes = sae.EncodeTensor(x);
            return WithDifference(x, sae.DecodeDifference(codes, all.Apply(codes), x));
        });
    }

    /// <summary>Edits the codes of any encoder and keeps the error term; through the host, without gradients of the change.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="encoder">A fitted encoder.</param>
    /// <param name="edit">What is done to the codes; <see cref="LatentEdits"/> is one.</param>
    /// <exception cref="ArgumentException">No such submodule, or a transcoder. When the model runs: another dimension, NaN or infinity.</exception>
    public static ActivationSplice Edit(torch.nn.Module model, string submodule, IEncoder encoder, ICodeIntervention edit)
    {
        RequireReconstructs(encoder);
        ArgumentNullException.ThrowIfNull(edit);
        (edit as LatentEdits)?.Require(encoder.AtomCount, nameof(edit));
        return new ActivationSplice(model, submodule, x =>
        {
            torch.Tensor rows = Rows(x);
            System.Numerics.Tensors.Tensor<float> signals = rows.ToSignals();
            SparseCodes codes = encoder.EncodeToHost(rows), edited = edit.Apply(codes);
            torch.Tensor before = encoder.Decoder.Decode(codes, signals).ToTorch(), after = encoder.Decoder.Decode(edited, signals).ToTorch();
            return WithDifference(x, Like(x, after - before));
        });
    }

    /// <summary>Puts what an intervention of the core writes in the place of x; through the host, without gradients.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="intervention">Writes the edited activations.</param>
    /// <exception cref="ArgumentException">No such submodule. When the model runs: NaN or infinity.</exception>
    public static ActivationSplice Intervene(torch.nn.Module model, string submodule, IActivationIntervention intervention)
    {
        ArgumentNullException.ThrowIfNull(intervention);
        return new ActivationSplice(model, submodule, x =>
        {
            torch.Tensor rows = Rows(x);
            System.Numerics.Tensors.Tensor<float> signals = rows.ToSignals();
            var edited = new float[rows.numel()];
            intervention.Apply(signals, edited);
            return Like(x, edited.AsTorch((int)rows.shape[1]));
        });
    }

    /// <summary>Zero ablation: zeros in the place of x.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <exception cref="ArgumentException">No such submodule.</exception>
    public static ActivationSplice Zero(torch.nn.Module model, string submodule) => new(model, submodule, x => torch.zeros_like(x));

    /// <summary>Mean ablation: the same row in the place of every row.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="mean">The row, [dimension]; copied.</param>
    /// <exception cref="ArgumentException">No such submodule. When the model runs: another dimension.</exception>
    public static ActivationSplice Mean(torch.nn.Module model, string submodule, ReadOnlySpan<float> mean)
    {
        float[] row = mean.ToArray();
        if (row.Length == 0)
        {
            Throw.Argument("mean is empty; [dimension] is needed.", nameof(mean));
        }

        return new ActivationSplice(model, submodule, x =>
        {
            if (x.shape[^1] != row.Length)
            {
                Throw.Argument($"mean has {row.Length} entries, but the submodule \"{submodule}\" gives {TensorCheck.Shape(x)}.", nameof(mean));
            }

            return torch.tensor(row).to(x.dtype, x.device).expand_as(x).contiguous();
        });
    }

    /// <summary>Takes the splice out of the model.</summary>
    public void Dispose() => _hook.Dispose();

    /// <summary>That the submodule ran since a count was taken.</summary>
    internal void RequireCalled(long before) => _hook.RequireCalled(before);

    private static void RequireReconstructs(SaeModule sae)
    {
        ArgumentNullException.ThrowIfNull(sae);
        RequireReconstructs(sae.Options.Decoder is TranscoderDecoderOptions, nameof(sae));
    }

    private static void RequireReconstructs(IEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        RequireReconstructs(encoder.Decoder is TranscoderDecoder || encoder.Decoder.InputDimension != encoder.Decoder.OutputDimension, nameof(encoder));
    }

    private static void RequireReconstructs(bool predicts, string parameter)
    {
        if (predicts)
        {
            Throw.Argument("A transcoder predicts another submodule's output, so that what it decodes cannot take the place of its own input: splice the submodule that it predicts by a hook of your own.", parameter);
        }
    }

    private static torch.Tensor Rows(torch.Tensor x) => x.detach().reshape(-1, x.shape[^1]);

    /// <summary>Rows in the shape, type and place of the activations.</summary>
    private static torch.Tensor Like(torch.Tensor x, torch.Tensor rows) => rows.reshape(x.shape).to(x.dtype, x.device);

    /// <summary>x + difference, and x itself to the bit (a −0 too) where the difference is 0.</summary>
    private static torch.Tensor WithDifference(torch.Tensor x, torch.Tensor difference) => torch.where(difference.eq(Held.Zero), x, x.add(difference, One));
}

using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>Loss recovered: what a model loses when an activation is replaced by its reconstruction, against losing the activation altogether. See <see cref="LossRecoveredReport"/> for the formula.</summary>
public static class LossRecovered
{
    /// <summary>Runs the model on every batch as it is, with the reconstruction, with zeros and with the mean: four forward passes for each batch. The model is in evaluation mode meanwhile.</summary>
    /// <typeparam name="TBatch">What a batch is: a tensor, or a pair of tokens and targets.</typeparam>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="sae">The SAE, of the activations' type and device.</param>
    /// <param name="batches">Enumerated twice, and must give the same batches: the mean is known after the first time.</param>
    /// <param name="loss">Runs the model on a batch and gives the mean loss, a tensor of one element. A batch counts by its rows at the submodule.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">No such submodule, no batches, or a loss that is not one number.</exception>
    /// <exception cref="InvalidDataException">The loss of the model, or with a replacement, is NaN or infinite.</exception>
    public static LossRecoveredReport Measure<TBatch>(torch.nn.Module model, string submodule, SaeModule sae, IEnumerable<TBatch> batches, Func<TBatch, torch.Tensor> loss, CancellationToken cancellationToken = default) =>
        Measure(model, submodule, () => ActivationSplice.Reconstruct(model, submodule, sae), batches, loss, cancellationToken);

    /// <summary>The same for any encoder of the core; activations go through the host.</summary>
    /// <typeparam name="TBatch">What a batch is: a tensor, or a pair of tokens and targets.</typeparam>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name of the submodule as named_modules has it; "" is the model itself.</param>
    /// <param name="encoder">A fitted encoder.</param>
    /// <param name="batches">Enumerated twice, and must give the same batches: the mean is known after the first time.</param>
    /// <param name="loss">Runs the model on a batch and gives the mean loss, a tensor of one element. A batch counts by its rows at the submodule.</param>
    /// <param name="cancellationToken">Stops between batches.</param>
    /// <exception cref="ArgumentException">No such submodule, no batches, or a loss that is not one number.</exception>
    /// <exception cref="InvalidDataException">The loss of the model, or with a replacement, is NaN or infinite.</exception>
    public static LossRecoveredReport Measure<TBatch>(torch.nn.Module model, string submodule, IEncoder encoder, IEnumerable<TBatch> batches, Func<TBatch, torch.Tensor> loss, CancellationToken cancellationToken = default) =>
        Measure(model, submodule, () => ActivationSplice.Reconstruct(model, submodule, encoder), batches, loss, cancellationToken);

    private static LossRecoveredReport Measure<TBatch>(torch.nn.Module model, string submodule, Func<ActivationSplice> splice, IEnumerable<TBatch> batches, Func<TBatch, torch.Tensor> loss, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(batches);
        ArgumentNullException.ThrowIfNull(loss);
        using var noGradient = torch.no_grad();
        using var evaluation = new EvaluationMode(model);

        double[]? sums = null;
        double modelLoss = 0;
        var rows = new List<long>();
        long seen = 0;
        using (var hook = new SubmoduleHook(model, submodule, output =>
        {
            using var scope = torch.NewDisposeScope();
            torch.Tensor flat = output.detach().reshape(-1, output.shape[^1]);
            seen += flat.shape[0];
            // MPS has no float64.
            flat = flat.device_type == DeviceType.MPS ? flat.cpu() : flat;
            double[] batch = flat.to(torch.ScalarType.Float64).sum(dim: 0, keepdim: false).cpu().data<double>().ToArray();
            sums ??= new double[batch.Length];
            for (int i = 0; i < batch.Length; i++)
            {
                sums[i] += batch[i];
            }

            return null;
        }))
        {
            foreach (TBatch batch in InScopes(batches))
            {
                cancellationToken.ThrowIfCancellationRequested();
                (long calls, long before) = (hook.Calls, seen);
                double value = Value(loss, batch, "The model");
                hook.RequireCalled(calls);
                rows.Add(seen - before);
                modelLoss += value * (seen - before);
            }
        }

        if (seen == 0)
        {
            Throw.Argument("batches holds no rows.", nameof(batches));
        }

        float[] mean = Array.ConvertAll(sums!, sum => (float)(sum / seen));
        double spliced = 0, zero = 0, meanLoss = 0;
        int index = 0;
        foreach (TBatch batch in InScopes(batches))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (index >= rows.Count)
            {
                Throw.InvalidData($"batches gave more than {rows.Count} batches the second time; it must give the same ones.");
            }

            spliced += rows[index] * Spliced(splice(), loss, batch, "The model with the reconstruction");
            zero += rows[index] * Spliced(ActivationSplice.Zero(model, submodule), loss, batch, "The model with zeros");
            meanLoss += rows[index] * Spliced(ActivationSplice.Mean(model, submodule, mean), loss, batch, "The model with the mean");
            index++;
        }

        if (index != rows.Count)
        {
            Throw.InvalidData($"batches gave {index} batches the second time, {rows.Count} the first; it must give the same ones.");
        }

        return new LossRecoveredReport(modelLoss / seen, spliced / seen, zero / seen, meanLoss / seen, seen, rows.Count);
    }

    private static double Spliced<TBatch>(ActivationSplice splice, Func<TBatch, torch.Tensor> loss, TBatch batch, string what)
    {
        using (splice)
        {
            double value = Value(loss, batch, what);
            splice.RequireCalled(0);
            return value;
        }
    }

    private static double Value<TBatch>(Func<TBatch, torch.Tensor> loss, TBatch batch, string what)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor result = loss(batch);
        if (result is null || result.numel() != 1)
        {
            Throw.Argument($"loss gave {(result is null ? "null" : TensorCheck.Describe(result))}; a tensor of one element is needed.", nameof(loss));
        }

        double value = result!.cpu().to(torch.ScalarType.Float64).item<double>();
        if (!double.IsFinite(value))
        {
            Throw.InvalidData($"{what} has a loss of {value}.");
        }

        return value;
    }

    /// <summary>Batches one after the other, each in a dispose scope of its own: tensors that the enumeration creates are gone when the next is asked for.</summary>
    private static IEnumerable<TBatch> InScopes<TBatch>(IEnumerable<TBatch> batches)
    {
        using IEnumerator<TBatch> running = batches.GetEnumerator();
        while (true)
        {
            using var scope = torch.NewDisposeScope();
            if (!running.MoveNext())
            {
                yield break;
            }

            yield return running.Current;
        }
    }
}

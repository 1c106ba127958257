using SparseCoding.Backends;

namespace SparseCoding.Training;

/// <summary>An encoder with its decoder on a device, as a trainer drives it: load a batch, make gradients, step. It owns all working memory.</summary>
internal abstract class TrainableNetwork : IDisposable
{
    /// <summary>All parameters, in a fixed order.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>How the parameters move; <see cref="Optimize"/> steps through it.</summary>
    public abstract ParameterSet Updates { get; }

    /// <summary>Share of atoms that were silent for the window of the first remedy that has one; NaN where nothing counts that. Comes to the host: for measuring only.</summary>
    public virtual double DeadShare => double.NaN;

    /// <summary>Sends the signals, [rows, dimension], to the device, scaled and centred.</summary>
    public abstract void Load(ReadOnlySpan<float> signals);

    /// <summary>Sends a batch with the side data that the network uses.</summary>
    public virtual void Load(SignalBatch batch) => Load(batch.Signals);

    /// <summary>Gradients of the reconstruction loss at the loaded batch; <paramref name="number"/> is the step, from 1, for what has a schedule.</summary>
    public abstract void Backward(long number = 1);

    /// <summary>Gradients of the loss on known codes [rows, atoms] at the loaded batch; the decoder gets none.</summary>
    public abstract void BackwardCodes(ReadOnlySpan<float> truth, long number = 1);

    /// <summary>Applies the optimiser to every parameter that is not frozen, and what follows a step.</summary>
    public abstract void Optimize(long step);

    /// <summary>Loss of the last batch, its mean number of active atoms and its mean squared error: extra passes, so not for every step.</summary>
    public abstract (double Loss, double L0, double SquaredError) Measure(bool onCodes);

    /// <summary>Mean over rows of ‖target − mean target‖² at the loaded batch, in the network's units, where these are not the signals over one factor; null where they are.</summary>
    public virtual double? TargetVariance() => null;

    /// <summary>Operations of a step on that many rows.</summary>
    public abstract FlopCount StepFlops(long rows, bool onCodes);

    /// <summary>Operations of the first steps of a run, each on that many rows.</summary>
    public virtual FlopCount RunFlops(long steps, long rows, bool onCodes) => StepFlops(rows, onCodes) * steps;

    /// <summary>Names and matrices of what a checkpoint keeps: parameters with their moments, and the state of parts.</summary>
    public virtual IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => Parameters.SelectMany(p => p.StateMatrices());

    /// <summary>Called when a checkpoint has been read into <see cref="StateMatrices"/>: what is derived from them is made again.</summary>
    public virtual void AfterRestore()
    {
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}

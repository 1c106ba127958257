using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A penalty at work. It acts on <see cref="SaeStep.Penalized"/>, which are the codes but where a selection says otherwise.</summary>
internal abstract class PenaltyPart(SaeModel model, Schedule weight, L0Controller? controller = null) : IDisposable
{
    private readonly ControllerState? _controller = controller is null ? null : new ControllerState(model.Backend, controller);

    /// <summary>What the parts share.</summary>
    protected SaeModel Model { get; } = model;

    /// <summary>Whether it ever does anything.</summary>
    public bool IsActive => weight.Value != 0;

    /// <summary>What a checkpoint keeps.</summary>
    public virtual IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => _controller?.StateMatrices() ?? [];

    /// <summary>Called before the reconstruction's gradient is written: what can ride along with it for nothing goes into <see cref="CodeBatch.AddedToGradient"/>.</summary>
    public virtual void BeforeGradient(SaeStep step)
    {
    }

    /// <summary>Adds its gradient to that of the codes, or to that of atoms or thresholds.</summary>
    public abstract void AddGradient(SaeStep step);

    /// <summary>Its part of the loss at the last forward pass, weighted, mean over the batch; for measuring only.</summary>
    public abstract double Value(SaeStep step);

    /// <summary>Counts what it wants to know of every signal: called for each piece of a batch, before the weights move.</summary>
    public virtual void CountPiece(SaeStep step) => _controller?.CountPiece(step);

    /// <summary>Follows the optimiser's step; what is in the step is the last piece of the batch.</summary>
    public virtual void AfterStep(SaeStep step)
    {
        if (_controller is null)
        {
            return;
        }

        _controller.AfterStep(step, step.Number <= weight.WarmupSteps);
        if (_controller.ThresholdShift != 0)
        {
            Model.Selection.ShiftThresholds(step, _controller.ThresholdShift);
        }
    }

    /// <summary>Called when a checkpoint was read.</summary>
    public virtual void AfterRestore() => _controller?.AfterRestore();

    /// <summary>Upper bound of its operations in a step.</summary>
    public virtual UInt128 Operations(long rows) => _controller is null ? 0 : ControllerState.Operations(rows * Model.AtomCount);

    /// <inheritdoc/>
    public virtual void Dispose() => _controller?.Dispose();

    /// <summary>Weight at this step, the controller's factor included.</summary>
    protected float Weight(SaeStep step) => weight.At(step.Number, Model.TotalSteps) * (_controller?.Factor ?? 1);
}

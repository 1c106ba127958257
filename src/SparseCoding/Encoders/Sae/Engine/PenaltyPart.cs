using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A penalty at work.</summary>
internal abstract class PenaltyPart(SaeModel model, Schedule weight)
{
    /// <summary>What the parts share.</summary>
    protected SaeModel Model { get; } = model;

    /// <summary>Whether it ever does anything.</summary>
    public bool IsActive => weight.Value != 0;

    /// <summary>What a checkpoint keeps.</summary>
    public virtual IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [];

    /// <summary>Called before the reconstruction's gradient is written: what can ride along with it for nothing goes into <see cref="CodeBatch.AddedToGradient"/>.</summary>
    public virtual void BeforeGradient(SaeStep step)
    {
    }

    /// <summary>Adds its gradient to that of the codes, or to that of atoms or thresholds.</summary>
    public abstract void AddGradient(SaeStep step);

    /// <summary>Its part of the loss at the last forward pass, weighted, mean over the batch; for measuring only.</summary>
    public abstract double Value(SaeStep step);

    /// <summary>Follows the optimiser's step.</summary>
    public virtual void AfterStep(SaeStep step)
    {
    }

    /// <summary>Upper bound of its operations in a step.</summary>
    public virtual UInt128 Operations(long rows) => 0;

    /// <summary>Weight at this step.</summary>
    protected float Weight(SaeStep step) => weight.At(step.Number, Model.TotalSteps);
}

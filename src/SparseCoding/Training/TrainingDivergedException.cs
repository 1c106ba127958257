namespace SparseCoding;

/// <summary>
/// Training cannot go on: a weight, a moment or the loss is no longer finite, or the loss lies far above where the run began. The last good
/// checkpoint, if there is a checkpoint folder, stays as it was.
/// </summary>
public sealed class TrainingDivergedException : InvalidOperationException
{
    /// <summary>An error without details.</summary>
    public TrainingDivergedException()
        : this("Training diverged.")
    {
    }

    /// <summary>An error with a message.</summary>
    /// <param name="message">What happened and what to do.</param>
    public TrainingDivergedException(string message)
        : base(message)
    {
    }

    /// <summary>An error with a message and its cause.</summary>
    /// <param name="message">What happened and what to do.</param>
    /// <param name="innerException">What caused it.</param>
    public TrainingDivergedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal TrainingDivergedException(string message, long step, double loss, string? checkpoint, string? trainerName = null)
        : base(message)
    {
        Step = step;
        Loss = loss;
        Checkpoint = checkpoint;
        TrainerName = trainerName;
    }

    /// <summary>Step after which it was found.</summary>
    public long Step { get; }

    /// <summary>Last measured loss; NaN or infinite where that is what was found, or where none was measured.</summary>
    public double Loss { get; } = double.NaN;

    /// <summary>File of the last good checkpoint, from which the run can go on with other options of its own; null when there is none that a sound loss has followed.</summary>
    public string? Checkpoint { get; }

    /// <summary>Name of the trainer in its <see cref="MultiTrainer"/>; null for one that ran alone.</summary>
    public string? TrainerName { get; }
}

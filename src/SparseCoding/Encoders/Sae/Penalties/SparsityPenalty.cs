using System.Text.Json.Serialization;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// What an SAE's loss adds to ½‖x − x̂‖² of a signal, weighted, to make codes sparse; the mean over the batch is minimised. A pure value. With none
/// in the options the loss has λ‖z‖₁ with <see cref="TrainingOptions.Lambda"/> (for a JumpReLU: λ times the number of active atoms).
/// </summary>
[JsonDerivedType(typeof(L1Penalty), "l1")]
[JsonDerivedType(typeof(L0Penalty), "l0")]
[JsonDerivedType(typeof(SquaredL0Penalty), "squared_l0")]
[JsonDerivedType(typeof(TanhPenalty), "tanh")]
[JsonDerivedType(typeof(LpPenalty), "lp")]
[JsonDerivedType(typeof(LogPenalty), "log")]
public abstract record SparsityPenalty
{
    private protected SparsityPenalty()
    {
    }

    /// <summary>Weight of the penalty, or a schedule of it (a warm-up makes sparsity grow over the first steps).</summary>
    public required Schedule Weight
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Weight must not be null.");
    }

    /// <summary>Reaches a wanted number of active atoms by moving the weight, which is then where it starts; null leaves the weight alone.</summary>
    /// <value>Default: null.</value>
    public L0Controller? Controller { get; init; }

    /// <summary>Checks the penalty against the selection; ArgumentException names both.</summary>
    internal virtual void Validate(Selection selection, int atomCount)
    {
        if (Controller is not { } controller)
        {
            return;
        }

        if (controller.Target > atomCount)
        {
            Throw.Argument($"The controller wants {controller.Target} active atoms, but the encoder has only {atomCount}.", nameof(Controller));
        }

        if (selection.MostActive is { } most && controller.Target > most)
        {
            Throw.Argument($"The controller wants {controller.Target} active atoms, but {selection} keeps at most {most}.", nameof(Controller));
        }

        if (Weight.Value == 0)
        {
            Throw.Argument("A controller multiplies the weight of its penalty, which is 0: give it a positive start.", nameof(Weight));
        }
    }
}

using System.Text.Json.Serialization;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// What an SAE's loss adds to ½‖x − x̂‖² of a signal, weighted, to make codes sparse; the mean over the batch is minimised. A pure value. With none
/// in the options the loss has λ‖z‖₁ with <see cref="TrainingOptions.Lambda"/> (for a JumpReLU: λ times the number of active atoms).
/// </summary>
[JsonDerivedType(typeof(L1Penalty), "l1")]
[JsonDerivedType(typeof(L0Penalty), "l0")]
[JsonDerivedType(typeof(TanhPenalty), "tanh")]
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

    /// <summary>Checks the penalty against the selection.</summary>
    internal virtual void Validate(Selection selection)
    {
    }
}

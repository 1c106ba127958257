using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// A remedy against dead latents at work. Order of a step: <see cref="BeforeForward"/>, forward, decoder's backward, penalty,
/// <see cref="AddCodeGradient"/>, selection's and encoder's backward, <see cref="AddParameterGradient"/>, decoder bias, <see cref="CountPiece"/>; and once all
/// pieces of a batch are through, the optimiser, statistics of <see cref="LatentActivity"/>, <see cref="AfterStep"/>.
/// </summary>
internal abstract class RemedyPart(SaeModel model) : IDisposable
{
    /// <summary>What the parts share.</summary>
    protected SaeModel Model { get; } = model;

    /// <summary>The backend.</summary>
    protected Backend Backend => Model.Backend;

    /// <summary>Parameters of its own.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>What else a checkpoint keeps.</summary>
    public virtual IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [];

    /// <summary>Before anything is computed: at step 1 the weights may be set from the batch in <see cref="SaeStep.Signals"/>.</summary>
    public virtual void BeforeForward(SaeStep step)
    {
    }

    /// <summary>Adds to the gradient of the codes.</summary>
    public virtual void AddCodeGradient(SaeStep step)
    {
    }

    /// <summary>Adds to the gradients of encoder and decoder, which are written; <see cref="LinearEncoder.GradientSums"/> included.</summary>
    public virtual void AddParameterGradient(SaeStep step)
    {
    }

    /// <summary>Counts what it wants to know of every signal: called for each piece of a batch, before the weights move.</summary>
    public virtual void CountPiece(SaeStep step)
    {
    }

    /// <summary>Follows the optimiser's step and the statistics; what is in the step is the last piece of the batch.</summary>
    public virtual void AfterStep(SaeStep step)
    {
    }

    /// <summary>Its part of the loss at the last step, weighted, mean over the batch; for measuring only.</summary>
    public virtual double Value(SaeStep step) => 0;

    /// <summary>Called when a checkpoint was read.</summary>
    public virtual void AfterRestore()
    {
    }

    /// <summary>Upper bound of its operations in a step.</summary>
    public virtual UInt128 Operations(long rows) => 0;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.Dispose();
        }
    }
}

using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// A selection at work: from the encoder's input to codes, and from the gradient of the codes back to the encoder's weights and its own parameters.
/// The same class trains and encodes: <see cref="Infer"/> looks at one row at a time. A selection that needs another encoder (two heads, a pursuit)
/// allocates what it needs as parameters of its own.
/// </summary>
internal abstract class SelectionPart(SaeModel model) : IDisposable
{
    /// <summary>What the parts share.</summary>
    protected SaeModel Model { get; } = model;

    /// <summary>The backend.</summary>
    protected Backend Backend => Model.Backend;

    /// <summary>Parameters of its own.</summary>
    public virtual IReadOnlyList<Parameter> Parameters => [];

    /// <summary>What else a checkpoint keeps.</summary>
    public virtual IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [];

    /// <summary>Codes for that many rows.</summary>
    public abstract CodeBatch Allocate(int rows);

    /// <summary>Fills the step's codes from its input.</summary>
    public abstract void Forward(SaeStep step);

    /// <summary>The same without looking at other rows: how a trained encoder encodes.</summary>
    public virtual void Infer(SaeStep step) => Forward(step);

    /// <summary>Codes for <see cref="Infer"/>, without a gradient.</summary>
    public virtual CodeBatch AllocateForInference(int rows) => Allocate(rows);

    /// <summary>Gradients of the encoder and of its own parameters from the codes' gradient, which it may overwrite by that of the pre-activations.</summary>
    public virtual void Backward(SaeStep step) => Model.Encoder.Backward(step.Input, step.Codes);

    /// <summary>Adds weight · ∂(number of active places)/∂parameters, straight through, times a factor [1, 1] on the device where there is one. Called at most once, before <see cref="Backward"/>. Only selections with thresholds have it.</summary>
    public virtual void AddCountGradient(SaeStep step, float weight, DeviceMatrix? factor = null) => throw new NotSupportedException($"{Model.Options.Selection} has no thresholds.");

    /// <summary>Takes the side data of a batch that it uses, before <see cref="Forward"/>.</summary>
    public virtual void Load(SaeStep step, SignalBatch batch)
    {
    }

    /// <summary>
    /// Adds the gradient of a loss of its own to that of the codes or of its parameters. Called after the decoder's backward pass and before the
    /// penalty's; who sets <see cref="SaeStep.Penalized"/> writes the gradient of those codes here.
    /// </summary>
    public virtual void AddLossGradient(SaeStep step)
    {
    }

    /// <summary>
    /// Adds what of the decoder bias's gradient [1, input dimension] comes through the encoder's input u − b and is not −<see cref="LinearEncoder.GradientSums"/>·W, which is in
    /// it already: where bias and product are not used as a sum, or there are other weights. Called last, and only where a bias is subtracted.
    /// </summary>
    public virtual void AddOffsetGradient(SaeStep step, DeviceMatrix gradient)
    {
    }

    /// <summary>The value of that loss at the last step, mean over the batch; for measuring only.</summary>
    public virtual double LossValue(SaeStep step) => 0;

    /// <summary>Entries for each row of a sparse code that work is counted for, at most; 0 for dense codes.</summary>
    public virtual int EntriesPerRow => 0;

    /// <summary>What pre-activations are compared with, as of this step's forward, [1, atoms]; null where it is 0, or where there is no such thing.</summary>
    public virtual DeviceMatrix? Thresholds => null;

    /// <summary>Adds ∂loss/∂θ [1, atoms] of an auxiliary loss to the gradient of <see cref="Thresholds"/>, after <see cref="Backward"/>. The row may be overwritten.</summary>
    public virtual void AddThresholdGradient(DeviceMatrix row)
    {
    }

    /// <summary>
    /// Adds to the logarithms of the thresholds that are learned; nothing where there are none. A rise is only for atoms that the step's codes use: the others have no part in what is too much,
    /// and would rise beyond the reach of any signal.
    /// </summary>
    public virtual void ShiftThresholds(SaeStep step, float logarithm)
    {
    }

    /// <summary>Sets its own parameters of these atoms to their start, and the optimiser's moments to 0; whoever has <see cref="Parameters"/> overrides it.</summary>
    public virtual void Restart(IReadOnlyList<int> atoms)
    {
    }

    /// <summary>Follows the optimiser's step.</summary>
    public virtual void AfterStep(SaeStep step)
    {
    }

    /// <summary>Whether encoding uses a mean over training batches, which must then be one of the weights that encode.</summary>
    public virtual bool HasBatchStatistic => false;

    /// <summary>
    /// Now and then in a run that averages its weights, before the forward pass of a step: the averages stand where the weights were and the step holds a batch with its input; takes what
    /// encoding needs to know of such batches. Codes may be overwritten.
    /// </summary>
    public virtual void ObserveAverages(SaeStep step)
    {
    }

    /// <summary>How many codes of dead latents are chosen for an auxiliary loss.</summary>
    public virtual SelectionRule AuxiliaryRule(int k) => new(Model.Options.Selection.IsSigned ? SelectionKind.AbsTopK : SelectionKind.TopK, k);

    /// <summary>Sets parameters at the start of a run, or from the vectors of a trained encoder (named by <see cref="Selection.VectorNames"/>).</summary>
    public virtual void Initialize(IReadOnlyDictionary<string, float[]>? vectors)
    {
    }

    /// <summary>The vectors [atoms] that a trained encoder keeps.</summary>
    public virtual IReadOnlyDictionary<string, float[]> Snapshot() => SaeState.NoVectors;

    /// <summary>Upper bound of the operations of a step that a plain dense or sparse step of <see cref="Cost.NetworkCost"/> does not have.</summary>
    public virtual UInt128 ExtraOperations(long rows) => 0;

    /// <inheritdoc/>
    public virtual void Dispose()
    {
        foreach (Parameter parameter in Parameters)
        {
            parameter.Dispose();
        }
    }
}

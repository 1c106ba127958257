using SparseCoding.Backends;
using SparseCoding.Training;

namespace SparseCoding.Encoders;

/// <summary>
/// A decoder at work: from codes to the residual, and from the residual to the gradients of the codes and of its own parameters. The first thing
/// that it does to codes is linear: <see cref="Atoms"/> [atoms, width] is what they are multiplied with.
/// </summary>
internal abstract class DecoderPart(SaeModel model) : IDisposable
{
    /// <summary>What the parts share.</summary>
    protected SaeModel Model { get; } = model;

    /// <summary>The backend.</summary>
    protected Backend Backend => Model.Backend;

    /// <summary>The matrix that codes meet first, [atoms, width]; for a linear decoder the atoms.</summary>
    public abstract Parameter Atoms { get; }

    /// <summary>Bias of the reconstruction, [1, output dimension]; null without.</summary>
    public abstract Parameter? Offset { get; }

    /// <summary>Whether x̂ = z·Atoms + offset: then dead latents can be decoded on their own.</summary>
    public virtual bool IsLinear => true;

    /// <summary>Whether the rows of <see cref="Atoms"/> have norm 1.</summary>
    public virtual bool HasUnitNorm => true;

    /// <summary>All its parameters, in a fixed order, <see cref="Atoms"/> and <see cref="Offset"/> among them.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>What else a checkpoint keeps.</summary>
    public virtual IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [];

    /// <summary>Sets the parameters at the start of a run; the encoder starts afterwards.</summary>
    public abstract void Initialize(long seed);

    /// <summary>Sets the encoder's weights [atoms, input dimension] tied to the decoder; false where their shapes have nothing to do with each other.</summary>
    public abstract bool TieEncoder(DeviceMatrix weights);

    /// <summary>Fills <see cref="SaeStep.Residual"/> from the codes.</summary>
    public abstract void Forward(SaeStep step);

    /// <summary>Writes the gradients of ½‖residual‖² (mean over the batch) with respect to the codes, by <see cref="CodeBatch.ReceiveGradient(DeviceMatrix, DeviceMatrix, float)"/>, and to its own parameters.</summary>
    public abstract void Backward(SaeStep step);

    /// <summary>What its bias is added to in the loss, summed over all terms of the loss that have it, [rows, output dimension]: the residual.</summary>
    public virtual DeviceMatrix OffsetResidual(SaeStep step) => step.Residual;

    /// <summary>What its loss has besides ½‖residual‖², mean over the batch; for measuring only.</summary>
    public virtual double ExtraLoss(SaeStep step) => 0;

    /// <summary>Norms of the atoms as they count for a penalty, [1, atoms]; null where all are 1.</summary>
    public virtual DeviceMatrix? AtomNorms(SaeStep step) => null;

    /// <summary>Adds to the gradient of the atoms what comes from their norms, with ∂loss/∂norm in <paramref name="normGradient"/> [1, atoms].</summary>
    public virtual void AddNormGradient(SaeStep step, DeviceMatrix normGradient)
    {
    }

    /// <summary>Follows all that has a gradient of <see cref="Atoms"/>, and comes before the optimiser: where the atoms are made of other parameters, the gradient goes on to them.</summary>
    public virtual void CompleteGradient(SaeStep step)
    {
    }

    /// <summary>Follows the optimiser's step: constraints that it does not know.</summary>
    public virtual void AfterStep(SaeStep step)
    {
    }

    /// <summary>The decoder on the host, in the units of the signals: <paramref name="input"/> are those of what is encoded, <paramref name="output"/> those of what is reconstructed.</summary>
    public abstract IDecoder Snapshot(SignalUnits input, SignalUnits output);

    /// <summary>Takes over a decoder that <see cref="Snapshot"/> made, to go on training.</summary>
    public virtual void Restore(IDecoder decoder, float inputScale) =>
        Diagnostics.Throw.NotSupported($"Going on from a trained encoder with {Model.Options.Decoder.GetType().Name} is not supported: its file does not hold all that training needs. Use a checkpoint, which does.");

    /// <summary>Called when a checkpoint was read.</summary>
    public virtual void AfterRestore()
    {
    }

    /// <summary>Encoder rows d/‖d‖² of atoms of any norm, so that a signal equal to an atom has the code 1; 0 for an atom of 0.</summary>
    protected void TieToFreeNorms(DeviceMatrix weights, DeviceMatrix atoms)
    {
        using DeviceMatrix squares = Backend.Allocate(Model.AtomCount, 1);
        Backend.Reduce(ReduceOperation.SumSquares, ReduceAxis.EachRow, squares, atoms);
        Backend.Map(MapOperation.Divide, weights, atoms, squares);
    }

    /// <summary>A matrix on the host.</summary>
    protected float[] Read(DeviceMatrix matrix)
    {
        var values = new float[matrix.Length];
        Backend.Read(matrix, 0, values);
        return values;
    }

    /// <summary>Upper bound of the operations of a step beyond a linear decoder's.</summary>
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

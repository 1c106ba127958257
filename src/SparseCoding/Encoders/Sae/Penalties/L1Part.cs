using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>weight · Σ|z|: see <see cref="L1Penalty"/>.</summary>
internal sealed class L1Part(SaeModel model, Schedule weight, L0Controller? controller = null) : PenaltyPart(model, weight, controller)
{
    /// <inheritdoc/>
    public override void BeforeGradient(SaeStep step)
    {
        // Through the ReLU the penalty's gradient is the weight where the code is active: a constant row under the mask.
        if (step.Penalized is { IsDense: true, IsGradientMasked: true } && Weight(step) is var weight && weight != 0)
        {
            DeviceMatrix row = step.Scratch("l1.row", 1, Model.AtomCount);
            Model.Backend.Fill(row, step.Mean * weight);
            step.Penalized.AddedToGradient = row;
        }
    }

    /// <inheritdoc/>
    public override void AddGradient(SaeStep step)
    {
        float weight = Weight(step);
        if (weight == 0 || step.Penalized is { IsDense: true, IsGradientMasked: true })
        {
            return;
        }

        if (step.Penalized is SparseCodeBatch sparse)
        {
            Model.Backend.PenaltyGradient(sparse.Codes, sparse.Gradient, step.Mean * weight);
            return;
        }

        DeviceMatrix sign = step.Penalized.Places("penalty");
        Model.Backend.Map(MapOperation.Sign, sign, step.Penalized.Values, null, step.Mean * weight);
        Model.Backend.Map(MapOperation.Add, step.Penalized.Gradient, step.Penalized.Gradient, sign);
    }

    /// <inheritdoc/>
    public override double Value(SaeStep step) => Weight(step) * step.Total(ReduceOperation.SumAbsolute, step.Penalized.Values, null, step.Mean);
}

using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>weight · Σ tanh(c|z|‖d‖): see <see cref="TanhPenalty"/>.</summary>
internal sealed class TanhPart(SaeModel model, TanhPenalty options) : PenaltyPart(model, options.Weight)
{
    /// <inheritdoc/>
    public override void AddGradient(SaeStep step)
    {
        float weight = Weight(step) * step.Mean;
        if (weight == 0)
        {
            return;
        }

        Backend backend = Model.Backend;
        CodeBatch codes = step.Codes;
        DeviceMatrix? norms = Model.Decoder.AtomNorms(step);
        DeviceMatrix slope = Tanh(codes, norms);

        // c(1 − tanh²): times ‖d‖ for the code, times |z| for the norm. Where codes have signs tanh is odd, so that its square does not care.
        backend.Map(MapOperation.Multiply, slope, slope, slope);
        backend.Map(MapOperation.Affine, slope, slope, null, weight * options.Slope, -weight * options.Slope);
        if (Model.Options.Selection.IsSigned)
        {
            DeviceMatrix sign = codes.Places("tanh.sign");
            backend.Map(MapOperation.Sign, sign, codes.Values);
            backend.Map(MapOperation.Multiply, slope, slope, sign);
        }

        if (norms is not null)
        {
            DeviceMatrix product = codes.Places("tanh.product"), row = step.Scratch("tanh.row", 1, Model.AtomCount);
            backend.Map(MapOperation.Multiply, product, slope, codes.Values);
            codes.SumPerAtom(product, row);
            Model.Decoder.AddNormGradient(step, row);
            backend.Map(MapOperation.Multiply, slope, slope, codes.PerPlace(norms, "tanh.norms"));
        }

        if (codes.IsGradientMasked)
        {
            backend.Map(MapOperation.ReluGradient, slope, slope, codes.Values);
        }

        backend.Map(MapOperation.Add, codes.Gradient, codes.Gradient, slope);
    }

    /// <inheritdoc/>
    public override double Value(SaeStep step) =>
        Weight(step) * step.Total(ReduceOperation.SumAbsolute, Tanh(step.Codes, Model.Decoder.AtomNorms(step)), null, step.Mean);

    /// <inheritdoc/>
    public override UInt128 Operations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount;
        return Model.Decoder.HasUnitNorm ? 8 * size : (12 * size) + (8 * (UInt128)Model.AtomCount * (UInt128)Model.OutputDimension);
    }

    /// <summary>tanh(c z ‖d‖).</summary>
    private DeviceMatrix Tanh(CodeBatch codes, DeviceMatrix? norms)
    {
        DeviceMatrix result = codes.Places("tanh"), argument = codes.Values;
        if (norms is not null)
        {
            Model.Backend.Map(MapOperation.Multiply, result, codes.Values, codes.PerPlace(norms, "tanh.norms"));
            argument = result;
        }

        Model.Backend.Map(MapOperation.Tanh, result, argument, null, options.Slope);
        return result;
    }
}

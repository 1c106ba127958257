using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>A bias that only decides: see <see cref="ProLuSelection"/>.</summary>
internal sealed class ProLuPart(SaeModel model, ProLuSelection selection) : SelectionPart(model)
{
    /// <inheritdoc/>
    public override CodeBatch Allocate(int rows) => new DenseCodeBatch(Backend, rows, Model.AtomCount, Model.IsTraining) { IsGradientMasked = true };

    /// <inheritdoc/>
    public override void Forward(SaeStep step)
    {
        DeviceMatrix values = step.Codes.Values, shifted = step.Codes.Places("pre");
        Backend.Product(step.Input, false, Model.Encoder.Weights.Value, true, values, new ProductEpilogue { Relu = true });
        if (Model.Encoder.Bias is { } bias)
        {
            Backend.Map(MapOperation.Add, shifted, values, bias.Value);
            Backend.Map(MapOperation.ReluGradient, values, values, shifted);
        }
    }

    /// <inheritdoc/>
    public override void Backward(SaeStep step)
    {
        LinearEncoder encoder = Model.Encoder;
        if (!selection.StraightThrough)
        {
            base.Backward(step);
            return;
        }

        // g·m for the bias; g + g·m for the product. The decoder's bias, which the product alone has seen, wants the sums of the latter: those of the first, and Σ g.
        CodeBatch codes = step.Codes;
        DeviceMatrix product = codes.Places("pre"), extra = step.Scratch("prolu.extra", 1, Model.AtomCount);
        codes.SumPerAtom(codes.Gradient, extra);
        Backend.Map(MapOperation.Multiply, product, codes.Gradient, codes.Values);
        if (encoder.GradientSums is { } sums)
        {
            codes.SumPerAtom(product, sums);
        }

        Backend.Map(MapOperation.Add, codes.Gradient, codes.Gradient, product);
        codes.GradientTransposedTimes(step.Input, encoder.Weights.Gradient!);
    }

    /// <inheritdoc/>
    public override void AddOffsetGradient(SaeStep step, DeviceMatrix gradient)
    {
        if (selection.StraightThrough)
        {
            Backend.Product(step.Scratch("prolu.extra", 1, Model.AtomCount), false, Model.Encoder.Weights.Value, false, gradient, new ProductEpilogue { Alpha = -1, Beta = 1 });
        }
    }

    /// <inheritdoc/>
    public override UInt128 ExtraOperations(long rows)
    {
        UInt128 size = (UInt128)rows * (UInt128)Model.AtomCount;
        return selection.StraightThrough ? (5 * size) + (3 * (UInt128)Model.AtomCount * (UInt128)Model.InputDimension) : 2 * size;
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Cost;

/// <summary>
/// Floating-point operations of amortised encoders in closed form: exactly what a backend that counts by <see cref="OperationCost"/> records for the
/// calls of a training step or of inference, and the paper's count beside it where there is one (no or one hidden layer).
/// </summary>
internal static class NetworkCost
{
    /// <summary>Encoding that many signals. Exact: selection works on dense pre-activations, so nothing depends on the data.</summary>
    /// <param name="widths">Dimension, hidden widths, atoms.</param>
    /// <param name="samples">Number of signals.</param>
    /// <param name="settings">The parts of the encoder; those of training are not looked at.</param>
    public static FlopCount Inference(IReadOnlyList<int> widths, long samples, NetworkCostSettings settings)
    {
        UInt128? published = samples == 0 ? 0 : widths.Count switch
        {
            2 => PaperFlops.SaeInference(widths[0], widths[1], samples),
            3 => PaperFlops.MlpInference(widths[0], widths[1], widths[2], samples),
            _ => null,
        };
        UInt128 thresholds = settings.Thresholded ? Count(samples, widths[^1]) : 0;
        return new FlopCount(Load(widths[0], samples, settings) + Encode(widths, samples, settings) + thresholds, published);
    }

    /// <summary>
    /// One training step on a new batch of that many signals. With a TopK it is a bound: the work on codes is that of their entries, and a row
    /// of less than k positive pre-activations has fewer than k.
    /// </summary>
    /// <param name="widths">Dimension, hidden widths, atoms.</param>
    /// <param name="batch">Signals of the step.</param>
    /// <param name="settings">What the step does.</param>
    public static FlopCount TrainingStep(IReadOnlyList<int> widths, long batch, NetworkCostSettings settings)
    {
        UInt128 exact = Load(widths[0], batch, settings) + Encode(widths, batch, settings);
        exact += settings.OnCodes ? CodeLossGradient(widths, batch, settings)
            : settings.TopK > 0 ? SparseGradient(widths, batch, settings)
            : DenseGradient(widths, batch, settings);
        exact += HiddenGradients(widths, batch, settings) + Optimizer(widths, settings);
        if (!settings.OnCodes && settings.DecoderBias && !settings.KnownDictionary)
        {
            exact += OffsetGradient(widths, batch, settings);
        }

        bool learns = !settings.KnownDictionary && !settings.OnCodes;
        UInt128? published = batch == 0 ? 0 : widths.Count switch
        {
            2 => PaperFlops.SaeStep(widths[0], widths[1], batch, learns),
            3 => PaperFlops.MlpStep(widths[0], widths[1], widths[2], batch, learns),
            _ => null,
        };
        return new FlopCount(exact, published, settings.TopK > 0 && (!settings.OnCodes || widths.Count == 2));
    }

    /// <summary>Scaling and centring of the signals.</summary>
    private static UInt128 Load(int dimension, long rows, NetworkCostSettings settings) =>
        Count(rows, dimension) * ((settings.Scaled ? 1u : 0u) + (settings.DecoderBias ? 1u : 0u));

    /// <summary>All layers; a ReLU and a selection both look once at each pre-activation.</summary>
    private static UInt128 Encode(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        UInt128 total = 0;
        for (int i = 0; i + 1 < widths.Count; i++)
        {
            total += OperationCost.Product(rows, widths[i + 1], widths[i], bias: settings.EncoderBias, relu: true);
        }

        return total;
    }

    /// <summary>Residual, gradient at the support, gradients of atoms and last layer; entries = rows · k.</summary>
    private static UInt128 SparseGradient(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        int dimension = widths[0], below = widths[^2];
        long entries = rows * Math.Min(settings.TopK, widths[^1]);
        UInt128 total = OperationCost.DecodeResidual(entries, rows, dimension, settings.DecoderBias, true)
            + OperationCost.SampledProduct(entries, dimension)
            + (settings.Penalized ? OperationCost.PenaltyGradient(entries) : 0)
            + (settings.KnownDictionary ? 0 : OperationCost.WeightGradient(entries, dimension))
            + OperationCost.WeightGradient(entries, below)
            + (settings.EncoderBias ? OperationCost.PerEntry(entries) : 0);
        return widths.Count == 2 ? total
            : total + OperationCost.DecodeResidual(entries, rows, below, false, false) + OperationCost.Map(MapOperation.ReluGradient, rows * below);
    }

    /// <summary>The same with a matrix of codes.</summary>
    private static UInt128 DenseGradient(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        int dimension = widths[0], atoms = widths[^1];
        return OperationCost.Product(rows, dimension, atoms, beta: true, bias: settings.DecoderBias)
            + OperationCost.Product(rows, atoms, dimension, bias: settings.Penalized, mask: true)
            + (settings.KnownDictionary ? 0 : OperationCost.Product(atoms, dimension, rows))
            + LastLayer(widths, rows, settings);
    }

    /// <summary>Gradient of the loss on known codes and of the last layer.</summary>
    private static UInt128 CodeLossGradient(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        int atoms = widths[^1];
        long size = rows * atoms;
        UInt128 loss = settings.SquaredCodeLoss ? OperationCost.Map(MapOperation.Add, size) : Cosines(rows, atoms) + CosineGradient(rows, atoms);
        if (widths.Count == 2 && settings.TopK > 0)
        {
            // An SAE keeps the gradient at the support.
            long entries = rows * Math.Min(settings.TopK, atoms);
            return loss + OperationCost.WeightGradient(entries, widths[0]) + (settings.EncoderBias ? OperationCost.PerEntry(entries) : 0);
        }

        return loss + OperationCost.Map(MapOperation.ReluGradient, size) + LastLayer(widths, rows, settings);
    }

    /// <summary>Two norms and a product of each column, and what is made of them.</summary>
    private static UInt128 Cosines(long rows, int atoms) =>
        (2 * (OperationCost.Reduce(ReduceOperation.SumSquares, rows * atoms) + OperationCost.Map(MapOperation.InverseSquareRoot, atoms)))
        + OperationCost.Reduce(ReduceOperation.Dot, rows * atoms)
        + (3 * OperationCost.Map(MapOperation.Multiply, atoms));

    private static UInt128 CosineGradient(long rows, int atoms) =>
        (2 * OperationCost.Map(MapOperation.Multiply, rows * atoms))
        + OperationCost.Map(MapOperation.Multiply, atoms)
        + OperationCost.Map(MapOperation.Add, rows * atoms);

    /// <summary>Weights and bias of the last layer, and the gradient below it.</summary>
    private static UInt128 LastLayer(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        int atoms = widths[^1], below = widths[^2];
        return OperationCost.Product(atoms, below, rows)
            + (settings.EncoderBias ? OperationCost.Reduce(ReduceOperation.Sum, rows * atoms) : 0)
            + (widths.Count > 2 ? OperationCost.Product(rows, below, atoms, mask: true) : 0);
    }

    private static UInt128 HiddenGradients(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        UInt128 total = 0;
        for (int i = widths.Count - 3; i >= 0; i--)
        {
            int outputs = widths[i + 1], inputs = widths[i];
            total += OperationCost.Product(outputs, inputs, rows)
                + (settings.EncoderBias ? OperationCost.Reduce(ReduceOperation.Sum, rows * outputs) : 0)
                + (i > 0 ? OperationCost.Product(rows, inputs, outputs, mask: true) : 0);
        }

        return total;
    }

    /// <summary>Through the decoder a sum of the residual; through the encoder the first layer's column sums (its bias gradient, where it has one) times its weights.</summary>
    private static UInt128 OffsetGradient(IReadOnlyList<int> widths, long rows, NetworkCostSettings settings)
    {
        bool sparseSums = widths.Count == 2 && settings.TopK > 0;
        UInt128 sums = settings.EncoderBias ? 0
            : sparseSums ? OperationCost.PerEntry(rows * Math.Min(settings.TopK, widths[^1]))
            : OperationCost.Reduce(ReduceOperation.Sum, rows * widths[1]);
        return OperationCost.Reduce(ReduceOperation.Sum, rows * widths[0]) + sums + OperationCost.Product(1, widths[0], widths[1], beta: true);
    }

    private static UInt128 Optimizer(IReadOnlyList<int> widths, NetworkCostSettings settings)
    {
        UInt128 total = 0;
        for (int i = 0; i + 1 < widths.Count; i++)
        {
            total += OperationCost.Optimize(widths[i + 1], widths[i]) + (settings.EncoderBias ? OperationCost.Optimize(1, widths[i + 1]) : 0);
        }

        if (!settings.OnCodes && !settings.KnownDictionary)
        {
            total += OperationCost.Optimize(widths[^1], widths[0], settings.Projected && !settings.FreeNorm, normalize: !settings.FreeNorm)
                + (settings.DecoderBias ? OperationCost.Optimize(1, widths[0]) : 0);
        }

        return total;
    }

    private static UInt128 Count(long rows, int columns) => (UInt128)rows * (UInt128)columns;
}

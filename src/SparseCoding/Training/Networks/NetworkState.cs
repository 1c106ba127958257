using SparseCoding.Cost;

namespace SparseCoding.Training;

/// <summary>One linear layer: y = x·Wᵀ + b with W [outputs, inputs] and b [outputs] or none.</summary>
internal sealed record LinearLayer(int Inputs, int Outputs, float[] Weights, float[]? Bias);

/// <summary>
/// A trained or loaded amortised encoder with its dictionary: u = (x − input offset)/input scale, hidden layers with ReLU, a last layer of as
/// many outputs as atoms, the selection. Immutable.
/// </summary>
internal sealed class NetworkState
{
    /// <summary>Layers from the signal to the pre-activations; at least one.</summary>
    public required IReadOnlyList<LinearLayer> Layers { get; init; }

    /// <summary>Which pre-activations become entries.</summary>
    public required Selection Selection { get; init; }

    /// <summary>Decoder: x̂ = offset + scale · zD.</summary>
    public required AtomDictionary Dictionary { get; init; }

    /// <summary>Subtracted from a signal, [dimension]; null subtracts nothing.</summary>
    public float[]? InputOffset { get; init; }

    /// <summary>Signals are divided by it after the offset is subtracted.</summary>
    public float InputScale { get; init; } = 1;

    /// <summary>Dimension of the signals.</summary>
    public int Dimension => Layers[0].Inputs;

    /// <summary>Number of atoms.</summary>
    public int AtomCount => Layers[^1].Outputs;

    /// <summary>What decides the operations of a pass.</summary>
    public NetworkCostSettings CostSettings => new()
    {
        EncoderBias = Layers[0].Bias is not null,
        DecoderBias = InputOffset is not null,
        Scaled = InputScale != 1,
        TopK = Selection is TopKSelection top ? top.K : 0,
    };

    /// <summary>|b_i| + Σ |w_ij p_j| with the folded weights and the input offset p: the terms that cancel in the folded bias.</summary>
    public float[] BiasMagnitude(float[] foldedWeights)
    {
        LinearLayer layer = Layers[0];
        var magnitude = new float[layer.Outputs];
        for (int i = 0; i < layer.Outputs; i++)
        {
            double sum = layer.Bias is null ? 0 : Math.Abs(layer.Bias[i]);
            for (int j = 0; InputOffset is not null && j < layer.Inputs; j++)
            {
                sum += Math.Abs((double)foldedWeights[(i * layer.Inputs) + j] * InputOffset[j]);
            }

            magnitude[i] = (float)sum;
        }

        return magnitude;
    }

    /// <summary>The last layer's weights and bias as if they worked on the raw signal: pre = xWᵀ + b. Only for one layer.</summary>
    public (float[] Weights, float[] Bias) FoldInput()
    {
        LinearLayer layer = Layers[0];
        var weights = (float[])layer.Weights.Clone();
        var bias = new float[layer.Outputs];
        for (int i = 0; i < layer.Outputs; i++)
        {
            double shift = layer.Bias is null ? 0 : layer.Bias[i];
            for (int j = 0; j < layer.Inputs; j++)
            {
                float scaled = weights[(i * layer.Inputs) + j] / InputScale;
                weights[(i * layer.Inputs) + j] = scaled;
                shift -= InputOffset is null ? 0 : (double)scaled * InputOffset[j];
            }

            bias[i] = (float)shift;
        }

        return (weights, bias);
    }
}

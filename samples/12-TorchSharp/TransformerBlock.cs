using TorchSharp;
using TorchSharp.Modules;

namespace SparseCoding.Samples.Torch;

/// <summary>Causal attention and a two-layer network, each on the normalised stream and added to it.</summary>
internal sealed class TransformerBlock : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    private readonly int _heads;
    private readonly LayerNorm _firstNorm;
    private readonly Linear _queriesKeysValues;
    private readonly Linear _attended;
    private readonly LayerNorm _secondNorm;
    private readonly Linear _inner;
    private readonly Linear _outer;

    public TransformerBlock(int width, int heads)
        : base("block")
    {
        _heads = heads;
        _firstNorm = torch.nn.LayerNorm(width);
        _queriesKeysValues = torch.nn.Linear(width, 3 * width);
        _attended = torch.nn.Linear(width, width);
        _secondNorm = torch.nn.LayerNorm(width);
        _inner = torch.nn.Linear(width, 4 * width);
        _outer = torch.nn.Linear(4 * width, width);
        RegisterComponents();
    }

    /// <inheritdoc/>
    public override torch.Tensor forward(torch.Tensor x)
    {
        using var scope = torch.NewDisposeScope();
        (long sequences, long positions, long width) = (x.shape[0], x.shape[1], x.shape[2]);
        torch.Tensor[] parts = _queriesKeysValues.call(_firstNorm.call(x)).reshape(sequences, positions, 3, _heads, width / _heads).permute(2, 0, 3, 1, 4).unbind(0);
        torch.Tensor future = torch.ones([positions, positions], torch.ScalarType.Bool, x.device).triu(1);
        torch.Tensor scores = (parts[0].matmul(parts[1].transpose(-1, -2)) / Math.Sqrt((double)width / _heads)).masked_fill(future, float.NegativeInfinity);
        torch.Tensor mixed = torch.nn.functional.softmax(scores, -1).matmul(parts[2]).transpose(1, 2).reshape(sequences, positions, width);
        torch.Tensor stream = x + _attended.call(mixed);
        return (stream + _outer.call(torch.nn.functional.gelu(_inner.call(_secondNorm.call(stream))))).MoveToOuterDisposeScope();
    }
}

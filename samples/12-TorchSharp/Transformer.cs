using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace SparseCoding.Samples.Torch;

/// <summary>A small GPT: tokens [sequences, positions] to logits [sequences, positions, vocabulary]. Its residual stream behind block i is what the submodule "blocks.i" gives.</summary>
internal sealed class Transformer : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    [ComponentName(Name = "tokens")]
    private readonly Embedding _tokens;
    [ComponentName(Name = "positions")]
    private readonly Embedding _positions;
    [ComponentName(Name = "blocks")]
    private readonly ModuleList<torch.nn.Module<torch.Tensor, torch.Tensor>> _blocks;
    [ComponentName(Name = "norm")]
    private readonly LayerNorm _norm;
    [ComponentName(Name = "head")]
    private readonly Linear _head;

    public Transformer(int vocabulary, int context = 64, int width = 96, int layers = 3, int heads = 4)
        : base("transformer")
    {
        Context = context;
        Width = width;
        _tokens = torch.nn.Embedding(vocabulary, width);
        _positions = torch.nn.Embedding(context, width);
        _blocks = new ModuleList<torch.nn.Module<torch.Tensor, torch.Tensor>>([.. Enumerable.Range(0, layers).Select(_ => new TransformerBlock(width, heads))]);
        _norm = torch.nn.LayerNorm(width);
        _head = torch.nn.Linear(width, vocabulary);
        RegisterComponents();
    }

    /// <summary>The most positions.</summary>
    public int Context { get; }

    /// <summary>Dimension of the residual stream.</summary>
    public int Width { get; }

    /// <inheritdoc/>
    public override torch.Tensor forward(torch.Tensor tokens)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor x = _tokens.call(tokens) + _positions.call(torch.arange(tokens.shape[1], torch.ScalarType.Int64, tokens.device));
        foreach (torch.nn.Module<torch.Tensor, torch.Tensor> block in _blocks)
        {
            // call, not forward: only call runs hooks.
            x = block.call(x);
        }

        return _head.call(_norm.call(x)).MoveToOuterDisposeScope();
    }

    /// <summary>Mean cross-entropy of the next token, in nats, over windows [sequences, positions + 1].</summary>
    public torch.Tensor Loss(torch.Tensor windows)
    {
        using var scope = torch.NewDisposeScope();
        long positions = windows.shape[1] - 1;
        torch.Tensor logits = call(windows.narrow(1, 0, positions));
        return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[^1]), windows.narrow(1, 1, positions).reshape(-1)).MoveToOuterDisposeScope();
    }
}

using TorchSharp;
using TorchSharp.Modules;

namespace SparseCoding.Tests.Torch;

/// <summary>Tokens [sequences, positions] to logits [sequences, positions, vocabulary]: an embedding, two residual blocks and a head.</summary>
internal sealed class TinyModel : torch.nn.Module<torch.Tensor, torch.Tensor>
{
    public const int Vocabulary = 11;
    public const int Width = 6;
    private readonly Embedding _embedding;
    private readonly ModuleList<torch.nn.Module<torch.Tensor, torch.Tensor>> _blocks;
    private readonly Dropout _dropout;
    private readonly Linear _head;
    private readonly bool _byForward;

    public TinyModel(bool byForward = false)
        : base("tiny")
    {
        _byForward = byForward;
        torch.manual_seed(7);
        _embedding = torch.nn.Embedding(Vocabulary, Width);
        _blocks = new ModuleList<torch.nn.Module<torch.Tensor, torch.Tensor>>(new TinyBlock(), new TinyBlock());
        _dropout = torch.nn.Dropout(0.5);
        _head = torch.nn.Linear(Width, Vocabulary);
        RegisterComponents();
    }

    /// <summary>Activations behind the first block, by hand.</summary>
    public torch.Tensor FirstBlock(torch.Tensor tokens) => _blocks[0].call(_embedding.call(tokens));

    /// <summary>The rest of the model, by hand.</summary>
    public torch.Tensor Rest(torch.Tensor activations) => _head.call(_dropout.call(_blocks[1].call(activations)));

    public override torch.Tensor forward(torch.Tensor tokens)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor x = _embedding.call(tokens);
        foreach (torch.nn.Module<torch.Tensor, torch.Tensor> block in _blocks)
        {
            x = _byForward ? block.forward(x) : block.call(x);
        }

        return _head.call(_dropout.call(x)).MoveToOuterDisposeScope();
    }

    private sealed class TinyBlock : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly Linear _inner = torch.nn.Linear(Width, Width);

        public TinyBlock()
            : base("block") => RegisterComponents();

        public override torch.Tensor forward(torch.Tensor x)
        {
            using var scope = torch.NewDisposeScope();
            return (x + _inner.call(x).tanh()).MoveToOuterDisposeScope();
        }
    }
}

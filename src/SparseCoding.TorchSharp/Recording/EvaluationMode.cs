using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>A model in evaluation mode; disposing puts it and each of its submodules back as they were.</summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly List<(torch.nn.Module Module, bool Training)> _before = [];

    /// <summary>Notes the modes and sets evaluation, where anything is in training.</summary>
    public EvaluationMode(torch.nn.Module model)
    {
        // A parent comes before what is in it, so that the order of putting back is right although train(...) reaches down.
        _before.Add((model, model.training));
        _before.AddRange(model.named_modules().Select(named => (named.module, named.module.training)));
        if (_before.Exists(entry => entry.Training))
        {
            model.eval();
        }
        else
        {
            _before.Clear();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach ((torch.nn.Module module, bool training) in _before)
        {
            module.train(training);
        }
    }
}

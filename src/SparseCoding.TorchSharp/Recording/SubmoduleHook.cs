using SparseCoding.Diagnostics;
using TorchSharp;

namespace SparseCoding.Torch;

/// <summary>
/// A hook on what a named submodule gives: sees every output of its <c>call</c> and may put another in its place. Disposing removes it. The submodule takes one to four
/// tensors and gives one; others are refused by name.
/// </summary>
internal sealed class SubmoduleHook : IDisposable
{
    private readonly Func<torch.Tensor, torch.Tensor?> _onOutput;
    private Action? _remove;

    /// <summary>Attaches the hook.</summary>
    /// <param name="model">The model.</param>
    /// <param name="submodule">Name as named_modules has it ("blocks.2"); "" is the model itself.</param>
    /// <param name="onOutput">Given the output; returns what takes its place, or null to leave it.</param>
    public SubmoduleHook(torch.nn.Module model, string submodule, Func<torch.Tensor, torch.Tensor?> onOutput)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(submodule);
        Name = submodule;
        _onOutput = onOutput;
        _remove = Attach(Find(model, submodule));
    }

    /// <summary>Name of the submodule.</summary>
    public string Name { get; }

    /// <summary>Outputs seen so far.</summary>
    public long Calls { get; private set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _remove?.Invoke();
        _remove = null;
    }

    /// <summary>That the submodule ran since a count was taken; the error says what keeps hooks from running.</summary>
    public void RequireCalled(long before)
    {
        if (Calls == before)
        {
            Throw.InvalidOperation($"The submodule \"{Name}\" gave no output while the model ran: either that run does not reach it, or the model runs its forward(x), which TorchSharp runs without hooks: write call(x).");
        }
    }

    private static torch.nn.Module Find(torch.nn.Module model, string submodule)
    {
        if (submodule.Length == 0)
        {
            return model;
        }

        var names = new List<string>();
        foreach ((string name, torch.nn.Module module) in model.named_modules())
        {
            if (string.Equals(name, submodule, StringComparison.Ordinal))
            {
                return module;
            }

            names.Add(name);
        }

        throw new ArgumentException($"The model has no submodule \"{submodule}\"; it has {string.Join(", ", names.Take(50))}{(names.Count > 50 ? " and " + (names.Count - 50) + " more" : "")}.", nameof(submodule));
    }

    private Action Attach(torch.nn.Module module)
    {
        switch (module)
        {
            case torch.nn.Module<torch.Tensor, torch.Tensor> one:
                return one.register_forward_hook((_, _, output) => OnOutput(output)).remove;
            case torch.nn.Module<torch.Tensor, torch.Tensor, torch.Tensor> two:
                return two.register_forward_hook((_, _, _, output) => OnOutput(output)).remove;
            case torch.nn.Module<torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor> three:
                return three.register_forward_hook((_, _, _, _, output) => OnOutput(output)).remove;
            case torch.nn.Module<torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor> four:
                return four.register_forward_hook((_, _, _, _, _, output) => OnOutput(output)).remove;
            default:
                throw new NotSupportedException($"The submodule \"{Name}\" is a {module.GetType().Name}, which does not give one tensor for one to four tensors; hook the submodule before or behind it.");
        }
    }

    private torch.Tensor OnOutput(torch.Tensor output)
    {
        Calls++;
        return _onOutput(output) ?? output;
    }
}

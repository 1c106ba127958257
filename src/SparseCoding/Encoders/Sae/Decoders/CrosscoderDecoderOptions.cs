using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>
/// Several views of one thing (layers, or models) side by side in a signal: x = [x₁ … x_M], x̂ = zD + b with atoms [w_j1 … w_jM] of free norm. One code
/// explains all views. In a penalty the norm of an atom counts as Σ_m ‖w_jm‖, the sum over views, so λ Σ_j z_j Σ_m ‖w_jm‖ with a penalty that weights by norms.
/// With MeanNorm each view has its own factor.
/// </summary>
/// <remarks>Source: Lindsey et al. 2024; ckkissane/crosscoder-model-diff-replication.</remarks>
public sealed record CrosscoderDecoderOptions : SaeDecoderOptions
{
    /// <summary>Dimension of each view, in the order of the columns; they add up to the dimension of a signal.</summary>
    public required ValueList<int> ViewDimensions
    {
        get;
        init => field = Check(value);
    }

    /// <inheritdoc/>
    internal override void ValidateData(ActivationSource data, SaeOptions options)
    {
        base.ValidateData(data, options);
        RequireSum(data.Dimension, nameof(data));
    }

    /// <summary>ArgumentException where the views are not those of signals of that dimension.</summary>
    internal void RequireSum(int dimension, string parameter)
    {
        if (ViewDimensions.Sum(view => (long)view) != dimension)
        {
            Throw.Argument($"ViewDimensions [{string.Join(", ", ViewDimensions)}] add up to {ViewDimensions.Sum(view => (long)view)}, but the signals have dimension {dimension}.", parameter);
        }
    }

    private static ValueList<int> Check(ValueList<int>? value)
    {
        ArgumentNullException.ThrowIfNull(value, nameof(ViewDimensions));
        if (value.Count == 0)
        {
            Throw.Argument("ViewDimensions is empty; a crosscoder needs at least one view.", nameof(ViewDimensions));
        }

        foreach (int view in value)
        {
            Throw.AtLeast(view, 1, nameof(ViewDimensions));
        }

        return value;
    }
}

using System.Text.Json.Serialization;

namespace SparseCoding;

/// <summary>How an SAE turns codes into signals. A pure value.</summary>
[JsonDerivedType(typeof(LinearDecoderOptions), "linear")]
[JsonDerivedType(typeof(MatryoshkaDecoderOptions), "matryoshka")]
public abstract record SaeDecoderOptions
{
    private protected SaeDecoderOptions()
    {
    }

    /// <summary>Atoms of unit norm, x̂ = zD + b: the default.</summary>
    public static SaeDecoderOptions Linear { get; } = new LinearDecoderOptions();

    /// <summary>Checks the decoder against the rest of the options.</summary>
    internal virtual void Validate(SaeOptions options)
    {
    }
}

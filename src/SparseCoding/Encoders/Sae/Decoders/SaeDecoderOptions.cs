using System.Text.Json.Serialization;
using SparseCoding.Encoders;

namespace SparseCoding;

/// <summary>How an SAE turns codes into signals. A pure value.</summary>
[JsonDerivedType(typeof(LinearDecoderOptions), "linear")]
[JsonDerivedType(typeof(TranscoderDecoderOptions), "transcoder")]
[JsonDerivedType(typeof(CrosscoderDecoderOptions), "crosscoder")]
[JsonDerivedType(typeof(ArchetypalDecoderOptions), "archetypal")]
[JsonDerivedType(typeof(PolynomialDecoderOptions), "polynomial")]
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

    /// <summary>Checks the data before any work; targets are for transcoders only.</summary>
    internal virtual void ValidateData(ActivationSource data, SaeOptions options) => SaeSpec.RequireNoTargets(data);

    /// <summary>Columns of the matrix that codes are multiplied with, [atoms, width].</summary>
    internal virtual int AtomWidth(int dimension, int atomCount) => dimension;
}

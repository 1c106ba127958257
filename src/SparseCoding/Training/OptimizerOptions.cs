using System.Text.Json.Serialization;

namespace SparseCoding;

/// <summary>Which optimiser turns gradients into steps, and its constants. Its state (the moments) is apart, in the trainer's checkpoint.</summary>
[JsonDerivedType(typeof(AdamOptions), "adam")]
[JsonDerivedType(typeof(SignumOptions), "signum")]
[JsonDerivedType(typeof(MuonOptions), "muon")]
public abstract record OptimizerOptions
{
    private protected OptimizerOptions()
    {
    }
}

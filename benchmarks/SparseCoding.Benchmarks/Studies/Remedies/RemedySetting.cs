using System.Numerics.Tensors;

namespace SparseCoding.Benchmarks;

/// <summary>Data and plain options that every remedy is tried on.</summary>
/// <param name="Name">Heading.</param>
/// <param name="Text">What it is, in a sentence.</param>
/// <param name="Options">Plain options.</param>
/// <param name="Training">Plain training.</param>
/// <param name="Train">Rows to learn from.</param>
/// <param name="Test">Other rows.</param>
internal sealed record RemedySetting(string Name, string Text, SaeOptions Options, TrainingOptions Training, Tensor<float> Train, Tensor<float> Test)
{
    /// <summary>Trains one case and measures it.</summary>
    public RemedyResult Measure(RemedyCase one, long seed, RunContext context)
    {
        TrainingOptions training = Training with { Seed = seed };
        SaeEncoder encoder = new SaeEncoder(one.Options?.Invoke(Options) ?? Options, one.Training?.Invoke(training) ?? training).Fit(Train, context);
        var request = new EncodeRequest { Context = context };
        SparsityMetrics fired = SparsityMetrics.Measure(encoder.Encode(Train, request));
        SparseCodes codes = encoder.Encode(Test, request);
        ReconstructionMetrics error = ReconstructionMetrics.Measure(Test, encoder.Decoder.Decode(codes));
        return new RemedyResult(one.Name, fired.DeadShare, error.Fvu, SparsityMetrics.Measure(codes).L0, encoder.Training!.Elapsed.TotalSeconds);
    }
}

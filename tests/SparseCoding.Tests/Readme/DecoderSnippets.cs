using System.Numerics.Tensors;

namespace SparseCoding.Tests;

/// <summary>The code blocks of docs/concepts/sae-decoders.md, run as tests.</summary>
[TestFixture]
internal sealed class DecoderSnippets
{
    private static readonly TrainingOptions s_training = new() { Steps = 30, BatchSize = 64 };

    [Test]
    public void Transcoder_Predicts_ItsTargets()
    {
        float[,] mlpInput = DecoderForm.Signals(300, 8, 1), mlpOutput = DecoderForm.Signals(300, 6, 2);
        #region transcoder
        ActivationSource pairs = ActivationSource.FromView(mlpInput).WithTargets(mlpOutput);
        var transcoder = new SaeEncoder(
            new SaeOptions
            {
                AtomCount = 32,
                Selection = Selection.TopK(4),
                Decoder = new TranscoderDecoderOptions { OutputDimension = 6, Skip = true },
                Normalization = InputNormalization.MeanNorm,
            },
            s_training).Fit(pairs);
        SparseCodes codes = transcoder.Encode(mlpInput);
        Tensor<float> predicted = transcoder.Decoder.Decode(codes, mlpInput);     // a skip connection needs the signals
        double fvu = Evaluation.Evaluate(transcoder, pairs).Fvu;                  // against the targets
        #endregion
        Assert.That((predicted.Lengths[1], double.IsFinite(fvu)), Is.EqualTo(((nint)6, true)));
    }

    [Test]
    public void Crosscoder_Explains_EveryView()
    {
        float[,] bothLayers = DecoderForm.Signals(300, 16, 1);
        #region crosscoder
        var crosscoder = new SaeEncoder(
            new SaeOptions
            {
                AtomCount = 32,
                Decoder = new CrosscoderDecoderOptions { ViewDimensions = [8, 8] },
                Penalty = new TanhPenalty { Weight = 0.1f },                      // its norms are Σ_m ‖w_jm‖
                Normalization = InputNormalization.MeanNorm,                      // one factor for each view
            },
            s_training).Fit(bothLayers);
        foreach (ReconstructionMetrics view in Evaluation.Evaluate(crosscoder, bothLayers).Views)
        {
            Console.WriteLine(view.Fvu);
        }
        #endregion
        Assert.That(crosscoder.Dictionary.Dimension, Is.EqualTo(16));
    }

    [Test]
    public void Polynomial_Interactions_AreNamed()
    {
        float[,] signals = DecoderForm.Signals(300, 8, 1);
        #region polynomial
        var poly = new SaeEncoder(
            new SaeOptions
            {
                AtomCount = 32,
                Selection = Selection.TopK(4),
                Decoder = new PolynomialDecoderOptions { QuadraticRank = 8, CubicRank = 8 },
                Normalization = InputNormalization.LayerNorm,
            },
            s_training).Fit(signals);
        Tensor<float> reconstruction = poly.Decoder.Decode(poly.Encode(signals), signals);
        var decoder = (PolynomialDecoder)((RowNormalizedDecoder)poly.Decoder).Inner;
        double strength = decoder.PairStrength(3, 7);                             // ‖∂²x̂/∂z₃∂z₇‖
        AtomDictionary linear = decoder.LinearPart();                             // rows of U K₁, for cosines and steering
        #endregion
        Assert.That((reconstruction.Lengths[1], strength >= 0, linear.AtomCount), Is.EqualTo(((nint)8, true, 32)));
    }
}

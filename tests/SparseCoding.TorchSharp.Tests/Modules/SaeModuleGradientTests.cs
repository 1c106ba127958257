using SparseCoding.Torch;
using TorchSharp;

namespace SparseCoding.Tests.Torch;

public sealed class SaeModuleGradientTests
{
    private static readonly Selection[] s_smooth =
    [
        Selection.Relu, Selection.TopK(4), Selection.AbsTopK(4), Selection.GroupMax(7), Selection.BatchTopK(4), Selection.SignedSoft(0.2f), Selection.Gated, Selection.TopAfa, Selection.MatchingPursuit(3),
    ];

    [TestCaseSource(nameof(s_smooth))]
    public void Backward_OnAFixedSupport_IsTheDifferenceQuotient(Selection selection)
    {
        using var module = new SaeModule(SaeModuleTests.Fit(new SaeOptions { AtomCount = 30, Selection = selection, Normalization = selection is TopKSelection ? InputNormalization.LayerNorm : InputNormalization.None }));
        module.to(torch.ScalarType.Float64);
        using torch.Tensor signals = SaeModuleTests.Signals(3).to(torch.ScalarType.Float64).requires_grad_(), weights = TorchData.Tensor(3, 12, 8).to(torch.ScalarType.Float64);
        (double value, _) = Loss(module, signals, weights, backward: true);
        Assert.That(double.IsFinite(value));
        var named = module.named_parameters().Select(entry => (entry.name, Tensor: (torch.Tensor)entry.parameter)).Append(("x", signals)).ToArray();
        var random = new Random(3);
        foreach ((string name, torch.Tensor tensor) in named)
        {
            using torch.Tensor gradient = tensor.grad is { } given ? given.detach().clone() : torch.zeros_like(tensor);
            if (selection is GatedSelection && name == "encoder_bias")
            {
                Assert.That(gradient.abs().sum().item<double>(), Is.Zero, "a gate's own bias has no gradient through the codes");
                continue;
            }

            for (int trial = 0; trial < 12; trial++)
            {
                long place = random.NextInt64(tensor.numel());
                double analytic = gradient.reshape(-1)[place].item<double>(), numeric = Quotient(module, signals, weights, tensor, place);
                Assert.That(analytic, Is.EqualTo(numeric).Within(1e-5 * Math.Max(1, Math.Abs(numeric))), $"{name}[{place}]");
            }
        }
    }

    [Test]
    public void Backward_ToTheSignals_IsThatOfTheCoresHook()
    {
        foreach (Selection selection in new[] { Selection.Relu, Selection.TopK(5), Selection.JumpRelu, Selection.BatchTopK(4), Selection.AbsTopK(3) })
        {
            SaeEncoder encoder = SaeModuleTests.Fit(new SaeOptions { AtomCount = 30, Selection = selection, Normalization = InputNormalization.MeanNorm });
            using var module = new SaeModule(encoder);
            using torch.Tensor signals = SaeModuleTests.Signals(6), given = signals.detach().clone().requires_grad_(), outer = TorchData.Tensor(6, 12, 8);
            using torch.Tensor reconstruction = module.call(given), loss = (reconstruction * outer).sum();
            loss.backward();
            var hook = new ReconstructionHook(encoder);
            float[] decoded = new float[6 * 12], expected = new float[6 * 12];
            SparseCodes codes = hook.Forward(signals.AsSignals(), decoded);
            hook.Backward(codes, outer.AsSignals(), expected);
            using torch.Tensor gradient = given.grad!.alias(), wanted = expected.AsTorch(12);
            SaeModuleTests.AssertClose(gradient, wanted);
        }
    }

    [TestCase(InputNormalization.RowNorm)]
    [TestCase(InputNormalization.LayerNorm)]
    public void Backward_WithARowOfZeros_StaysFinite(InputNormalization normalization)
    {
        using var module = new SaeModule(SaeModuleTests.Fit(new SaeOptions { AtomCount = 30, Selection = Selection.TopK(4), Normalization = normalization }));
        using torch.Tensor signals = SaeModuleTests.Signals(3);
        signals[1].zero_();
        using torch.Tensor given = signals.detach().requires_grad_(), reconstruction = module.call(given), loss = reconstruction.square().sum();
        loss.backward();
        Assert.That(given.grad!.isfinite().all().item<bool>(), Is.True);
        Assert.That(module.parameters().Select(parameter => parameter.grad!.isfinite().all().item<bool>()), Is.All.True);
        if (normalization == InputNormalization.RowNorm)
        {
            Assert.That(TorchData.Values(reconstruction)[12..24], Is.All.Zero, "a row of zeros decodes to zeros");
        }
    }

    [TestCaseSource(nameof(Kernels))]
    public void Backward_ToAJumpReluThreshold_IsStraightThrough(StraightThroughKernel kernel)
    {
        const float Width = 0.7f;
        SaeEncoder encoder = SaeModuleTests.Fit(new SaeOptions { AtomCount = 30, Selection = new JumpReluSelection { Bandwidth = Width, Kernel = kernel, InitialThreshold = 0.4f } });
        using var module = new SaeModule(encoder);
        using torch.Tensor signals = SaeModuleTests.Signals(5), outer = TorchData.Tensor(5, 30, 8);
        using torch.Tensor codes = module.EncodeTensor(signals), loss = (codes * outer).sum();
        loss.backward();
        using torch.Tensor threshold = module.get_parameter("threshold")!.detach().clone(), gradient = module.get_parameter("threshold")!.grad!.alias();

        // pre, by hand.
        using torch.Tensor pre = (signals - module.get_parameter("decoder_bias")!.detach()).matmul(module.get_parameter("encoder_weight")!.detach().t()) + module.get_parameter("encoder_bias")!.detach();
        float[] p = TorchData.Values(pre), t = TorchData.Values(threshold), g = TorchData.Values(outer), actual = TorchData.Values(gradient);
        Assert.That(actual.Count(value => value != 0), Is.GreaterThan(3));
        for (int atom = 0; atom < 30; atom++)
        {
            double expected = 0;
            for (int row = 0; row < 5; row++)
            {
                double u = (p[(row * 30) + atom] - t[atom]) / Width;
                double k = kernel switch
                {
                    StraightThroughKernel.Rectangle => Math.Abs(u) < 0.5 ? 1 : 0,
                    StraightThroughKernel.Triangle => Math.Max(0, 1 - Math.Abs(u)),
                    StraightThroughKernel.Gaussian => Math.Exp(-u * u / 2) / Math.Sqrt(2 * Math.PI),
                    StraightThroughKernel.Quartic => 15.0 / 16 * Math.Pow(Math.Max(0, 1 - (u * u)), 2),
                    _ => 0.75 * Math.Max(0, 1 - (u * u)),
                };
                expected -= g[(row * 30) + atom] * t[atom] / Width * k;
            }

            Assert.That(actual[atom], Is.EqualTo(expected).Within(1e-4 * Math.Max(1, Math.Abs(expected))), $"atom {atom}");
        }
    }

    [Test]
    public void Backward_ThroughProLu_IsTheGradientThatItsOptionsName()
    {
        foreach (bool straightThrough in new[] { false, true })
        {
            SaeEncoder encoder = SaeModuleTests.Fit(new SaeOptions { AtomCount = 30, Selection = new ProLuSelection { StraightThrough = straightThrough } });
            using var module = new SaeModule(encoder);
            using torch.Tensor signals = SaeModuleTests.Signals(5), codes = module.EncodeTensor(signals), loss = codes.sum();
            loss.backward();

            // ∂Σz/∂b_j: the number of rows in which j is active, or the sum of its m there.
            float[] z = TorchData.Values(codes), actual = TorchData.Values(module.get_parameter("encoder_bias")!.grad!);
            for (int atom = 0; atom < 30; atom++)
            {
                double expected = Enumerable.Range(0, 5).Select(row => z[(row * 30) + atom]).Where(value => value != 0).Sum(value => straightThrough ? value : 1.0);
                Assert.That(actual[atom], Is.EqualTo(expected).Within(1e-4));
            }
        }
    }

    [Test]
    public void EndToEnd_TrainedByAnothersLoss_LowersIt()
    {
        // A frozen linear "model" behind the SAE: its loss reaches the SAE's parameters through the reconstruction.
        using var module = new SaeModule(SaeModuleTests.Fit(new SaeOptions { AtomCount = 30, Selection = Selection.TopK(3) }));
        using torch.Tensor signals = SaeModuleTests.Signals(100), tail = TorchData.Tensor(12, 4, 2), wanted = signals.matmul(tail);
        using var adam = torch.optim.Adam(module.parameters(), lr: 0.003);
        double first = 0, last = 0;
        for (int step = 0; step < 60; step++)
        {
            using var scope = torch.NewDisposeScope();
            adam.zero_grad();
            torch.Tensor loss = (module.call(signals).matmul(tail) - wanted).square().mean();
            loss.backward();
            adam.step();
            module.NormalizeAtoms();
            last = loss.item<float>();
            first = step == 0 ? last : first;
        }

        Assert.That(last, Is.LessThan(0.7 * first));
        SaeEncoder encoder = module.ToEncoder();
        using torch.Tensor codes = encoder.Encode(signals, CodeLayout.Dense), expected = module.EncodeTensor(signals);
        SaeModuleTests.AssertClose(codes, expected);
    }

    private static StraightThroughKernel[] Kernels() => Enum.GetValues<StraightThroughKernel>();

    private static (double Value, bool Done) Loss(SaeModule module, torch.Tensor signals, torch.Tensor weights, bool backward)
    {
        using torch.Tensor reconstruction = module.call(signals), loss = (reconstruction * reconstruction * 0.5 * weights).sum();
        if (backward)
        {
            loss.backward();
        }

        return (loss.item<double>(), backward);
    }

    private static double Quotient(SaeModule module, torch.Tensor signals, torch.Tensor weights, torch.Tensor tensor, long place)
    {
        const double Step = 1e-6;
        using var noGradient = torch.no_grad();
        using torch.Tensor entry = tensor.detach().view(-1)[place];
        double before = entry.item<double>();
        entry.fill_(before + Step);
        double up = Loss(module, signals, weights, backward: false).Value;
        entry.fill_(before - Step);
        double down = Loss(module, signals, weights, backward: false).Value;
        entry.fill_(before);
        return (up - down) / (2 * Step);
    }
}

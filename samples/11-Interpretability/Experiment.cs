using System.Globalization;

namespace SparseCoding.Samples.Interpretability;

/// <summary>
/// The experiment of the paper's language-model figure: an SAE and an MLP at the same number of active latents, explained and scored alike; OMP on the SAE's own
/// atoms is added, since it has the same dictionary and other codes.
/// </summary>
internal static class Experiment
{
    /// <summary>Runs it and writes the pages.</summary>
    public static async Task RunAsync(Arguments arguments, CancellationToken cancellation)
    {
        ModelData data = ModelData.Open(arguments.Folder);
        Directory.CreateDirectory(arguments.Output);
        Say($"{data.Train.RowCount} rows of dimension {data.Dimension} to train on; to look at: {data.Text}. {data.Layer}.");
        (IExplainer explainer, IExplanationScorer scorer) = arguments.Chat is null
            ? ((IExplainer)new NGramExplainer(), (IExplanationScorer)new NGramExplanationScorer())
            : (new ChatExplainer(CommandChatModel.Create(arguments.Chat)), new ChatExplanationScorer(CommandChatModel.Create(arguments.Chat)));

        SaeEncoder sae = arguments.Sae is null ? TrainSae(arguments, data, cancellation) : LoadSae(arguments.Sae, data);
        MlpEncoder mlp = new MlpEncoder(
            new MlpOptions { AtomCount = sae.AtomCount, Hidden = [Math.Max(1, sae.AtomCount / 4)], Selection = Selection.TopK(arguments.K), Normalization = InputNormalization.MeanNorm },
            Training(arguments)).Fit(data.Train, Context(arguments, "MLP, training"), cancellation);
        var omp = new OmpEncoder(sae.Dictionary, new OmpOptions { MaxActive = arguments.K, NonNegative = true });

        var found = new List<Interpreted>();
        foreach ((string name, IEncoder encoder, IDictionary atoms) in new (string, IEncoder, IDictionary)[] { ("SAE", sae, sae.Dictionary), ("MLP", mlp, mlp.Dictionary), ("OMP on the SAE's atoms", omp, sae.Dictionary) })
        {
            found.Add(await InterpretAsync(name, encoder, atoms, data, arguments, explainer, scorer, cancellation));
        }

        PurityMetrics? raw = data.Tags is null ? null : PurityMetrics.Measure(SparseCodes.FromDense(data.Signals), data.Tags, tokens: data.Text.Tokens, cancellationToken: cancellation);
        Pages.Write(arguments, data, found, raw);
    }

    private static SaeEncoder TrainSae(Arguments arguments, ModelData data, CancellationToken cancellation)
    {
        var options = new SaeOptions { AtomCount = arguments.Atoms, Selection = Selection.TopK(arguments.K), Normalization = InputNormalization.MeanNorm, Remedies = [new AuxKRemedy { DeadAfter = 10 }] };
        SaeEncoder sae = new SaeEncoder(options, Training(arguments) with { AtomRateFactor = 6 }).Fit(data.Train, Context(arguments, "SAE, training"), cancellation);
        sae.Save(Path.Combine(arguments.Output, "sae.safetensors"));
        return sae;
    }

    /// <summary>The recipe of docs/how-to/train-an-sae.md.</summary>
    private static TrainingOptions Training(Arguments arguments) => new()
    {
        Steps = arguments.Steps,
        BatchSize = 256,
        LearningRate = new Schedule { Value = 1e-3f, WarmupSteps = 100, DecayShare = 0.5 },
        Optimizer = new AdamOptions { Beta2 = 0.99f },
        Seed = arguments.Seed,
    };

    private static SaeEncoder LoadSae(string path, ModelData data)
    {
        SaeEncoder sae = Directory.Exists(path) ? SaeEncoder.LoadSaeLens(path) : SaeEncoder.Load(path);
        return sae.Dimension == data.Dimension ? sae : throw new ArgumentException($"--sae {path} encodes signals of dimension {sae.Dimension}, the activations have {data.Dimension}.");
    }

    private static async Task<Interpreted> InterpretAsync(
        string name, IEncoder encoder, IDictionary atoms, ModelData data, Arguments arguments, IExplainer explainer, IExplanationScorer scorer, CancellationToken cancellation)
    {
        SparseCodes codes = encoder.Encode(data.Signals, new EncodeRequest { Context = new RunContext { Threads = arguments.Threads } }, cancellation);
        EncoderReport quality = Evaluation.EvaluateCodes(codes, encoder.Decoder, ActivationSource.FromView(data.Signals), cancellationToken: cancellation);
        LatentAtlas atlas = LatentAtlas.Build(codes, data.Text, new LatentAtlasOptions { LatentCount = arguments.Shown }, atoms, data.Unembedding, data.Tags, cancellation);
        InterpretationReport explanations = await Interpretation.RunAsync(
            codes, data.Text, explainer, scorer, new InterpretationOptions { LatentCount = arguments.Latents, Seed = arguments.Seed }, atoms, data.Unembedding, cancellationToken: cancellation);
        Say($"{name}: L0 {quality.Sparsity.L0:0.00}, FVU {quality.Reconstruction.Fvu:0.0000}, {quality.Sparsity.Dead} of {codes.AtomCount} latents dead; {explanations}.");
        return new Interpreted(name, quality, atlas, explanations);
    }

    private static RunContext Context(Arguments arguments, string name)
    {
        double shown = 0;
        return new RunContext
        {
            Threads = arguments.Threads,
            Progress = new Handler(p =>
            {
                if (p.Fraction >= shown + 0.1)
                {
                    shown = p.Fraction;
                    Say($"  {name}: {100 * p.Fraction:0} %, {p.Remaining.TotalSeconds:0} s left");
                }
            }),
        };
    }

    private static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    /// <summary>Progress that is handled where it is reported; the framework's Progress would post it to other threads.</summary>
    private sealed class Handler(Action<TrainingProgress> handle) : IProgress<TrainingProgress>
    {
        /// <inheritdoc/>
        public void Report(TrainingProgress value) => handle(value);
    }
}

namespace SparseCoding.Tests;


public sealed class InterpretationTests
{
    private const int Contexts = 200, Length = 24;
    private static readonly string[] Words = [.. Enumerable.Range(0, 40).Select(i => $"w{i}")];

    /// <summary>Random text; latent 0 fires on word 3, latent 1 on word 5 after word 4, latent 2 on random rows, latent 3 in three contexts only.</summary>
    private static (SparseCodes Codes, TokenContexts Text) World()
    {
        var random = new Random(11);
        int[] tokens = [.. Enumerable.Range(0, Contexts * Length).Select(_ => random.Next(40))];
        var dense = new float[tokens.Length, 4];
        for (int row = 0; row < tokens.Length; row++)
        {
            // Word 5 is common, mostly without word 4 before it, so that one word does not tell latent 1.
            if (random.Next(20) == 0)
            {
                tokens[row] = 5;
                if (row % Length > 0 && random.Next(3) == 0)
                {
                    tokens[row - 1] = 4;
                }
            }
        }

        for (int row = 0; row < tokens.Length; row++)
        {
            dense[row, 0] = tokens[row] == 3 ? 1 + random.NextSingle() : 0;
            dense[row, 1] = row % Length > 0 && tokens[row] == 5 && tokens[row - 1] == 4 ? 2 + random.NextSingle() : 0;
            dense[row, 2] = random.Next(40) == 0 ? 1 + random.NextSingle() : 0;
            dense[row, 3] = row < 3 * Length && row % Length == 7 ? 1 : 0;
        }

        return (SparseCodes.FromDense(dense), new TokenContexts(tokens, Words, Length));
    }

    [Test]
    public async Task RunAsync_WordSequences_AreFoundAndRandomRowsAreNot()
    {
        (SparseCodes codes, TokenContexts text) = World();
        InterpretationReport report = await Interpretation.RunAsync(codes, text, new NGramExplainer(), new NGramExplanationScorer(), new InterpretationOptions { ScoredContexts = 20 });
        Assert.That((report.Eligible, report.Alive), Is.EqualTo((3, 4))); // latent 3 fires in too few contexts
        Assert.That(report.Latents.Select(l => l.Latent), Is.EqualTo(new[] { 0, 1, 2 }));
        Assert.That(report.Latents[0].Explanation!.NGrams, Is.EqualTo(new[] { new[] { "w3" } }));
        Assert.That(report.Latents[1].Explanation!.NGrams, Is.EqualTo(new[] { new[] { "w4", "w5" } }));
        Assert.That(report.Latents[0].MacroF1, Is.EqualTo(1));
        Assert.That(report.Latents[1].MacroF1, Is.EqualTo(1));
        Assert.That(report.Latents[2].F1, Is.LessThan(0.7)); // rows of no pattern: what is learned from ten contexts says nothing of others
    }

    [Test]
    public async Task RunAsync_ExplainerAndScorer_NeverSeeTheSameContext()
    {
        (SparseCodes codes, TokenContexts text) = World();
        var spy = new Spy();
        await Interpretation.RunAsync(codes, text, spy, spy, new InterpretationOptions { LatentCount = 2, Seed = 4 });
        Assert.That(spy.Scored, Has.Count.EqualTo(2));
        for (int i = 0; i < spy.Scored.Count; i++)
        {
            Assert.That(spy.Scored[i], Has.Count.EqualTo(10));
            Assert.That(spy.Shown[i].Latent.Contexts, Has.Count.EqualTo(10));
            Assert.That(spy.Shown[i].Silent.SelectMany(c => c.Values), Is.All.Zero);
            string[] shown = [.. spy.Shown[i].Latent.Contexts.Concat(spy.Shown[i].Silent).Select(c => string.Join(' ', c.Tokens))];
            Assert.That(spy.Scored[i].Select(t => string.Join(' ', t)).Intersect(shown), Is.Empty);
        }
    }

    [Test]
    public async Task RunAsync_SameSeed_GivesTheSameScores()
    {
        (SparseCodes codes, TokenContexts text) = World();
        var options = new InterpretationOptions { Seed = 9 };
        InterpretationReport first = await Interpretation.RunAsync(codes, text, new NGramExplainer(), new NGramExplanationScorer(), options);
        InterpretationReport second = await Interpretation.RunAsync(codes, text, new NGramExplainer(), new NGramExplanationScorer(), options);
        Assert.That(second.ToTable().ToString(), Is.EqualTo(first.ToTable().ToString()));
    }

    [Test]
    public async Task RunAsync_ChatModel_ScoresAndCountsUnreadableAnswers()
    {
        (SparseCodes codes, TokenContexts text) = World();
        int calls = 0;
        Task<string> Model(string prompt, CancellationToken token) => Task.FromResult(
            !prompt.Contains("is described so", StringComparison.Ordinal) ? " It fires on w3. " : ++calls == 1 ? "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1]" : "I would rather not say.");
        InterpretationReport report = await Interpretation.RunAsync(codes, text, new ChatExplainer(Model), new ChatExplanationScorer(Model), new InterpretationOptions { LatentCount = 2 });
        Assert.That(report.Latents[0].Explanation!.Text, Is.EqualTo("It fires on w3."));
        Assert.That((report.Latents[0].TruePositives, report.Latents[0].FalsePositives, report.Latents[0].F1), Is.EqualTo((5, 5, 2.0 / 3)));
        Assert.That(report.Latents[0].MacroF1, Is.EqualTo(1.0 / 3).Within(1e-15)); // all said to fire: the silent ones are never found
        Assert.That(report.Latents[1].Failure, Does.Contain("I would rather not say"));
        Assert.That((report.Failures, report.Scores(l => l.F1).Length, report.Latents[1].F1), Is.EqualTo((1, 1, double.NaN)));
    }

    [Test]
    public void Prompt_OfALatent_ShowsValuesOnAScaleOfTen()
    {
        var text = new TokenContexts([0, 1, 2, 1], Words, 2);
        LatentAtlas atlas = LatentAtlas.Build(SparseCodes.FromDense(new float[,] { { 0 }, { 4 }, { 1 }, { 2 } }), text);
        string prompt = ChatExplainer.Prompt(new ExplanationRequest { Latent = atlas.Latents[0], Silent = [] });
        Assert.That(prompt, Does.Contain("1. w0 w1 [10]").And.Contain("2. w2 [3] w1 [5]"));
        Assert.That(prompt, Does.Not.Contain("more likely"));
    }

    [Test]
    public void RunAsync_TooLittleText_SaysWhatIsNeeded() =>
        Assert.That(
            async () => await Interpretation.RunAsync(SparseCodes.FromDense(new float[,] { { 1 }, { 0 } }), new TokenContexts([0, 1], Words, 1), new NGramExplainer(), new NGramExplanationScorer()),
            Throws.ArgumentException.With.Message.Contains("at least 15 contexts").And.Message.Contains("silent in at least 15"));

    [Test]
    public void ClassifyAsync_TextExplanation_IsRefusedByTheSequenceScorer() =>
        Assert.That(async () => await new NGramExplanationScorer().ClassifyAsync(new Explanation("words"), []), Throws.ArgumentException.With.Message.Contains("NGrams"));

    private sealed class Spy : IExplainer, IExplanationScorer
    {
        public List<ExplanationRequest> Shown { get; } = [];

        public List<IReadOnlyList<IReadOnlyList<string>>> Scored { get; } = [];

        public Task<Explanation> ExplainAsync(ExplanationRequest request, CancellationToken cancellationToken = default)
        {
            Shown.Add(request);
            return Task.FromResult(new Explanation("spy"));
        }

        public Task<IReadOnlyList<bool>> ClassifyAsync(Explanation explanation, IReadOnlyList<IReadOnlyList<string>> texts, CancellationToken cancellationToken = default)
        {
            Scored.Add(texts);
            return Task.FromResult<IReadOnlyList<bool>>([.. texts.Select(_ => true)]);
        }
    }
}

namespace SparseCoding.Tests;

/// <summary>The code blocks of docs/how-to/interpret-latents.md, run as tests.</summary>
[TestFixture]
internal sealed class InterpretationSnippets
{
    private static readonly string[] s_vocabulary = [.. Enumerable.Range(0, 50).Select(i => $"word{i}")];

    [Test]
    public void Atlas_OfCodes_IsAPage()
    {
        (SaeEncoder sae, float[,] activations, int[] tokens, int[] partsOfSpeech) = Model();
        string[] tagNames = ["even", "odd"];
        string folder = TestContext.CurrentContext.WorkDirectory;
        #region atlas
        SparseCodes codes = sae.Encode(activations);                              // rows in reading order
        var text = new TokenContexts(tokens, s_vocabulary, contextLength: 16);
        var labels = new RowLabels(partsOfSpeech, tagNames);                      // optional
        LatentAtlas atlas = LatentAtlas.Build(codes, text, new LatentAtlasOptions { LatentCount = 50 }, sae.Dictionary, labels: labels);
        HtmlReport.OfLatents(atlas).Save(Path.Combine(folder, "latents.html"));

        LatentProfile most = atlas.Latents[0];                                    // the most used
        Console.WriteLine($"latent {most.Latent}: {most.Density:P1} of rows, {most.Contexts[0]}");
        double pure = atlas.Purity!.ShareAbove(0.8, withoutSingleTokens: true), chance = atlas.Purity.ChanceAbove(0.8);
        #endregion
        Assert.That(File.ReadAllText(Path.Combine(folder, "latents.html")), Does.Contain($"Latent {most.Latent}"));
        Assert.That(pure, Is.InRange(0, 1));
        Assert.That(chance, Is.InRange(0, 1));
    }

    [Test]
    public async Task Explanations_OfAnyModel_AreScored()
    {
        (SaeEncoder sae, float[,] activations, int[] tokens, _) = Model();
        SparseCodes codes = sae.Encode(activations);
        var text = new TokenContexts(tokens, s_vocabulary, contextLength: 16);
        static Task<string> CallAnyModel(string prompt, CancellationToken token) => Task.FromResult("1,0,1,0,1,0,1,0,1,0");
        #region interpretation
        ChatModel model = (prompt, token) => CallAnyModel(prompt, token);         // any chat model, as a delegate
        var options = new InterpretationOptions { LatentCount = 20, ScoredContexts = 5 };
        InterpretationReport chat = await Interpretation.RunAsync(codes, text, new ChatExplainer(model), new ChatExplanationScorer(model), options, sae.Dictionary);
        InterpretationReport floor = await Interpretation.RunAsync(codes, text, new NGramExplainer(), new NGramExplanationScorer(), options);
        Console.WriteLine($"{chat.MacroF1} against {floor.MacroF1}, p = {chat.Compare(floor).PValue:0.000}");
        #endregion
        Assert.That((chat.Latents.Count, chat.Failures), Is.EqualTo((floor.Latents.Count, 0)));
    }

    /// <summary>A small SAE on activations that tell the token, and its text.</summary>
    private static (SaeEncoder Sae, float[,] Activations, int[] Tokens, int[] PartsOfSpeech) Model()
    {
        var random = new Random(2);
        int[] tokens = [.. Enumerable.Range(0, 1600).Select(_ => random.Next(50))];
        var embedding = new float[50, 12];
        foreach (int word in Enumerable.Range(0, 50))
        {
            for (int d = 0; d < 12; d++)
            {
                embedding[word, d] = random.NextSingle() - 0.5f;
            }
        }

        var activations = new float[tokens.Length, 12];
        for (int row = 0; row < tokens.Length; row++)
        {
            for (int d = 0; d < 12; d++)
            {
                activations[row, d] = embedding[tokens[row], d];
            }
        }

        var training = new TrainingOptions { Steps = 100, BatchSize = 128 };
        SaeEncoder sae = new SaeEncoder(new SaeOptions { AtomCount = 24, Selection = Selection.TopK(2) }, training).Fit(activations);
        return (sae, activations, tokens, [.. tokens.Select(t => t % 2)]);
    }
}

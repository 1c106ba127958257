using System.Numerics.Tensors;

namespace SparseCoding.Tests;

public sealed class LatentAtlasTests
{
    private static readonly string[] Words = ["the", "old", "<b>man</b>", "sea"];

    [Test]
    public void TopRows_RandomCodes_EqualsSorting([Values] CodeSide side)
    {
        var random = new Random(3);
        var dense = new float[200, 6];
        for (int row = 0; row < 200; row++)
        {
            for (int latent = 0; latent < 6; latent++)
            {
                dense[row, latent] = random.Next(3) == 0 ? random.Next(-4, 5) : 0; // few values, so that there are ties
            }
        }

        SparseCodes codes = SparseCodes.FromDense(dense);
        IReadOnlyList<IReadOnlyList<LatentActivation>> top = codes.TopRowsOfEach(7, side);
        for (int latent = 0; latent < 6; latent++)
        {
            int l = latent;
            float Strength(int row) => side switch { CodeSide.Positive => dense[row, l], CodeSide.Negative => -dense[row, l], _ => Math.Abs(dense[row, l]) };
            LatentActivation[] expected = [.. Enumerable.Range(0, 200).Where(r => Strength(r) > 0).OrderByDescending(Strength).ThenBy(r => r).Take(7).Select(r => new LatentActivation(r, dense[r, l]))];
            Assert.That(top[latent], Is.EqualTo(expected));
            Assert.That(codes.TopRows(latent, 7, side), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Build_OnePerContext_ShowsEachContextAtItsStrongestRow()
    {
        // Contexts of three rows; in the first one the latent grows, then a tie, then a weaker context.
        float[,] dense = { { 1 }, { 2 }, { 3 }, { 2 }, { 2 }, { 0 }, { 1 }, { 0 }, { 0 } };
        var text = new TokenContexts([0, 1, 2, 0, 1, 2, 0, 1, 3], Words, 3);
        LatentProfile latent = LatentAtlas.Build(SparseCodes.FromDense(dense), text, new LatentAtlasOptions { TokensBefore = 1, TokensAfter = 1 }).Latents.Single();
        Assert.That(latent.Contexts.Select(c => c.Row), Is.EqualTo(new[] { 2, 3, 6 }));
        Assert.That(latent.Contexts.Select(c => c.ToString()), Is.EqualTo(new[] { "old «<b>man</b>»", "«the» old", "«the» old" }));
        Assert.That((latent.ActiveRows, latent.Peak, latent.MeanValue), Is.EqualTo((6L, 3f, 11.0 / 6)));
        Assert.That(LatentAtlas.Build(SparseCodes.FromDense(dense), text, new LatentAtlasOptions { OnePerContext = false, ContextCount = 4 }).Latents[0].Contexts.Select(c => c.Row), Is.EqualTo(new[] { 2, 1, 3, 4 }));
    }

    [Test]
    public void Build_Unembedding_GivesLogitEffectsOfScaledAtoms()
    {
        var random = new Random(5);
        float[] atoms = Random(random, 3 * 4), map = Random(random, 4 * 4);
        var dictionary = new AtomDictionary(SignalView.FromRows(atoms, 4), scale: 2.5f);
        float[,] dense = { { 1, 0, 0 }, { 1, 1, 0 } };
        LatentAtlas atlas = LatentAtlas.Build(SparseCodes.FromDense(dense), new TokenContexts([0, 1], Words, 2), new LatentAtlasOptions { TokenEffects = 2, Neighbours = 2 }, dictionary, Tensor.Create(map, [4, 4]));
        Assert.That(atlas.Latents.Select(l => l.Latent), Is.EqualTo(new[] { 0, 1 })); // the third never fires
        for (int latent = 0; latent < 2; latent++)
        {
            double[] logits = [.. Enumerable.Range(0, 4).Select(v => 2.5 * Dot(atoms, latent, map, v))];
            LatentProfile profile = atlas.Latents[latent];
            int[] order = [.. Enumerable.Range(0, 4).OrderByDescending(v => logits[v])];
            Assert.That(profile.Promoted.Select(t => t.Token), Is.EqualTo(order[..2]));
            Assert.That(profile.Suppressed.Select(t => t.Token), Is.EqualTo(new[] { order[3], order[2] }));
            Assert.That(profile.Promoted.Select(t => (double)t.Logit), Is.EqualTo(order[..2].Select(v => logits[v])).Within(1e-5));
            int own = latent;
            double[] cosines = [.. Enumerable.Range(0, 3).Select(a => Dot(atoms, own, atoms, a) / Math.Sqrt(Dot(atoms, own, atoms, own) * Dot(atoms, a, atoms, a)))];
            int[] near = [.. Enumerable.Range(0, 3).Where(a => a != own).OrderByDescending(a => cosines[a])];
            Assert.That(profile.Neighbours.Select(n => n.Latent), Is.EqualTo(near));
            Assert.That(profile.Neighbours.Select(n => (double)n.Cosine), Is.EqualTo(near.Select(a => cosines[a])).Within(1e-5));
        }
    }

    [Test]
    public void OfLatents_Page_EscapesTextAndShowsPurity()
    {
        float[,] dense = { { 1 }, { 2 }, { 3 }, { 2 } };
        LatentAtlas atlas = LatentAtlas.Build(SparseCodes.FromDense(dense), new TokenContexts([0, 1, 2, 3], Words, 2), new LatentAtlasOptions { PurityRows = 2 }, labels: new RowLabels([0, 1, 1, 0], ["noun", "verb"]));
        string page = HtmlReport.OfLatents(atlas).ToHtml();
        Assert.That(page, Does.Contain("<u>&lt;b&gt;man&lt;/b&gt;</u>").And.Not.Contain("<b>man</b>"));
        Assert.That(atlas.Latents[0].Purity, Is.EqualTo(new LatentPurity(0, 2, 1, 1, false)));
        Assert.That(page, Does.Contain("share with purity above 0.8"));
        Assert.That(HtmlReport.OfLatents(atlas).ToHtml(), Is.EqualTo(page));
    }

    [Test]
    public void Build_ManyValues_KeepsAThousandForTheHistogram()
    {
        float[] values = [.. Enumerable.Range(1, 5000).Select(i => (float)i)];
        var codes = SparseCodes.FromRows(1, Enumerable.Range(0, 5001).ToArray(), new int[5000], values);
        IReadOnlyList<double> kept = LatentAtlas.Build(codes, new TokenContexts(new int[5000], Words, 50)).Latents[0].Values;
        Assert.That(kept, Has.Count.EqualTo(1000));
        Assert.That(kept.Average(), Is.EqualTo(2500).Within(10));
    }

    [Test]
    public void Build_WhatDoesNotFit_IsNamed()
    {
        SparseCodes codes = SparseCodes.FromDense(new float[,] { { 1, 0 }, { 0, 1 } });
        var text = new TokenContexts([0, 1], Words, 2);
        var dictionary = new AtomDictionary(SignalView.FromRows([1, 0, 0, 1], 2));
        Assert.That(() => LatentAtlas.Build(codes, new TokenContexts([0], Words, 1)), Throws.ArgumentException.With.Message.Contains("codes has 2 rows").And.Message.Contains("1 tokens"));
        Assert.That(() => LatentAtlas.Build(codes, text, unembedding: Tensor.Create(new float[8], [4, 2])), Throws.ArgumentException.With.Message.Contains("without a dictionary"));
        Assert.That(() => LatentAtlas.Build(codes, text, null, dictionary, Tensor.Create(new float[8], [2, 4])), Throws.ArgumentException.With.Message.Contains("[2, 4]").And.Message.Contains("[4, 2]"));
        Assert.That(() => LatentAtlas.Build(codes, text, new LatentAtlasOptions { Latents = [2] }), Throws.ArgumentException.With.Message.Contains("Latents names 2"));
        Assert.That(() => LatentAtlas.Build(codes, text, labels: new RowLabels([0])), Throws.ArgumentException);
        Assert.That(() => new TokenContexts([0, 4], Words, 2), Throws.ArgumentException.With.Message.Contains("tokens[1] is 4"));
        Assert.That(() => new TokenContexts([0, 1, 2], Words, 2), Throws.ArgumentException.With.Message.Contains("whole contexts"));
        Assert.That(() => new TokenContexts([0, 1, 2], Words, new[] { 0, 2, 2 }.AsSpan()), Throws.ArgumentException.With.Message.Contains("entry 2 is 2"));
        Assert.That(() => new RowLabels([0, 2], ["a", "b"]), Throws.ArgumentException.With.Message.Contains("labels[1] is 2"));
    }

    [Test]
    public void ContextOf_UnequalContexts_FindsEachRow()
    {
        var text = new TokenContexts([0, 1, 2, 3, 0], Words, new[] { 0, 1, 4 }.AsSpan());
        Assert.That(Enumerable.Range(0, 5).Select(text.ContextOf), Is.EqualTo(new[] { 0, 1, 1, 1, 2 }));
        Assert.That((text.ContextCount, text.FirstRow(1), text.Length(1), text.Length(2), text.TextAt(3)), Is.EqualTo((3, 1, 3, 1, "sea")));
    }

    private static float[] Random(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)((2 * random.NextDouble()) - 1))];

    private static double Dot(float[] a, int i, float[] b, int j) => Enumerable.Range(0, 4).Sum(k => (double)a[(i * 4) + k] * b[(j * 4) + k]);
}

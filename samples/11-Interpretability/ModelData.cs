using System.Numerics.Tensors;
using System.Text.Json;

namespace SparseCoding.Samples.Interpretability;

/// <summary>What is known of a language model: activations to train on, activations with their text to look at, and the way from activations to logits.</summary>
internal sealed record ModelData(ActivationSource Train, float[] Test, int Dimension, TokenContexts Text, RowLabels? Tags, Tensor<float>? Unembedding, string Layer)
{
    /// <summary>The test rows.</summary>
    public SignalView Signals => SignalView.FromRows(Test, Dimension);

    /// <summary>Reads the folder. Every file is checked against the others before anything is trained.</summary>
    public static ModelData Open(string folder)
    {
        ActivationSource train = ActivationFiles.Load(Path.Combine(folder, "train_activations.npy"));
        ActivationSource test = ActivationFiles.Open(Path.Combine(folder, "test_activations.npy"));
        if (train.Dimension != test.Dimension)
        {
            throw new InvalidDataException($"{folder}: train_activations.npy has dimension {train.Dimension}, test_activations.npy {test.Dimension}.");
        }

        string path = Path.Combine(folder, "meta.json");
        using JsonDocument meta = JsonDocument.Parse(File.ReadAllBytes(path));
        string[] vocabulary = Strings(meta, "vocab") ?? throw new InvalidDataException($"{path} has no \"vocab\", the text of each token.");
        if (!meta.RootElement.TryGetProperty("context", out JsonElement context) || !context.TryGetInt32(out int length))
        {
            throw new InvalidDataException($"{path} has no \"context\", the number of rows of a context.");
        }

        int[] tokens = ActivationFiles.ReadIntegers(Path.Combine(folder, "test_tokens.npy"));
        if (tokens.Length != test.RowCount)
        {
            throw new InvalidDataException($"{folder}: test_tokens.npy has {tokens.Length} tokens, test_activations.npy {test.RowCount} rows.");
        }

        string tagFile = Path.Combine(folder, "test_tags.npy"), mapFile = Path.Combine(folder, "unembedding.npy");
        return new ModelData(
            train,
            ReadAll(test),
            test.Dimension,
            new TokenContexts(tokens, vocabulary, length),
            File.Exists(tagFile) ? new RowLabels(ActivationFiles.ReadIntegers(tagFile), Strings(meta, "tags")) : null,
            File.Exists(mapFile) ? Map(mapFile) : null,
            meta.RootElement.TryGetProperty("layer", out JsonElement layer) && layer.ValueKind == JsonValueKind.String ? layer.GetString()! : "a layer");
    }

    private static Tensor<float> Map(string path)
    {
        ActivationSource rows = ActivationFiles.Open(path);
        return Tensor.Create(ReadAll(rows), [(nint)rows.RowCount, rows.Dimension]);
    }

    private static float[] ReadAll(ActivationSource source)
    {
        var values = new float[checked(source.RowCount * source.Dimension)];
        var batch = new SignalBatch((int)Math.Min(source.RowCount, 4096), source.Dimension);
        for (int done = 0; done < values.Length; done += batch.Signals.Length)
        {
            source.Read(batch);
            batch.Signals.CopyTo(values.AsSpan(done));
        }

        return values;
    }

    private static string[]? Strings(JsonDocument meta, string name) =>
        meta.RootElement.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Select(e => e.GetString() ?? string.Empty)] : null;
}

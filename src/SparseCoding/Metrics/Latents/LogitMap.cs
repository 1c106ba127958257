using System.Numerics.Tensors;
using SparseCoding.Diagnostics;

namespace SparseCoding.Metrics;

/// <summary>From directions of the activations to logits.</summary>
internal sealed class LogitMap
{
    private readonly float[] _unembedding;
    private readonly IReadOnlyList<string> _vocabulary;
    private readonly int _dimension;

    private LogitMap(float[] unembedding, IReadOnlyList<string> vocabulary, int dimension) => (_unembedding, _vocabulary, _dimension) = (unembedding, vocabulary, dimension);

    /// <summary>Checks the unembedding, [vocabulary, dimension], against vocabulary and atoms.</summary>
    public static LogitMap Of(Tensor<float> unembedding, IReadOnlyList<string> vocabulary, AtomDirections? atoms)
    {
        if (atoms is null)
        {
            Throw.Argument("unembedding is given without a dictionary; logit effects are those of its atoms.", "dictionary");
        }

        if (unembedding.Rank != 2 || unembedding.Lengths[0] != vocabulary.Count || unembedding.Lengths[1] != atoms.Dimension)
        {
            Throw.Argument(
                $"unembedding is [{string.Join(", ", unembedding.Lengths.ToArray())}], expected [vocabulary, dimension] = [{vocabulary.Count}, {atoms.Dimension}]; transpose it if the axes are swapped.",
                nameof(unembedding));
        }

        var values = new float[checked(vocabulary.Count * atoms.Dimension)];
        unembedding.FlattenTo(values);
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
            {
                Throw.Argument($"unembedding holds {value}; it must be finite.", nameof(unembedding));
            }
        }

        return new LogitMap(values, vocabulary, atoms.Dimension);
    }

    /// <summary>The tokens whose logits rise most, and fall most, along a direction; ties go to the lower token.</summary>
    public (TokenEffect[] Promoted, TokenEffect[] Suppressed) Effects(float[] direction, int count)
    {
        var logits = new float[_vocabulary.Count];
        for (int token = 0; token < logits.Length; token++)
        {
            logits[token] = TensorPrimitives.Dot<float>(direction, _unembedding.AsSpan(token * _dimension, _dimension));
        }

        int[] tokens = [.. Enumerable.Range(0, logits.Length)];
        return ([.. tokens.OrderByDescending(t => logits[t]).Take(count).Select(Effect)], [.. tokens.OrderBy(t => logits[t]).Take(count).Select(Effect)]);

        TokenEffect Effect(int token) => new(token, _vocabulary[token], logits[token]);
    }
}

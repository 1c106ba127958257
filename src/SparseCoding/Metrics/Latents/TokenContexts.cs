using System.Globalization;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>The text behind activations: the token of each row, and which rows follow each other in one context (sequence, prompt, document).</summary>
/// <remarks>Immutable and thread-safe. Rows of a context follow each other in reading order.</remarks>
public sealed class TokenContexts
{
    private readonly int[] _tokens;
    private readonly int[] _starts;
    private readonly string[] _vocabulary;

    /// <summary>Text in contexts of one length.</summary>
    /// <param name="tokens">Token of each row, [contexts · contextLength], indices into the vocabulary.</param>
    /// <param name="vocabulary">Text of each token, decoded as it is to be read.</param>
    /// <param name="contextLength">Rows of a context, at least 1.</param>
    /// <exception cref="ArgumentException">A token has no text, or the rows are no whole contexts.</exception>
    public TokenContexts(ReadOnlySpan<int> tokens, IReadOnlyList<string> vocabulary, int contextLength)
        : this(tokens, vocabulary, Starts(tokens.Length, Throw.AtLeast(contextLength, 1, nameof(contextLength))))
    {
    }

    /// <summary>Text in contexts of any length.</summary>
    /// <param name="tokens">Token of each row, [samples], indices into the vocabulary.</param>
    /// <param name="vocabulary">Text of each token, decoded as it is to be read.</param>
    /// <param name="contextStarts">First row of each context, ascending, from 0.</param>
    /// <exception cref="ArgumentException">There is no token, a token has no text, or the starts do not ascend from 0 within the rows.</exception>
    public TokenContexts(ReadOnlySpan<int> tokens, IReadOnlyList<string> vocabulary, ReadOnlySpan<int> contextStarts)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (tokens.IsEmpty)
        {
            Throw.Argument("tokens is empty; a text has one token or more.", nameof(tokens));
        }

        for (int row = 0; row < tokens.Length; row++)
        {
            if ((uint)tokens[row] >= (uint)vocabulary.Count)
            {
                Throw.Argument($"tokens[{row}] is {tokens[row]}, but the vocabulary has {vocabulary.Count} entries.", nameof(tokens));
            }
        }

        for (int i = 0; i < contextStarts.Length; i++)
        {
            if (contextStarts[i] >= tokens.Length || (i == 0 ? contextStarts[0] != 0 : contextStarts[i] <= contextStarts[i - 1]))
            {
                Throw.Argument($"contextStarts must ascend from 0 and lie below the number of tokens, {tokens.Length}; entry {i} is {contextStarts[i]}.", nameof(contextStarts));
            }
        }

        if (contextStarts.IsEmpty)
        {
            Throw.Argument("contextStarts is empty; a text has one context or more.", nameof(contextStarts));
        }

        _tokens = tokens.ToArray();
        _vocabulary = [.. vocabulary];
        _starts = [.. contextStarts, tokens.Length];
    }

    /// <summary>Number of rows (tokens).</summary>
    public int RowCount => _tokens.Length;

    /// <summary>Number of contexts.</summary>
    public int ContextCount => _starts.Length - 1;

    /// <summary>Text of each token.</summary>
    public IReadOnlyList<string> Vocabulary => _vocabulary;

    /// <summary>Token of each row, [samples].</summary>
    public ReadOnlySpan<int> Tokens => _tokens;

    /// <summary>Text of a row's token.</summary>
    /// <param name="row">The row.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    public string TextAt(int row) => _vocabulary[_tokens[Row(row)]];

    /// <summary>The context of a row.</summary>
    /// <param name="row">The row.</param>
    /// <exception cref="ArgumentOutOfRangeException">The row does not exist.</exception>
    public int ContextOf(int row)
    {
        int found = Array.BinarySearch(_starts, Row(row));
        return found >= 0 ? found : ~found - 1;
    }

    /// <summary>First row of a context.</summary>
    /// <param name="context">The context.</param>
    /// <exception cref="ArgumentOutOfRangeException">The context does not exist.</exception>
    public int FirstRow(int context) => _starts[Context(context)];

    /// <summary>Number of rows of a context.</summary>
    /// <param name="context">The context.</param>
    /// <exception cref="ArgumentOutOfRangeException">The context does not exist.</exception>
    public int Length(int context) => _starts[Context(context) + 1] - _starts[context];

    /// <summary>"38400 tokens in 600 contexts".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{RowCount} tokens in {ContextCount} contexts");

    private static int[] Starts(int rows, int length)
    {
        if (rows % length != 0)
        {
            Throw.Argument($"tokens has {rows} rows, which are no whole contexts of {length}; name the first row of each context where their lengths differ.", "tokens");
        }

        var starts = new int[rows / length];
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = i * length;
        }

        return starts;
    }

    private int Row(int row)
    {
        if ((uint)row >= (uint)RowCount)
        {
            Throw.OutOfRange(nameof(row), row, $"between 0 and {RowCount - 1}");
        }

        return row;
    }

    private int Context(int context)
    {
        if ((uint)context >= (uint)ContextCount)
        {
            Throw.OutOfRange(nameof(context), context, $"between 0 and {ContextCount - 1}");
        }

        return context;
    }
}

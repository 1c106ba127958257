namespace SparseCoding;

/// <summary>A stretch of text around a row, with a latent's value at each of its tokens.</summary>
public sealed record ContextExample
{
    /// <summary>The context that it is from.</summary>
    public required int Context { get; init; }

    /// <summary>The row that it was chosen for: where the latent is strongest, or a silent row.</summary>
    public required int Row { get; init; }

    /// <summary>First row of the stretch; its rows follow each other.</summary>
    public required int FirstRow { get; init; }

    /// <summary>Text of its tokens.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>Value of the latent at each of its tokens; 0 where it is silent.</summary>
    public required IReadOnlyList<float> Values { get; init; }

    /// <summary>Value of the latent at <see cref="Row"/>.</summary>
    public float Value => Values[Row - FirstRow];

    /// <summary>The words with the strongest token in «marks»: "of the «United» States".</summary>
    public override string ToString() => string.Join(' ', Tokens.Select((token, i) => FirstRow + i == Row ? $"«{token}»" : token));
}

namespace SparseCoding.Benchmarks;

/// <summary>A product to measure: C [M, N] = A [M, K] · B, with B [K, N], or [N, K] when transposed.</summary>
/// <param name="M">Rows of C.</param>
/// <param name="N">Columns of C.</param>
/// <param name="K">Terms.</param>
/// <param name="TransposeA">A is stored as [K, M].</param>
/// <param name="TransposeB">B is stored as [N, K].</param>
internal sealed record GemmShape(int M, int N, int K, bool TransposeA = false, bool TransposeB = false)
{
    /// <summary>The two sizes of the goal, then what the library meets: backward products, a small batch, one row, the paper's world.</summary>
    public static IReadOnlyList<GemmShape> All { get; } =
    [
        new(1536, 1536, 1536),
        new(1024, 16384, 768, TransposeB: true),
        new(1024, 768, 4096),
        new(768, 4096, 1024, TransposeA: true),
        new(256, 256, 256),
        new(64, 4096, 768, TransposeB: true),
        new(1, 4096, 768, TransposeB: true),
        new(16384, 128, 128),
        new(1024, 16, 8),
        new(1024, 8, 16),
        new(1024, 16, 8, TransposeB: true),
        new(16, 8, 1024, TransposeA: true),
        new(16, 16, 16),
    ];

    /// <summary>Floating-point operations: 2 M N K.</summary>
    public double Flops => 2.0 * M * N * K;

    /// <summary>Row length of A as stored.</summary>
    public int Lda => TransposeA ? M : K;

    /// <summary>Row length of B as stored.</summary>
    public int Ldb => TransposeB ? K : N;

    /// <inheritdoc/>
    public override string ToString() => $"[{M},{K}]{(TransposeA ? "t" : "")}x[{K},{N}]{(TransposeB ? "t" : "")}";

    /// <summary>Numbers in −1/2 .. 1/2 from a fixed seed.</summary>
    public static float[] Numbers(long count, int seed)
    {
        var random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextSingle() - 0.5f;
        }

        return values;
    }
}

using SparseCoding.Backends;

namespace SparseCoding.Encoders;

/// <summary>
/// How often each latent fires, as a moving average ρ on the device, and which fire less than Zipf's law expects of their rank r = 1 .. F (the most used
/// first, ties to the lower index): ρ below τ · Σρ · (r + c)^−α / Σ_s (s + c)^−α. See <see cref="AuxZipfRemedy"/>.
/// </summary>
internal sealed class LatentUsage(SaeModel model, AuxZipfRemedy options) : IDisposable
{
    private readonly DeviceMatrix _density = model.Backend.Allocate(1, model.AtomCount);

    /// <summary>What a checkpoint keeps.</summary>
    public IEnumerable<(string Name, DeviceMatrix Matrix)> StateMatrices() => [("latents.density", _density)];

    /// <summary>Takes the counts of the last batch in.</summary>
    public void Update()
    {
        // No correction for the start of the average: it is a factor that both sides of the comparison have.
        float decay = options.DensityDecay;
        LatentActivity latents = model.Latents!;
        model.Backend.Map(MapOperation.Add, _density, _density, latents.Fired, decay, (1 - decay) * (1f / latents.Rows));
    }

    /// <summary>Sets the flag of every latent that is used too little.</summary>
    public void AddUnderused(float[] flags)
    {
        if (options.Threshold == 0)
        {
            return;
        }

        var density = new float[flags.Length];
        model.Backend.Read(_density, 0, density);
        MarkUnderused(density, options, flags);
    }

    /// <summary>The rule itself, on the host: flags[i] = 1 where density[i] is below τ times what its rank expects; other flags stay.</summary>
    public static void MarkUnderused(ReadOnlySpan<float> density, AuxZipfRemedy options, Span<float> flags)
    {
        double shift = options.RankShift ?? density.Length / 100.0, total = 0, law = 0;
        var order = new int[density.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            total += density[i];
            law += Math.Pow(i + 1 + shift, -options.Exponent);
        }

        float[] values = density.ToArray();
        Array.Sort(order, (a, b) => values[a] == values[b] ? a.CompareTo(b) : values[b].CompareTo(values[a]));
        for (int rank = 0; rank < order.Length; rank++)
        {
            double expected = total * Math.Pow(rank + 1 + shift, -options.Exponent) / law;
            if (values[order[rank]] < options.Threshold * expected)
            {
                flags[order[rank]] = 1;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _density.Dispose();
}

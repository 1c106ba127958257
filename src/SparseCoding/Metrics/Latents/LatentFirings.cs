using SparseCoding.Contracts;

namespace SparseCoding.Metrics;

/// <summary>How often and how strongly each latent fires on one side.</summary>
internal sealed class LatentFirings
{
    private readonly CodeSide _side;
    private readonly long[] _counts;
    private readonly double[] _sums;

    private LatentFirings(int atomCount, CodeSide side) => (_counts, _sums, _side) = (new long[atomCount], new double[atomCount], side);

    /// <summary>Counts the codes.</summary>
    public static LatentFirings Of(SparseCodes codes, CodeSide side, CancellationToken cancellationToken)
    {
        var firings = new LatentFirings(codes.AtomCount, side);
        ReadOnlySpan<int> atoms = codes.Atoms;
        ReadOnlySpan<float> values = codes.Values;
        for (int i = 0; i < atoms.Length; i++)
        {
            if (i % (1 << 20) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (TopRowTable.Strength(values[i], side) > 0)
            {
                firings._counts[atoms[i]]++;
                firings._sums[atoms[i]] += values[i];
            }
        }

        return firings;
    }

    /// <summary>Rows in which a latent fires.</summary>
    public long Count(int latent) => _counts[latent];

    /// <summary>Mean of its values there; NaN where it never fires.</summary>
    public double Mean(int latent) => _sums[latent] / _counts[latent];

    /// <summary>The latents that fire most often, at least once; ties go to the lower latent.</summary>
    public int[] MostUsed(int count) => [.. Enumerable.Range(0, _counts.Length).Where(i => _counts[i] > 0).OrderByDescending(i => _counts[i]).ThenBy(i => i).Take(count)];

    /// <summary>Values of some latents where they fire: every value up to the most, evenly spaced ones beyond it.</summary>
    public List<double>[] Values(SparseCodes codes, int[] latents, int most)
    {
        var places = new Dictionary<int, List<int>>();
        var found = new List<double>[latents.Length];
        for (int i = 0; i < latents.Length; i++)
        {
            found[i] = [];
            (places.TryGetValue(latents[i], out List<int>? same) ? same : places[latents[i]] = []).Add(i);
        }

        var seen = new long[codes.AtomCount];
        for (int i = 0; i < codes.NonZeroCount; i++)
        {
            int latent = codes.Atoms[i];
            float value = codes.Values[i];
            if (!(TopRowTable.Strength(value, _side) > 0) || !places.TryGetValue(latent, out List<int>? wanted))
            {
                continue;
            }

            // The n-th value is kept when n · most / count passes an integer.
            long n = seen[latent]++, count = _counts[latent];
            if (count <= most || (Int128)n * most / count != (Int128)(n - 1) * most / count || n == 0)
            {
                foreach (int place in wanted)
                {
                    found[place].Add(value);
                }
            }
        }

        return found;
    }
}

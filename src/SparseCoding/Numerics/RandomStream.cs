using System.Text;

namespace SparseCoding.Numerics;

/// <summary>
/// A counter-based stream of random numbers (Philox4x32-10: Salmon, Moraes, Dror, Shaw, SC 2011), keyed by (seed, purpose).
/// Draw i of a stream is a pure function of (seed, purpose, i): a new draw elsewhere shifts nothing, any block can be drawn by any
/// thread, and the state to checkpoint is one counter.
/// </summary>
internal sealed class RandomStream
{
    private readonly uint _key0;
    private readonly uint _key1;
    private readonly uint _stream0;
    private readonly uint _stream1;
    private ulong _position;

    // The block that NextBits drew from last, so that four draws in a row cost one: the same bits as BitsAt gives.
    private ulong _block = ulong.MaxValue;
    private (uint A, uint B, uint C, uint D) _words;

    /// <summary>Opens the stream of a purpose ("sae.init.encoder"); <paramref name="index"/> separates streams of one purpose (world, restart).</summary>
    public RandomStream(ulong seed, string purpose, ulong index = 0)
    {
        // FNV-1a over UTF-8: stable across machines and versions, unlike string.GetHashCode.
        ulong hash = 14695981039346656037UL;
        foreach (byte b in Encoding.UTF8.GetBytes(purpose))
        {
            hash = (hash ^ b) * 1099511628211UL;
        }

        hash ^= index * 0x9E3779B97F4A7C15UL;
        _key0 = (uint)seed;
        _key1 = (uint)(seed >> 32);
        _stream0 = (uint)hash;
        _stream1 = (uint)(hash >> 32);
    }

    /// <summary>The same for a signed seed, as options have it.</summary>
    public RandomStream(long seed, string purpose, ulong index = 0)
        : this(unchecked((ulong)seed), purpose, index)
    {
    }

    /// <summary>Number of 32-bit draws taken; set it to rewind or to resume.</summary>
    public ulong Position
    {
        get => _position;
        set => _position = value;
    }

    /// <summary>The 32 random bits at a place of the stream; does not move it.</summary>
    public uint BitsAt(ulong position)
    {
        (uint a, uint b, uint c, uint d) = Block(position >> 2);
        return (position & 3) switch { 0 => a, 1 => b, 2 => c, _ => d };
    }

    /// <summary>Next 32 random bits.</summary>
    public uint NextBits()
    {
        ulong position = _position++;
        if (_block != position >> 2)
        {
            _block = position >> 2;
            _words = Block(_block);
        }

        return (position & 3) switch { 0 => _words.A, 1 => _words.B, 2 => _words.C, _ => _words.D };
    }

    /// <summary>Uniform in [0, 1) on a grid of 2⁻⁵³.</summary>
    public double NextDouble()
    {
        ulong high = NextBits();
        ulong low = NextBits();
        return (((high << 32) | low) >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Uniform integer in [0, bound), without bias (Lemire's method).</summary>
    public int NextInt(int bound)
    {
        uint range = (uint)bound;
        ulong product = (ulong)NextBits() * range;
        if ((uint)product < range)
        {
            uint threshold = (uint)(-range) % range;
            while ((uint)product < threshold)
            {
                product = (ulong)NextBits() * range;
            }
        }

        return (int)(product >> 32);
    }

    /// <summary>Standard normal (Box-Muller, the cosine branch only: one value, four draws, so that places stay predictable).</summary>
    public double NextNormal()
    {
        double u = 1.0 - NextDouble();
        double v = NextDouble();
        return Math.Sqrt(-2.0 * Math.Log(u)) * Math.Cos(2.0 * Math.PI * v);
    }

    /// <summary>Fills with uniform numbers in [low, high).</summary>
    public void FillUniform(Span<float> target, double low, double high)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)(low + ((high - low) * NextDouble()));
        }
    }

    /// <summary>Fills with normal numbers of mean 0.</summary>
    public void FillNormal(Span<float> target, double standardDeviation = 1)
    {
        for (int i = 0; i < target.Length; i++)
        {
            target[i] = (float)(standardDeviation * NextNormal());
        }
    }

    /// <summary>Draws <paramref name="target"/>.Length distinct integers of [0, bound), uniformly over ordered samples (partial Fisher-Yates).</summary>
    public void SampleWithoutReplacement(int bound, Span<int> target)
    {
        // A sparse swap table: O(count) memory, whatever the bound.
        var moved = new Dictionary<int, int>(target.Length * 2);
        for (int i = 0; i < target.Length; i++)
        {
            int j = i + NextInt(bound - i);
            target[i] = moved.GetValueOrDefault(j, j);
            moved[j] = moved.GetValueOrDefault(i, i);
        }
    }

    /// <summary>A random permutation in place (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private (uint A, uint B, uint C, uint D) Block(ulong counter)
    {
        uint c0 = (uint)counter, c1 = (uint)(counter >> 32), c2 = _stream0, c3 = _stream1;
        uint k0 = _key0, k1 = _key1;
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0;
            ulong p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        return (c0, c1, c2, c3);
    }

    /// <summary>The raw Philox4x32-10 block function, for the published known-answer tests.</summary>
    internal static (uint A, uint B, uint C, uint D) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        var stream = new RandomStream(((ulong)k1 << 32) | k0, c2, c3);
        return stream.Block(((ulong)c1 << 32) | c0);
    }

    private RandomStream(ulong seed, uint stream0, uint stream1)
    {
        _key0 = (uint)seed;
        _key1 = (uint)(seed >> 32);
        _stream0 = stream0;
        _stream1 = stream1;
    }
}

using System.Numerics.Tensors;
using SparseCoding.Kernels;
using SparseCoding.Numerics;

namespace SparseCoding.Benchmarks;

/// <summary>What a TopK step cannot do without, measured: the dense product and one pass over weights and moments.</summary>
internal sealed class SaeFloor
{
    private readonly SaeSpeedCase _sizes;
    private readonly int _threads;
    private readonly float[] _left;
    private readonly float[] _right;
    private readonly float[] _product;
    private readonly float[] _state;

    /// <summary>Allocates.</summary>
    public SaeFloor(SaeSpeedCase sizes, int threads)
    {
        (_sizes, _threads) = (sizes, threads);
        _left = new float[sizes.Batch * sizes.Dimension];
        _right = new float[sizes.Atoms * sizes.Dimension];
        _product = new float[sizes.Batch * 1024];
        _state = new float[sizes.StateBytes / 2 / sizeof(float)];
        new RandomStream(2, "benchmark.sae.floor").FillUniform(_left, -1, 1);
        new RandomStream(3, "benchmark.sae.floor").FillUniform(_right, -1, 1);
        Product();
        Pass();
    }

    /// <summary>Seconds of the product, in tiles that stay in cache.</summary>
    public (double Wall, double Processor) Product()
    {
        double wall = SaeClock.Time(
            () =>
            {
                int d = _sizes.Dimension;
                for (int first = 0; first < _sizes.Atoms; first += 1024)
                {
                    int width = Math.Min(1024, _sizes.Atoms - first);
                    Gemm.Multiply(false, true, _sizes.Batch, width, d, 1f, _left, d, _right.AsSpan(first * d, width * d), d, 0f, _product, 1024, default, _threads);
                }
            },
            out double processor);
        return (wall, processor);
    }

    /// <summary>Seconds of a pass that reads and writes as many bytes as weights and moments have.</summary>
    public (double Wall, double Processor) Pass()
    {
        const int Block = 1 << 18;
        double wall = SaeClock.Time(
            () => ParallelBlocks.Run(ParallelBlocks.Count(_state.Length, Block), _threads, new Increment(_state, Block)),
            out double processor);
        return (wall, processor);
    }

    private readonly struct Increment(float[] state, int size) : IBlockAction
    {
        public void Invoke(int block)
        {
            Span<float> part = state.AsSpan(block * size, Math.Min(size, state.Length - (block * size)));
            TensorPrimitives.Add(part, 1f, part);
        }
    }
}

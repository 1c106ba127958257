using TorchSharp;

namespace SparseCoding.Tests.Torch;

/// <summary>Matrices of normal numbers, the same for a seed.</summary>
internal static class TorchData
{
    /// <summary>Rows one after the other.</summary>
    public static float[] Normal(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        var values = new float[rows * columns];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
        }

        return values;
    }

    /// <summary>A tensor of its own.</summary>
    public static torch.Tensor Tensor(int rows, int columns, int seed) => torch.tensor(Normal(rows, columns, seed), [rows, columns]);

    /// <summary>Values in the order of indices.</summary>
    public static float[] Values(torch.Tensor tensor)
    {
        using torch.Tensor host = tensor.detach().to(torch.ScalarType.Float32).cpu().contiguous();
        return host.data<float>().ToArray();
    }
}

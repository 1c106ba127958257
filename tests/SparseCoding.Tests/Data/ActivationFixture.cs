using System.Text;
using SparseCoding.Formats;
using SparseCoding.Kernels;
using SparseCoding.Tests.Formats;

namespace SparseCoding.Tests.Data;

/// <summary>Files of activations for the tests.</summary>
public abstract class ActivationFixture : FormatFixture
{
    /// <summary>Values that float16 and bfloat16 both hold exactly, different in every place: row · 8 + column as k/8.</summary>
    internal static float[] Ramp(int firstRow, int rows, int dimension)
    {
        var values = new float[rows * dimension];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (((firstRow * dimension) + i) % 255 / 8f) - 16;
        }

        return values;
    }

    /// <summary>Bytes of values in a type, little endian.</summary>
    internal static byte[] Bytes(float[] values, ElementType type)
    {
        var bytes = new byte[values.Length * type.ByteSize()];
        switch (type)
        {
            case ElementType.F16:
                FloatConvert.ToHalf(values, bytes);
                break;
            case ElementType.BF16:
                FloatConvert.ToBFloat16(values, bytes);
                break;
            case ElementType.F32:
                FloatConvert.ToSingle(values, bytes);
                break;
            default:
                for (int i = 0; i < values.Length; i++)
                {
                    BitConverter.TryWriteBytes(bytes.AsSpan(8 * i), (double)values[i]);
                }

                break;
        }

        return bytes;
    }

    /// <summary>A safetensors file of tensors in one type.</summary>
    internal string PutSafetensors(string name, ElementType type, params (string Name, float[] Values, long[] Shape)[] tensors)
    {
        var header = new StringBuilder("{");
        var data = new List<byte>();
        foreach ((string tensor, float[] values, long[] shape) in tensors)
        {
            byte[] bytes = Bytes(values, type);
            header.Append($"{(header.Length > 1 ? "," : "")}\"{tensor}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(',', shape)}],\"data_offsets\":[{data.Count},{data.Count + bytes.Length}]}}");
            data.AddRange(bytes);
        }

        return Put(name, Safetensors(header.Append('}').ToString(), [.. data]));
    }

    /// <summary>An npy file of float32 rows that continue the ramp.</summary>
    internal string PutRamp(string name, int firstRow, int rows, int dimension)
    {
        NpyFile.Write<float>(At(name), Ramp(firstRow, rows, dimension), rows, dimension);
        return At(name);
    }

    /// <summary>Gathers rows in the given order.</summary>
    internal static float[] Gathered(ActivationSource source, params long[] rows)
    {
        var batch = new SignalBatch(Math.Max(1, rows.Length), source.Dimension);
        source.Gather(rows, batch);
        Assert.That(batch.RowIds.AsSpan(0, batch.Count).ToArray(), Is.EqualTo(rows));
        return batch.Signals.ToArray();
    }

    /// <summary>Reads everything from the source's position on, in batches of the given size.</summary>
    internal static float[] ReadOn(ActivationSource source, int batchSize)
    {
        var batch = new SignalBatch(batchSize, source.Dimension);
        var all = new List<float>();
        while (true)
        {
            long before = source.Position;
            source.Read(batch);
            if (batch.Count == 0)
            {
                return [.. all];
            }

            Assert.That(batch.RowIds[0], Is.EqualTo(before));
            Assert.That(source.Position, Is.EqualTo(before + batch.Count));
            all.AddRange(batch.Signals.ToArray());
        }
    }
}

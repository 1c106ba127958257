using BenchmarkDotNet.Attributes;
using SparseCoding.Benchmarks.Encoders;
using SparseCoding.Formats;

namespace SparseCoding.Benchmarks.Formats;

/// <summary>
/// Reading 4096 activations of dimension 768 (12 MiB as float32) and codes of them; the files lie in the system's cache. Baseline: the bytes
/// of the float32 file into an array, which no reader can beat by much. All reads give float32.
/// </summary>
[MemoryDiagnoser]
[Quick]
public class FileBenchmarks
{
    private const int Rows = 4096;
    private const int Columns = 768;
    private readonly float[] _target = new float[Rows * Columns];
    private readonly byte[] _bytes = new byte[4 * Rows * Columns];
    private string _folder = string.Empty;
    private SparseCodes? _codes;
    private float[] _values = [];

    [GlobalSetup]
    public void Setup()
    {
        _folder = Directory.CreateTempSubdirectory("sparsecoding-files-").FullName;
        _values = Kernels.KernelData.Normal(Rows * Columns, 1);
        NpyFile.Write<float>(File("single.npy"), _values, Rows, Columns);
        WriteHalf(File("half.npy"), _values);
        NpyFile.Write<double>(File("double.npy"), Array.ConvertAll(_values, value => (double)value), Rows, Columns);
        SafetensorsFile.Write(File("single.safetensors"), null, TensorToWrite.Create("acts", _values, Rows, Columns));
        _codes = EncoderWorld.Create("8x16384, 32 active", 1024).Data.Codes;
        _codes.SaveNpz(File("codes.npz"));
    }

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_folder, recursive: true);

    [Benchmark(Baseline = true)]
    public int RawBytes()
    {
        using FileStream stream = System.IO.File.OpenRead(File("single.npy"));
        return stream.ReadAtLeast(_bytes, _bytes.Length, throwOnEndOfStream: false);
    }

    [Benchmark]
    public void NpySingle() => ReadNpy("single.npy");

    [Benchmark]
    public void NpyHalf() => ReadNpy("half.npy");

    [Benchmark]
    public void NpyDouble() => ReadNpy("double.npy");

    [Benchmark]
    public void Safetensors()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File("single.safetensors"));
        file.Get("acts").ReadRows(0, Rows, _target);
    }

    /// <summary>By the public way: batches of 1024 in order.</summary>
    [Benchmark]
    public long ActivationBatches()
    {
        ActivationSource source = ActivationFiles.Open(File("single.npy"));
        var batch = new SignalBatch(1024, Columns);
        long rows = 0;
        do
        {
            source.Read(batch);
            rows += batch.Count;
        }
        while (rows < Rows);
        (source as IDisposable)?.Dispose();
        return rows;
    }

    /// <summary>1024 rows in random order.</summary>
    [Benchmark]
    public int ActivationGather()
    {
        ActivationSource source = ActivationFiles.Open(File("single.npy"));
        var batch = new SignalBatch(1024, Columns);
        var random = new Random(1);
        long[] rows = [.. Enumerable.Range(0, 1024).Select(_ => (long)random.Next(Rows))];
        source.Gather(rows, batch);
        (source as IDisposable)?.Dispose();
        return batch.Count;
    }

    [Benchmark]
    public void NpyWriteSingle() => NpyFile.Write<float>(File("written.npy"), _values, Rows, Columns);

    [Benchmark]
    public SparseCodes LoadNpz() => SparseCodes.LoadNpz(File("codes.npz"));

    [Benchmark]
    public void SaveNpz() => _codes!.SaveNpz(File("written.npz"));

    /// <summary>A float16 file as numpy writes it; the library writes none.</summary>
    private static void WriteHalf(string path, float[] values)
    {
        string header = $"{{'descr': '<f2', 'fortran_order': False, 'shape': ({Rows}, {Columns}), }}".PadRight(128 - 10 - 1) + '\n';
        var bytes = new byte[2 * values.Length];
        SparseCoding.Kernels.FloatConvert.ToHalf(values, bytes);
        using FileStream stream = System.IO.File.Create(path);
        stream.Write([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0, (byte)header.Length, 0]);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(header));
        stream.Write(bytes);
    }

    private void ReadNpy(string name)
    {
        using NpyFile file = NpyFile.Open(File(name));
        file.Tensor.ReadRows(0, Rows, _target);
    }

    private string File(string name) => Path.Combine(_folder, name);
}

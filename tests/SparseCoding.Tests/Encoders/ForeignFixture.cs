using System.Numerics.Tensors;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Encoders;

/// <summary>Fixtures that other projects' own code wrote (tests/SparseCoding.Tests/Fixtures/Sae), with the codes and outputs it computed.</summary>
internal static class ForeignFixture
{
    /// <summary>A folder of the fixtures.</summary>
    public static string Folder(params string[] parts) => RepositoryRoot.Combine(["tests", "SparseCoding.Tests", "Fixtures", "Sae", .. parts]);

    /// <summary>The signals of a fixture and what its own library makes of them.</summary>
    public static (float[] X, double[] Codes, double[] Output) Expected(string folder)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder, "expected.safetensors"));
        return (file.Get("x").ReadAllSingle(), file.Get("codes").ReadAllDouble(), file.Get("out").ReadAllDouble());
    }

    /// <summary>Same support, codes and outputs within 1e-5 of the largest.</summary>
    public static void AssertAlike(SaeEncoder sae, string folder)
    {
        (float[] x, double[] codes, double[] output) = Expected(folder);
        SparseCodes found = sae.Encode(SignalView.FromRows(x, sae.Dimension));
        float[] dense = found.ToDense().ToArray(), decoded = sae.Decoder.Decode(found, SignalView.FromRows(x, sae.Dimension)).ToArray();
        Assert.That((dense.Length, decoded.Length), Is.EqualTo((codes.Length, output.Length)));
        double codeScale = codes.Max(Math.Abs), outputScale = output.Max(Math.Abs);
        int active = codes.Count(code => code != 0);
        Assert.That(active, Is.InRange(codes.Length / 20, codes.Length * 3 / 4), "a fixture where nothing or everything is active proves little");
        for (int i = 0; i < codes.Length; i++)
        {
            Assert.That(dense[i] != 0, Is.EqualTo(codes[i] != 0), $"support at {i}: {dense[i]} against {codes[i]}");
            Assert.That(dense[i], Is.EqualTo(codes[i]).Within(1e-5 * codeScale), $"code {i}");
        }

        for (int i = 0; i < output.Length; i++)
        {
            Assert.That(decoded[i], Is.EqualTo(output[i]).Within(1e-5 * outputScale), $"output {i}");
        }
    }

    /// <summary>Copies a fixture into a folder, so that a test can damage it.</summary>
    public static string Copy(string from, string to)
    {
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }

        return to;
    }

    /// <summary>Replaces a text in a file; it must be there.</summary>
    public static void Replace(string file, string old, string replacement)
    {
        string text = File.ReadAllText(file);
        Assert.That(text, Does.Contain(old));
        File.WriteAllText(file, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    /// <summary>Rewrites a safetensors file with tensors left out, replaced or added, as float32.</summary>
    public static void EditSafetensors(string path, string? remove = null, params TensorToWrite[] set)
    {
        List<TensorToWrite> tensors;
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            tensors = [.. file.Tensors.Where(t => t.Name != remove && !set.Any(s => s.Spec.Name == t.Name)).Select(t => TensorToWrite.Create(t.Name, t.ReadAllSingle(), t.Shape)), .. set];
        }

        SafetensorsFile.Write(path, null, tensors);
    }

    /// <summary>The same for a state dict of torch.save; what is no tensor is left out.</summary>
    public static void EditPyTorch(string path, string? remove = null, params TensorToWrite[] set)
    {
        var tensors = new List<TensorToWrite>();
        using (PyTorchFile file = PyTorchFile.Open(path))
        {
            foreach ((object key, object? value) in ((PickleDictionary)file.Root!).Items)
            {
                if (value is PickleTensor tensor && (string)key != remove && !set.Any(s => s.Spec.Name == (string)key))
                {
                    StoredTensor stored = file.Tensor((string)key, tensor);
                    tensors.Add(stored.ElementType.IsInteger()
                        ? TensorToWrite.Create(stored.Name, stored.ReadAllInt64(), stored.Shape)
                        : TensorToWrite.Create(stored.Name, stored.ReadAllSingle(), stored.Shape));
                }
            }
        }

        PyTorchWriter.Write(path, [.. tensors, .. set]);
    }
}

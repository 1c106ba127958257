using System.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

/// <summary>Files of the writers as numpy and scipy see them. Needs python3 with numpy and scipy; says so where there is none.</summary>
public sealed class PythonCrossCheckTests : FormatFixture
{
    // Reads safetensors by the format's text alone: 8 bytes of length, JSON, ranges that tile the rest. Uses the safetensors package where installed.
    private const string Script = """
        import json, struct, sys
        import numpy as np, scipy.sparse
        folder = sys.argv[1]
        a = np.load(folder + "/a.npy", allow_pickle=False)
        assert a.dtype == np.float32 and a.shape == (2, 3) and (a == np.arange(6).reshape(2, 3) - 2.5).all(), a
        for name in ("stored", "deflated"):
            z = np.load(folder + "/" + name + ".npz", allow_pickle=False)
            assert sorted(z.files) == ["bytes", "doubles", "longs", "word"], z.files
            assert z["bytes"].tolist() == [1, 2, 255] and z["bytes"].dtype == np.uint8
            assert z["doubles"].shape == (2, 1) and z["doubles"][0, 0] == 0.1 and np.isnan(z["doubles"][1, 0])
            assert z["longs"].shape == () and int(z["longs"]) == -2**63
            assert z["word"].item() == b"csr" and z["word"].dtype == np.dtype("S3")
        m = scipy.sparse.load_npz(folder + "/m.npz")
        assert m.format == "csr" and m.shape == (3, 5) and m.dtype == np.float32
        assert m.toarray().tolist() == [[1, 0, 0, 0, -2], [0, 0, 0, 0, 0], [0, 3, 0, 0, 0]], m.toarray()
        raw = open(folder + "/s.safetensors", "rb").read()
        (n,) = struct.unpack("<Q", raw[:8])
        assert n % 8 == 0 and raw[8:9] == b"{"
        head = json.loads(raw[8:8 + n].decode("utf-8"))
        assert head.pop("__metadata__") == {"format": "pt", "é": "\n🙂"}
        types = {"F32": "<f4", "F64": "<f8", "I64": "<i8", "I32": "<i4", "U8": "|u1"}
        tensors, end = {}, 0
        for key, info in sorted(head.items(), key=lambda item: item[1]["data_offsets"]):
            begin, stop = info["data_offsets"]
            dtype = np.dtype(types[info["dtype"]])
            assert begin == end and begin % dtype.itemsize == 0 and stop - begin == dtype.itemsize * int(np.prod(info["shape"]))
            tensors[key] = np.frombuffer(raw[8 + n + begin:8 + n + stop], dtype).reshape(info["shape"])
            end = stop
        assert end == len(raw) - 8 - n
        try:
            from safetensors.numpy import load_file
            tensors = load_file(folder + "/s.safetensors")
        except ImportError:
            pass
        assert sorted(tensors) == ["b", "d", "i", "l", "wé"]
        assert (tensors["wé"] == np.arange(6, dtype="f4").reshape(2, 3)).all() and tensors["l"].shape == ()
        assert tensors["b"].tolist() == [7] and tensors["d"].tolist() == [0.1] and tensors["i"].tolist() == [[-1], [2]] and int(tensors["l"]) == 2**62
        print("all equal")
        """;

    [Test]
    public void Writers_FilesForPython_AreReadAlike()
    {
        NpyFile.Write<float>(At("a.npy"), [-2.5f, -1.5f, -0.5f, 0.5f, 1.5f, 2.5f], 2, 3);
        foreach (bool compressed in new[] { false, true })
        {
            using var writer = new NpzWriter(At(compressed ? "deflated.npz" : "stored.npz"), compressed);
            writer.Add<byte>("bytes", [1, 2, 255], 3);
            writer.Add<double>("doubles", [0.1, double.NaN], 2, 1);
            writer.Add<long>("longs", [long.MinValue]);
            writer.AddText("word", "csr");
            writer.Commit();
        }

        SparseNpz.Write<float>(At("m.npz"), 3, 5, [0, 2, 2, 3], [0, 4, 1], [1, -2, 3]);
        SafetensorsFile.Write(
            At("s.safetensors"),
            new Dictionary<string, string> { ["format"] = "pt", ["é"] = "\n🙂" },
            TensorToWrite.Create("b", new byte[] { 7 }, 1),
            TensorToWrite.Create("wé", new float[] { 0, 1, 2, 3, 4, 5 }, 2, 3),
            TensorToWrite.Create("i", new[] { -1, 2 }, 2, 1),
            TensorToWrite.Create("d", new[] { 0.1 }, 1),
            TensorToWrite.Create("l", new[] { 1L << 62 }));
        File.WriteAllText(At("check.py"), Script);

        (int code, string output) = Python("-c", "import numpy, scipy.sparse");
        if (code != 0)
        {
            Assert.Ignore($"No python3 with numpy and scipy here, so the files were not cross-checked: {output}");
        }

        (code, output) = Python(At("check.py"), Path.GetDirectoryName(At("x"))!);
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Contain("all equal"));
    }

    private static (int Code, string Output) Python(params string[] arguments)
    {
        string name = File.Exists("/usr/bin/python3") ? "/usr/bin/python3" : "python3";
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(name, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return (-1, e.Message);
        }
    }
}

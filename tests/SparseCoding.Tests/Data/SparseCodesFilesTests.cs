using System.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Data;

/// <summary>Codes in SciPy's layout.</summary>
[TestFixture]
internal sealed class SparseCodesFilesTests : ActivationFixture
{
    private const string Script = """
        import sys
        import numpy as np, scipy.sparse
        folder = sys.argv[1]
        for name in ("a.npz", "b.npz"):
            m = scipy.sparse.load_npz(folder + "/" + name)
            assert m.format == "csr" and m.dtype == np.float32 and m.shape == (3, 6), (m.format, m.dtype, m.shape)
            assert m.has_canonical_format
            assert m.toarray().tolist() == [[0, 1.5, 0, 0, 0, -2], [0] * 6, [3, 0, 0, 0, 0.25, 0]], m.toarray()
        wide = scipy.sparse.csr_matrix(np.array([[0, -1.25, 0, 4], [0, 0, 0, 0]], dtype="f8"))
        wide.data = wide.data.astype("f8")
        scipy.sparse.save_npz(folder + "/scipy.npz", wide)
        zeros = scipy.sparse.csr_matrix((np.array([0.0, 2.0], "f4"), np.array([0, 3]), np.array([0, 1, 2])), shape=(2, 4))
        scipy.sparse.save_npz(folder + "/zeros.npz", zeros, compressed=False)
        scipy.sparse.save_npz(folder + "/csc.npz", wide.tocsc())
        print("all equal")
        """;

    [TestCase(true)]
    [TestCase(false)]
    public void SaveNpz_AnyCodes_LoadAlike(bool compressed)
    {
        var random = new Random(11);
        for (int trial = 0; trial < 20; trial++)
        {
            int rows = random.Next(40), atoms = 1 + random.Next(30);
            var offsets = new List<int> { 0 };
            var indices = new List<int>();
            var values = new List<float>();
            for (int row = 0; row < rows; row++)
            {
                for (int atom = 0; atom < atoms; atom++)
                {
                    if (random.Next(4) == 0)
                    {
                        indices.Add(atom);
                        values.Add((float)(random.NextDouble() - 0.5));
                    }
                }

                offsets.Add(indices.Count);
            }

            SparseCodes codes = SparseCodes.FromRows(atoms, offsets.ToArray(), indices.ToArray(), values.ToArray());
            codes.SaveNpz(At("codes.npz"), compressed);
            SparseCodes again = SparseCodes.LoadNpz(At("codes.npz"));
            Assert.That(again.AtomCount, Is.EqualTo(atoms));
            Assert.That(again.RowOffsets.ToArray(), Is.EqualTo(codes.RowOffsets.ToArray()));
            Assert.That(again.Atoms.ToArray(), Is.EqualTo(codes.Atoms.ToArray()));
            Assert.That(again.Values.ToArray(), Is.EqualTo(codes.Values.ToArray()));
        }
    }

    [Test]
    public void Npz_BothWays_AgreesWithSciPy()
    {
        SparseCodes codes = SparseCodes.FromRows(6, [0, 2, 2, 4], [1, 5, 0, 4], [1.5f, -2, 3, 0.25f]);
        codes.SaveNpz(At("a.npz"));
        codes.SaveNpz(At("b.npz"), compressed: false);
        File.WriteAllText(At("check.py"), Script);
        (int code, string output) = Python("-c", "import numpy, scipy.sparse");
        if (code != 0)
        {
            Assert.Ignore($"No python3 with numpy and scipy here, so the files were not cross-checked: {output}");
        }

        (code, output) = Python(At("check.py"), At("").TrimEnd('/'));
        Assert.That(code, Is.Zero, output);
        SparseCodes wide = SparseCodes.LoadNpz(At("scipy.npz"));
        Assert.That(wide.ToDense().ToArray(), Is.EqualTo(new float[] { 0, -1.25f, 0, 4, 0, 0, 0, 0 }));
        SparseCodes zeros = SparseCodes.LoadNpz(At("zeros.npz"));
        Assert.That(zeros.NonZeroCount, Is.EqualTo(1), "a stored zero is no active atom");
        Assert.That(zeros.ToDense().ToArray(), Is.EqualTo(new float[] { 0, 0, 0, 0, 0, 0, 0, 2 }));
        Assert.That(() => SparseCodes.LoadNpz(At("csc.npz")), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("tocsr"));
    }

    [Test]
    public void LoadNpz_BadFile_IsNamed()
    {
        Assert.That(() => SparseCodes.LoadNpz(At("none.npz")), Throws.InstanceOf<FileNotFoundException>());
        Assert.That(() => SparseCodes.LoadNpz(Put("bad.npz", [1, 2, 3])), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("bad.npz"));
        SparseNpz.Write<float>(At("nan.npz"), 3, 4, [0, 1, 1, 3], [0, 1, 2], [1, 2, float.NaN]);
        Assert.That(() => SparseCodes.LoadNpz(At("nan.npz")), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("row 2, atom 2"));
        SparseNpz.Write<float>(At("empty.npz"), 1, 0, [0, 0], [], []);
        Assert.That(() => SparseCodes.LoadNpz(At("empty.npz")), Throws.InstanceOf<InvalidDataException>().With.Message.Contain("atoms"));
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

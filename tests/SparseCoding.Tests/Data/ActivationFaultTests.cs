using SparseCoding.Formats;

namespace SparseCoding.Tests.Data;

/// <summary>Bad files are named, with what is wrong and what to do.</summary>
[TestFixture]
internal sealed class ActivationFaultTests : ActivationFixture
{
    [Test]
    public void Open_NothingThere_IsFileNotFound()
    {
        Assert.That(() => ActivationFiles.Open(At("none.npy")), Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("none.npy"));
        Assert.That(() => ActivationFiles.Open(At("none-*.npy")), Throws.InstanceOf<FileNotFoundException>().With.Message.Contain("none-*"));
        Assert.That(() => ActivationFiles.Open(" "), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => ActivationFiles.Open(null!), Throws.InstanceOf<ArgumentNullException>());
    }

    [Test]
    public void Open_ShardsDisagree_NamesBothFilesAndShapes()
    {
        PutRamp("a-1.npy", 0, 4, 3);
        PutRamp("a-2.npy", 0, 4, 5);
        Assert.That(() => ActivationFiles.Open(At("a-*.npy")), Refused("a-1.npy", "a-2.npy", "[4, 3]", "[4, 5]"));
        NpyFile.Write<float>(At("a-2.npy"), Ramp(0, 4, 3), 2, 2, 3);
        Assert.That(() => ActivationFiles.Open(At("a-*.npy")), Refused("a-1.npy", "a-2.npy", "[4, 3]", "[2, 2, 3]"));
    }

    [Test]
    public void Open_WrongRank_IsNamed()
    {
        NpyFile.Write<float>(At("one.npy"), Ramp(0, 4, 3), 12);
        NpyFile.Write<float>(At("four.npy"), Ramp(0, 4, 3), 1, 2, 2, 3);
        NpyFile.Write<float>(At("zero.npy"), [1f]);
        Assert.That(() => ActivationFiles.Open(At("one.npy")), Refused("one.npy", "[12]", "rank 2"));
        Assert.That(() => ActivationFiles.Open(At("four.npy")), Refused("four.npy", "rank 2"));
        Assert.That(() => ActivationFiles.Open(At("zero.npy")), Refused("zero.npy", "rank 2"));
    }

    [Test]
    public void Open_NoRows_IsNamed()
    {
        PutRamp("a.npy", 0, 0, 3);
        NpyFile.Write<float>(At("b.npy"), [], 3, 0);
        Assert.That(() => ActivationFiles.Open(At("a.npy")), Refused("a.npy", "no row"));
        Assert.That(() => ActivationFiles.Open(At("b.npy")), Refused("b.npy", "dimension"));
    }

    [Test]
    public void Open_Integers_AreRefusedAsTokensOrLabels()
    {
        NpyFile.Write<int>(At("tokens.npy"), [1, 2, 3, 4], 2, 2);
        Assert.That(() => ActivationFiles.Open(At("tokens.npy")), Refused("tokens.npy", "I32", "astype"));
    }

    [Test]
    public void Open_FortranOfRankThree_SaysWhatToSave()
    {
        string path = Put("f.npy", Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 2), }", new byte[32]));
        Assert.That(() => ActivationFiles.Open(path), Refused("f.npy", "ascontiguousarray"));
    }

    [Test]
    public void Open_AmbiguousOrMissingTensor_ListsTheNames()
    {
        string two = PutSafetensors("two.safetensors", ElementType.F32, ("left", Ramp(0, 3, 2), [3, 2]), ("right", Ramp(0, 3, 2), [3, 2]));
        string none = PutSafetensors("none.safetensors", ElementType.F32, ("bias", Ramp(0, 1, 2), [2]));
        Assert.That(() => ActivationFiles.Open(two), Refused("left", "right", "TensorName"));
        Assert.That(() => ActivationFiles.Open(two, new ActivationFileOptions { TensorName = "middle" }), Refused("middle", "left", "right"));
        Assert.That(() => ActivationFiles.Open(none), Refused("none.safetensors", "bias"));
        Assert.That(() => new ActivationFileOptions { TensorName = " " }, Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void Open_OtherKindOfFile_IsNamed()
    {
        string path = Put("acts.pt", [1, 2, 3]);
        Assert.That(() => ActivationFiles.Open(path), Refused("acts.pt", ".npy"));
        Assert.That(() => ActivationFiles.Open(Put("broken.npy", [1, 2, 3])), Refused("broken.npy"));
    }

    [Test]
    public void Read_NaN_NamesFileRowInItAndRowOfAll()
    {
        PutRamp("s-1.npy", 0, 10, 4);
        float[] values = Ramp(10, 10, 4);
        values[(6 * 4) + 2] = float.NaN;
        NpyFile.Write<float>(At("s-2.npy"), values, 10, 4);
        ActivationSource source = ActivationFiles.Open(At("s-*.npy"));
        var batch = new SignalBatch(64, 4);
        Assert.That(() => source.Read(batch), Refused("s-2.npy", "row 6, column 2", "NaN", "row 16 of all"));
        Assert.That(() => Gathered(source, 3, 16), Refused("s-2.npy", "row 6, column 2"));
        Assert.That(() => ActivationFiles.Load(At("s-*.npy")), Refused("s-2.npy", "row 6, column 2"));

        // Rows around it are read together with it, but it is not asked for.
        Assert.That(Gathered(source, 15, 17), Is.EqualTo((float[])[.. Ramp(15, 1, 4), .. Ramp(17, 1, 4)]));
    }

    [Test]
    public void Read_HalfInfinity_IsNamed()
    {
        PutSafetensors("a.safetensors", ElementType.F16, ("x", [1, 2, 1e9f, 4], [2, 2]));
        ActivationSource source = ActivationFiles.Open(At("a.safetensors"));
        Assert.That(() => ReadOn(source, 2), Refused("a.safetensors", "row 1, column 0", "65504"));
    }

    [Test]
    public void Read_FileCutOrReplacedMeanwhile_IsNamed()
    {
        PutRamp("s-1.npy", 0, 10, 4);
        ActivationSource cut = ActivationFiles.Open(At("s-1.npy"));
        using (FileStream file = File.OpenWrite(At("s-1.npy")))
        {
            file.SetLength(200);
        }

        Assert.That(() => ReadOn(cut, 4), Refused("s-1.npy"));
        PutRamp("s-2.npy", 0, 10, 4);
        ActivationSource replaced = ActivationFiles.Open(At("s-2.npy"));
        PutRamp("s-2.npy", 0, 12, 4);
        Assert.That(() => ReadOn(replaced, 4), Refused("s-2.npy", "[10, 4]", "[12, 4]"));
    }

    [Test]
    public void Gather_BadArguments_AreNamed()
    {
        ActivationSource source = ActivationFiles.Open(PutRamp("a.npy", 0, 10, 4));
        var batch = new SignalBatch(2, 4);
        Assert.That(() => source.Gather([10], batch), Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contain("10"));
        Assert.That(() => source.Gather([-1], batch), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => source.Gather([1, 2, 3], batch), Throws.ArgumentException.With.Message.Contain("3 rows"));
        Assert.That(() => source.Gather([1], new SignalBatch(2, 5)), Throws.ArgumentException.With.Message.Contain("5"));
        Assert.That(() => source.Read(null!), Throws.ArgumentNullException);
        Assert.That(() => ActivationFiles.Load(At("a.npy"), memoryBudget: -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static NUnit.Framework.Constraints.IResolveConstraint Refused(params string[] parts)
    {
        NUnit.Framework.Constraints.Constraint constraint = Throws.InstanceOf<InvalidDataException>();
        foreach (string part in parts)
        {
            constraint = constraint.And.Message.Contain(part);
        }

        return constraint;
    }
}

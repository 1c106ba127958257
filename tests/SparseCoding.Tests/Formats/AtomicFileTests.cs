using SparseCoding.Formats;

namespace SparseCoding.Tests.Formats;

public sealed class AtomicFileTests : FormatFixture
{
    [Test]
    public void Write_NewOrOldFile_HoldsTheNewBytes()
    {
        string path = At("a.bin");
        AtomicFile.Write(path, s => s.Write([1, 2, 3]));
        AtomicFile.Write(path, s => s.Write([4]));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 4 }));
        Assert.That(TemporaryFiles(path), Is.Empty);
    }

    [Test]
    public void Write_CallbackFails_OldFileStaysAndTemporaryGoes()
    {
        string path = Put("a.bin", [1, 2, 3]);
        Assert.That(
            () => AtomicFile.Write(path, s =>
            {
                s.Write(new byte[1 << 20]);
                throw new OperationCanceledException();
            }),
            Throws.TypeOf<OperationCanceledException>());
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(TemporaryFiles(path), Is.Empty);
    }

    [Test]
    public void Commit_BeforeIt_ReadersSeeTheOldFile()
    {
        string path = Put("a.bin", [1]);
        using var file = new AtomicFile(path);
        file.Stream.Write([2, 2]);
        file.Stream.Flush();
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1 }));
        file.Commit();
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 2, 2 }));
        Assert.That(file.Commit, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Write_NoFolderOrAFolder_SaysSo()
    {
        Assert.That(() => new AtomicFile(Path.Combine(At("no"), "a.bin")), Throws.TypeOf<DirectoryNotFoundException>().With.Message.Contains("create the folder"));
        Assert.That(() => new AtomicFile(Path.GetDirectoryName(At("a"))!), Throws.TypeOf<UnauthorizedAccessException>().With.Message.Contains("folder"));
        Assert.That(() => new AtomicFile(""), Throws.ArgumentException);
    }

    [Test]
    [Platform(Exclude = "Win")]
    public void Write_ThroughALink_KeepsTheLink()
    {
        string target = Put("target.bin", [1]);
        string link = At("link.bin");
        File.CreateSymbolicLink(link, target);
        AtomicFile.Write(link, s => s.Write([9]));
        Assert.That(File.ReadAllBytes(target), Is.EqualTo(new byte[] { 9 }));
        Assert.That(new FileInfo(link).LinkTarget, Is.EqualTo(target));
    }
}

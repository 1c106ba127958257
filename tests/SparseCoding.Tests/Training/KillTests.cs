using System.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Training;

/// <summary>
/// A process that trains is killed at random moments; the folder never holds a file under a checkpoint's name that cannot be read, and the run
/// that goes on ends with the bits of an undisturbed one: an MLP, and a TopK SAE with AuxK, each from files through a shuffle buffer that is smaller than they are.
/// SPARSECODING_KILLS sets how often (default 3).
/// </summary>
public sealed class KillTests
{
    /// <summary>First argument of the child process; see <see cref="TestProgram"/>.</summary>
    public const string Command = "train-until-killed";

    private const int Steps = 400;

    private static readonly TrainingOptions s_training = new() { Steps = Steps, BatchSize = 100, Seed = 4, LearningRate = 0.003f, AveragingDecay = 0.9f, ClipNorm = 1, ShuffleBufferBytes = 1 << 16 };

    /// <summary>The child: goes on with the run in the folder, saving after every second step.</summary>
    public static void Train(string folder) =>
        Fit(folder, new RunContext { Checkpoint = Path.Combine(folder, "run"), CheckpointInterval = 2, Threads = 2 }, Path.Combine(folder, "trained.safetensors"));

    /// <summary>Trains what the folder asks for, to the end.</summary>
    private static void Fit(string folder, RunContext context, string file)
    {
        ActivationSource data = ActivationFiles.Open(Path.Combine(folder, "data-*.npy"));
        if (IsSae(folder))
        {
            new SaeEncoder(new SaeOptions { AtomCount = 96, Selection = Selection.TopK(2), Remedies = [new AuxKRemedy { K = 4, DeadAfter = 5 }] }, s_training).Fit(data, context).Save(file);
        }
        else
        {
            new MlpEncoder(new MlpOptions { AtomCount = 64, Hidden = [48] }, s_training).Fit(data, context).Save(file);
        }
    }

    private static bool IsSae(string folder) => File.Exists(Path.Combine(folder, "sae"));

    [TestCase("mlp")]
    [TestCase("sae")]
    public void Fit_KilledAtRandomMoments_EndsWithTheSameBits(string kind)
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("SPARSECODING_KILLS"), out int wanted) ? wanted : 3;
        using var folder = new TemporaryFolder();
        var values = new float[3000 * 16];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Sin(i * 0.37f) * MathF.Cos(i * 0.011f);
        }

        folder.Write(kind, []);
        NpyFile.Write<float>(folder.File("data-0.npy"), values.AsSpan(0, 1100 * 16), 1100, 16);
        NpyFile.Write<float>(folder.File("data-1.npy"), values.AsSpan(1100 * 16), 1900, 16);
        Fit(folder.Path, RunContext.Default, folder.File("expected"));
        if (kind == "sae")
        {
            AssertSomethingIsDead(folder);
        }

        var random = new Random(kills);
        int done = 0, whole = 0;
        while (done < kills)
        {
            string run = folder.File("run");
            string before = Newest(run);
            using Process child = Start(folder.Path);

            // Not before it has saved something of its own, so that the run moves on; then at any moment.
            var clock = Stopwatch.StartNew();
            while (!child.HasExited && Newest(run) == before && clock.Elapsed < TimeSpan.FromSeconds(60))
            {
                Thread.Sleep(1);
            }

            Thread.Sleep(random.Next(15));
            child.Kill();
            child.WaitForExit();
            if (File.Exists(folder.File("trained.safetensors")))
            {
                // It was faster: begin again.
                File.Delete(folder.File("trained.safetensors"));
                Directory.Delete(run, recursive: true);
                Assert.That(++whole, Is.LessThan(kills + 20), "the child always finishes before it is killed");
                continue;
            }

            done++;
            string[] files = [.. Directory.GetFiles(run).Where(f => !Path.GetFileName(f).StartsWith('.'))];
            Assert.That(files, Is.Not.Empty);
            foreach (string file in files)
            {
                using Trainer trainer = kind == "sae" ? SaeTrainer.Resume(file) : MlpTrainer.Resume(file);
                Assert.That(trainer.StepCount, Is.InRange(1, Steps), file);
            }
        }

        Fit(folder.Path, new RunContext { Checkpoint = folder.File("run") }, folder.File("again"));
        using SafetensorsFile expected = SafetensorsFile.Open(folder.File("expected")), again = SafetensorsFile.Open(folder.File("again"));
        Assert.That(again.Tensors.Select(tensor => tensor.Name), Is.EquivalentTo(expected.Tensors.Select(tensor => tensor.Name)));
        foreach (StoredTensor tensor in expected.Tensors)
        {
            Assert.That(again.Get(tensor.Name).ReadAllSingle(), Is.EqualTo(tensor.ReadAllSingle()), tensor.Name);
        }

        TestContext.Out.WriteLine($"{kind}: {done} kills, {whole} children finished before theirs");
    }

    /// <summary>A remedy that has nothing to do would prove nothing.</summary>
    private static void AssertSomethingIsDead(TemporaryFolder folder)
    {
        Fit(folder.Path, new RunContext { Checkpoint = folder.File("look") }, folder.File("look.safetensors"));
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(folder.File("look"), "checkpoint.safetensors"));
        Assert.That(file.Get("auxk.dead").ReadAllSingle(), Has.Some.EqualTo(1));
    }

    private static string Newest(string run)
    {
        string path = Path.Combine(run, "checkpoint.safetensors");
        return File.Exists(path) ? File.GetLastWriteTimeUtc(path).Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture) : string.Empty;
    }

    private static Process Start(string folder)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet") { UseShellExecute = false };
        start.ArgumentList.Add(typeof(KillTests).Assembly.Location);
        start.ArgumentList.Add(Command);
        start.ArgumentList.Add(folder);
        return Process.Start(start)!;
    }
}

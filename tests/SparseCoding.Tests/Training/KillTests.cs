using System.Diagnostics;
using SparseCoding.Formats;

namespace SparseCoding.Tests.Training;

/// <summary>
/// A process that trains is killed at random moments; the folder never holds a file under a checkpoint's name that cannot be read, and the run
/// that goes on ends with the bits of an undisturbed one. SPARSECODING_KILLS sets how often (default 3).
/// </summary>
public sealed class KillTests
{
    /// <summary>First argument of the child process; see <see cref="TestProgram"/>.</summary>
    public const string Command = "train-until-killed";

    private const int Steps = 400;

    /// <summary>The child: goes on with the run in the folder, saving after every second step.</summary>
    public static void Train(string folder)
    {
        MlpEncoder trained = Recipe.Fit(Data(folder), new RunContext { Checkpoint = Path.Combine(folder, "run"), CheckpointInterval = 2, Threads = 2 });
        trained.Save(Path.Combine(folder, "trained.safetensors"));
    }

    private static MlpEncoder Recipe => new(
        new MlpOptions { AtomCount = 64, Hidden = [48] },
        new TrainingOptions { Steps = Steps, BatchSize = 100, Seed = 4, LearningRate = 0.003f, AveragingDecay = 0.9f, ClipNorm = 1, ShuffleBufferBytes = 1 << 16 });

    private static ActivationSource Data(string folder) => ActivationFiles.Open(Path.Combine(folder, "data.npy"));

    [Test]
    public void Fit_KilledAtRandomMoments_EndsWithTheSameBits()
    {
        int kills = int.TryParse(Environment.GetEnvironmentVariable("SPARSECODING_KILLS"), out int wanted) ? wanted : 3;
        using var folder = new TemporaryFolder();
        var values = new float[3000 * 16];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = MathF.Sin(i * 0.37f) * MathF.Cos(i * 0.011f);
        }

        NpyFile.Write<float>(folder.File("data.npy"), values, 3000, 16);
        MlpEncoder expected = Recipe.Fit(Data(folder.Path));
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
                using MlpTrainer trainer = MlpTrainer.Resume(file);
                Assert.That(trainer.StepCount, Is.InRange(1, Steps), file);
            }
        }

        MlpEncoder trained = Recipe.Fit(Data(folder.Path), new RunContext { Checkpoint = folder.File("run") });
        Assert.That(trained.Dictionary.AtomValues.SequenceEqual(expected.Dictionary.AtomValues), Is.True, "atoms");
        Assert.That(trained.State.Layers[0].Weights, Is.EqualTo(expected.State.Layers[0].Weights));
        TestContext.Out.WriteLine($"{done} kills, {whole} children finished before theirs");
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

using System.Diagnostics;
using System.Globalization;
using SparseCoding;
using SparseCoding.Numerics;
using SparseCoding.Torch;
using TorchSharp;

// TopK training steps on a torch device and on the processor in one process, alternating, so that what else the machine does falls on both.
// Usage: dotnet run -c Release -- [device] [rounds] [steps of a round] [threads]
string name = args.Length > 0 ? args[0] : "cpu";
int rounds = Number(1, 5), steps = Number(2, 3), threads = Number(3, Environment.ProcessorCount);
const int Dimension = 768, Atoms = 16384, Active = 32, Rows = 1024;
torch.set_num_threads(threads);
var values = new float[Rows * Dimension];
new RandomStream(1, "benchmark").FillNormal(values);
var signals = new float[Rows, Dimension];
Buffer.BlockCopy(values, 0, signals, 0, values.Length * sizeof(float));
var options = new SaeOptions { AtomCount = Atoms, Selection = Selection.TopK(Active) };
var training = new TrainingOptions { Steps = 1_000_000, BatchSize = Rows };
var device = new TorchDevice(name);
using SaeTrainer onTorch = Create(device), onCpu = Create(ComputeDevice.Cpu);
Console.WriteLine($"TopK step, d {Dimension}, {Atoms} atoms, k {Active}, batch {Rows}, {threads} threads, {device}, TorchSharp {typeof(torch).Assembly.GetName().Version}");
var times = new List<(double Torch, double Cpu)>();
Round(onTorch, 2);
Round(onCpu, 2);
for (int round = 0; round < rounds; round++)
{
    times.Add((Round(onTorch, steps), Round(onCpu, steps)));
    Console.WriteLine(FormattableString.Invariant($"round {round}: torch {times[^1].Torch:F1} ms, cpu {times[^1].Cpu:F1} ms a step, ratio {times[^1].Torch / times[^1].Cpu:F2}"));
}

Console.WriteLine(FormattableString.Invariant(
    $"medians: torch {Median(times.Select(t => t.Torch)):F1} ms, cpu {Median(times.Select(t => t.Cpu)):F1} ms, ratio torch/cpu {Median(times.Select(t => t.Torch / t.Cpu)):F2}"));
return;

int Number(int place, int fallback) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : fallback;

SaeTrainer Create(ComputeDevice where) =>
    new SaeEncoder(options, training).CreateTrainer(signals, new RunContext { Device = where, Threads = threads });

double Round(SaeTrainer trainer, int count)
{
    var clock = Stopwatch.StartNew();
    for (int step = 0; step < count; step++)
    {
        trainer.Step(signals);
    }

    Synchronize();
    return clock.Elapsed.TotalMilliseconds / count;
}

void Synchronize()
{
    if (name.StartsWith("cuda", StringComparison.Ordinal))
    {
        torch.cuda.synchronize();
    }
}

static double Median(IEnumerable<double> values)
{
    double[] sorted = [.. values.Order()];
    return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
}

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
var times = new List<((double Clock, double Processor) Torch, (double Clock, double Processor) Cpu)>();
Round(onTorch, 2);
Round(onCpu, 2);
for (int round = 0; round < rounds; round++)
{
    times.Add((Round(onTorch, steps), Round(onCpu, steps)));
    Print($"round {round}", [times[^1]]);
}

Print("medians", times);
return;

void Print(string what, List<((double Clock, double Processor) Torch, (double Clock, double Processor) Cpu)> all) => Console.WriteLine(FormattableString.Invariant(
    $"{what}: by the clock torch {Median(all.Select(t => t.Torch.Clock)):F0} ms, cpu {Median(all.Select(t => t.Cpu.Clock)):F0} ms, ratio {Median(all.Select(t => t.Torch.Clock / t.Cpu.Clock)):F2}; processor time torch {Median(all.Select(t => t.Torch.Processor)):F0} ms, cpu {Median(all.Select(t => t.Cpu.Processor)):F0} ms, ratio {Median(all.Select(t => t.Torch.Processor / t.Cpu.Processor)):F2}"));

int Number(int place, int fallback) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : fallback;

SaeTrainer Create(ComputeDevice where) =>
    new SaeEncoder(options, training).CreateTrainer(signals, new RunContext { Device = where, Threads = threads });

// Milliseconds of a step, by the clock and of the processor: on a busy machine the second says more, if waiting threads sleep (OMP_WAIT_POLICY=PASSIVE).
(double Clock, double Processor) Round(SaeTrainer trainer, int count)
{
    TimeSpan before = Environment.CpuUsage.TotalTime;
    var clock = Stopwatch.StartNew();
    for (int step = 0; step < count; step++)
    {
        trainer.Step(signals);
    }

    Synchronize();
    return (clock.Elapsed.TotalMilliseconds / count, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds / count);
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

using BenchmarkDotNet.Running;
using SparseCoding.Benchmarks;

string[] arguments = BenchmarkDevices.TakeOptions(args);
if (Commands.TryRun(arguments, out int exitCode))
{
    return exitCode;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(arguments, BenchmarkConfig.Full(arguments));
return 0;

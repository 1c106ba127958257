using BenchmarkDotNet.Running;
using SparseCoding.Benchmarks;

if (Commands.TryRun(args, out int exitCode))
{
    return exitCode;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;

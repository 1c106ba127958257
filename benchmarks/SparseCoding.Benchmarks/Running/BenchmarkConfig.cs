using System.Reflection;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace SparseCoding.Benchmarks;

/// <summary>How benchmarks run: the full mode out of process, the quick mode in process.</summary>
internal static class BenchmarkConfig
{
    /// <summary>
    /// BenchmarkDotNet's default job, each case in a process that it builds. Analysers have seen the code already and would make that build
    /// minutes long, so they are off in it; and a slow machine gets more than the default two minutes.
    /// </summary>
    /// <param name="arguments">Command line: a default job in a config overrides BenchmarkDotNet's <c>--job</c>, so that option is read here.</param>
    public static IConfig Full(params string[] arguments) => ManualConfig.Create(DefaultConfig.Instance)
        .AddJob(BaseJob(arguments).WithArguments([new MsBuildArgument("/p:RunAnalyzers=false"), new MsBuildArgument("/p:EnforceCodeStyleInBuild=false")]).AsDefault())
        .WithBuildTimeout(TimeSpan.FromMinutes(15));

    /// <summary>Three short iterations in this process; what BenchmarkDotNet says goes to the logger.</summary>
    public static IConfig Quick(ILogger logger) => ManualConfig.CreateEmpty()
        .AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(1)
            .WithIterationCount(3)
            .WithIterationTime(TimeInterval.FromMilliseconds(40)))
        .AddLogger(logger)
        .WithOptions(ConfigOptions.DisableLogFile | ConfigOptions.KeepBenchmarkFiles);

    /// <summary>All classes with benchmarks, by name.</summary>
    public static IReadOnlyList<Type> Classes { get; } =
    [
        .. typeof(BenchmarkConfig).Assembly.GetTypes()
            .Where(type => !type.IsAbstract && type.GetMethods().Any(method => method.GetCustomAttribute<BenchmarkDotNet.Attributes.BenchmarkAttribute>() is not null))
            .OrderBy(type => type.FullName, StringComparer.Ordinal),
    ];

    private static Job BaseJob(string[] arguments)
    {
        int at = Array.FindIndex(arguments, argument => argument is "--job" or "-j");
        return (at < 0 || at + 1 == arguments.Length ? "default" : arguments[at + 1].ToUpperInvariant()) switch
        {
            "DRY" => Job.Dry,
            "SHORT" => Job.ShortRun,
            "MEDIUM" => Job.MediumRun,
            "LONG" => Job.LongRun,
            "VERYLONG" => Job.VeryLongRun,
            _ => Job.Default,
        };
    }

    /// <summary>All cases of a class.</summary>
    public static BenchmarkRunInfo Cases(Type type, IConfig config) => BenchmarkConverter.TypeToBenchmarks(type, config);

    /// <summary>The case's parameters as "Name=value", the device first.</summary>
    public static string Parameters(BenchmarkCase one) => string.Join(
        ", ", one.Parameters.Items.OrderBy(item => item.Name == nameof(DeviceBenchmark.Device) ? 0 : 1).Select(item => $"{item.Name}={item.Value}"));
}

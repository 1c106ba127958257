using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SparseCoding.Diagnostics;

namespace SparseCoding;

/// <summary>How a long call runs, apart from what it computes: no member changes a result (a device or SIMD tier may, within rounding).</summary>
public sealed record RunContext
{
    /// <summary>CPU, all cores, no logging, no checkpoints.</summary>
    public static RunContext Default { get; } = new();

    /// <summary>Where heavy work runs.</summary>
    /// <value>Default: <see cref="ComputeDevice.Cpu"/>.</value>
    public ComputeDevice Device
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "Device must not be null.");
    } = ComputeDevice.Cpu;

    /// <summary>The most threads to use; 0 means all cores. Results do not depend on it.</summary>
    /// <value>Default: 0.</value>
    public int Threads
    {
        get;
        init => field = Throw.AtLeast(value, 0);
    }

    /// <summary>Memory, in bytes, that caches (Gram matrix, data held in memory) may use; what does not fit streams or is computed on demand.</summary>
    /// <value>Default: 4 GiB.</value>
    public long MemoryBudget
    {
        get;
        init => field = Throw.AtLeast(value, 1L << 20);
    } = 4L << 30;

    /// <summary>Where log messages go.</summary>
    /// <value>Default: nowhere.</value>
    public ILoggerFactory LoggerFactory
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "LoggerFactory must not be null.");
    } = NullLoggerFactory.Instance;

    /// <summary>
    /// Receives progress at most every <see cref="ProgressInterval"/>. In training a step is a step; in an iterative encoding it is a signal, and loss, L0, FVU and dead
    /// share, which are not known there, are NaN.
    /// </summary>
    /// <value>Default: null.</value>
    public IProgress<TrainingProgress>? Progress { get; init; }

    /// <summary>Time between two progress reports; the last one always comes.</summary>
    /// <value>Default: 0.2 s.</value>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Folder for checkpoints, written every <see cref="CheckpointInterval"/> steps, at the end, on cancellation and where the data end or fail; null writes none. Fit goes on with a run found there that has the same options and refuses one with others; a trainer refuses a folder with a run that it was not resumed from.</summary>
    /// <value>Default: null.</value>
    public string? Checkpoint { get; init; }

    /// <summary>Steps between two checkpoints.</summary>
    /// <value>Default: 1000.</value>
    public long CheckpointInterval
    {
        get;
        init => field = Throw.AtLeast(value, 1);
    } = 1000;

    /// <summary>Clock for progress and records.</summary>
    /// <value>Default: <see cref="TimeProvider.System"/>.</value>
    public TimeProvider TimeProvider
    {
        get;
        init => field = value ?? throw new ArgumentNullException(nameof(value), "TimeProvider must not be null.");
    } = TimeProvider.System;

    internal int EffectiveThreads => Threads == 0 ? Environment.ProcessorCount : Threads;
}

/// <summary>Where a training run stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps that the run will do.</param>
/// <param name="Loss">Training loss of the last step, in the objective that the options document.</param>
/// <param name="L0">Mean number of active atoms in the last batch.</param>
/// <param name="Fvu">Fraction of variance unexplained in the last batch; NaN while unknown.</param>
/// <param name="DeadShare">Share of atoms that were silent for the last window of steps; NaN while unknown.</param>
/// <param name="RowsPerSecond">Signals consumed per second since the start.</param>
/// <param name="Elapsed">Time since the start.</param>
/// <param name="Remaining">Estimated time left.</param>
public readonly record struct TrainingProgress(
    long Step,
    long TotalSteps,
    double Loss,
    double L0,
    double Fvu,
    double DeadShare,
    double RowsPerSecond,
    TimeSpan Elapsed,
    TimeSpan Remaining)
{
    /// <summary>Share of the run that is done, 0 to 1.</summary>
    public double Fraction => TotalSteps == 0 ? 1 : (double)Step / TotalSteps;
}

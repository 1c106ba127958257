using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SparseCoding;

/// <summary>Names under which the library publishes metrics and traces through the framework's own <see cref="Meter"/> and <see cref="ActivitySource"/>.</summary>
public static class SparseCodingDiagnostics
{
    /// <summary>Name of the meter: counters sparsecoding.training.steps ({step}), sparsecoding.training.rows ({row}), sparsecoding.encoding.rows ({row}).</summary>
    public const string MeterName = "SparseCoding";

    /// <summary>Name of the activity source: one activity for each fit and each encode, never for a step.</summary>
    public const string ActivitySourceName = "SparseCoding";

    internal static readonly ActivitySource Activities = new(ActivitySourceName);

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> TrainingSteps = Meter.CreateCounter<long>("sparsecoding.training.steps", "{step}", "Optimiser steps done");

    internal static readonly Counter<long> TrainingRows = Meter.CreateCounter<long>("sparsecoding.training.rows", "{row}", "Signals consumed by training");

    internal static readonly Counter<long> EncodedRows = Meter.CreateCounter<long>("sparsecoding.encoding.rows", "{row}", "Signals encoded");
}

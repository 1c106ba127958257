using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SparseCoding;

/// <summary>
/// Names under which the library publishes metrics and traces through the framework's own <see cref="Meter"/> and <see cref="ActivitySource"/>.
/// The names are stable. Everything of training carries the tag sparsecoding.encoder, the type of the encoder.
/// </summary>
public static class SparseCodingDiagnostics
{
    /// <summary>
    /// Name of the meter. Counters: sparsecoding.training.steps ({step}), sparsecoding.training.rows ({row}), sparsecoding.training.checkpoints
    /// ({checkpoint}), sparsecoding.encoding.rows ({row}). Gauges, set whenever the trainer measures (about a thousand times a run, and for every
    /// progress report): sparsecoding.training.loss, sparsecoding.training.l0 ({atom}), sparsecoding.training.fvu (1),
    /// sparsecoding.training.dead_share (1; where the trainer knows it), sparsecoding.training.rows_per_second ({row}/s).
    /// </summary>
    public const string MeterName = "SparseCoding";

    /// <summary>
    /// Name of the activity source: one activity for each fit and each encode, never for a step. "train SaeEncoder" has the tags
    /// sparsecoding.dimension, sparsecoding.batch_rows, sparsecoding.trainers and, at its end, sparsecoding.steps.
    /// </summary>
    public const string ActivitySourceName = "SparseCoding";

    internal const string EncoderTag = "sparsecoding.encoder";

    internal static readonly ActivitySource Activities = new(ActivitySourceName);

    private static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> TrainingSteps = Meter.CreateCounter<long>("sparsecoding.training.steps", "{step}", "Optimiser steps done");

    internal static readonly Counter<long> TrainingRows = Meter.CreateCounter<long>("sparsecoding.training.rows", "{row}", "Signals consumed by training");

    internal static readonly Counter<long> TrainingCheckpoints = Meter.CreateCounter<long>("sparsecoding.training.checkpoints", "{checkpoint}", "Checkpoints written");

    internal static readonly Gauge<double> TrainingLoss = Meter.CreateGauge<double>("sparsecoding.training.loss", null, "Loss of the last measured batch");

    internal static readonly Gauge<double> TrainingL0 = Meter.CreateGauge<double>("sparsecoding.training.l0", "{atom}", "Mean number of active atoms in the last measured batch");

    internal static readonly Gauge<double> TrainingFvu = Meter.CreateGauge<double>("sparsecoding.training.fvu", "1", "Fraction of variance unexplained in the last measured batch");

    internal static readonly Gauge<double> TrainingDeadShare = Meter.CreateGauge<double>("sparsecoding.training.dead_share", "1", "Share of atoms that were silent for the last window of steps");

    internal static readonly Gauge<double> TrainingRate = Meter.CreateGauge<double>("sparsecoding.training.rows_per_second", "{row}/s", "Signals consumed per second since the run began");

    internal static readonly Counter<long> EncodedRows = Meter.CreateCounter<long>("sparsecoding.encoding.rows", "{row}", "Signals encoded");
}

using SparseCoding.Diagnostics;
using SparseCoding.DictionaryLearning;

namespace SparseCoding.Encoders;

/// <summary>What the encoders that learn a dictionary by alternation share: trainers that begin, go on or are read from a file, and Fit by one of them.</summary>
internal static class DictionaryFit
{
    /// <summary>The number of atoms to learn and the options, or the error that says how to get an encoder that learns.</summary>
    public static (int Atoms, DictionaryLearningOptions Learning) Require(string encoder, int? atoms, DictionaryLearningOptions? learning)
    {
        if (learning is null)
        {
            Throw.InvalidOperation($"This {encoder} was given its dictionary. To learn one, write 'new {encoder}(options with AtomCount).Fit(data)'.");
        }

        return (atoms ?? throw new InvalidOperationException($"Learning a dictionary needs an AtomCount in the options of {encoder}."), learning);
    }

    /// <summary>A trainer that begins.</summary>
    public static DictionaryTrainer<TEncoder> Create<TEncoder>(LearningTask task, int dimension, IDictionary? start, RunContext? context, Func<AtomDictionary, TrainingRecord, TEncoder> finish)
        where TEncoder : class, IEncoder =>
        new(new DictionarySession(task, dimension, start is null ? null : Signals.InMemory(start, nameof(start)), context ?? RunContext.Default), finish);

    /// <summary>Runs a trainer over the data, or goes on with the one in the context's checkpoint folder.</summary>
    public static TEncoder Fit<TEncoder>(LearningTask task, ActivationSource? data, RunContext? context, Func<AtomDictionary, TrainingRecord, TEncoder> finish, CancellationToken cancellationToken)
        where TEncoder : class, IEncoder
    {
        ArgumentNullException.ThrowIfNull(data);
        context ??= RunContext.Default;
        using DictionaryTrainer<TEncoder> trainer = context.Checkpoint is { } folder && DictionarySession.CheckpointPath(folder) is { } path && File.Exists(path)
            ? Matching(Resume(path, task.Kind, _ => (task, finish), context), task, path)
            : Create(task, data.Dimension, null, context, finish);
        trainer.Run(data, cancellationToken);
        return trainer.Snapshot();
    }

    /// <summary>A trainer from a file.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="kind">Kind that it must be of.</param>
    /// <param name="create">Makes task and encoder from the file's options.</param>
    /// <param name="context">Device, threads and the rest.</param>
    public static DictionaryTrainer<TEncoder> Resume<TEncoder>(string path, string kind, Func<StateFile, (LearningTask Task, Func<AtomDictionary, TrainingRecord, TEncoder> Finish)> create, RunContext? context)
        where TEncoder : class, IEncoder
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StateFile file = StateFile.Open(path, kind);
        (LearningTask task, Func<AtomDictionary, TrainingRecord, TEncoder> finish) = InvalidOptions.AsData(path, () => create(file));
        int atoms = file.Count("atoms"), dimension = file.Count("dimension");

        // Before memory of that size is taken.
        file.Require("usage", 3, atoms);
        if (file.Has("atoms"))
        {
            file.Require("atoms", atoms, dimension);
        }

        if (atoms != task.AtomCount)
        {
            if (file.Text("options") != task.CoderOptions)
            {
                throw OtherOptions(path);
            }

            Throw.InvalidData($"{path}: the metadata says {atoms} atoms, but its options ask for {task.AtomCount}.");
        }

        // The text is that of the file: what differs is found by comparing it with the caller's.
        task = task with { CoderOptions = file.Text("options"), LearningOptions = file.Text("learning") };
        var session = InvalidOptions.AsData(path, () => new DictionarySession(task, dimension, null, context ?? RunContext.Default));
        try
        {
            session.Restore(file);
        }
        catch
        {
            session.Dispose();
            throw;
        }

        return new DictionaryTrainer<TEncoder>(session, finish);
    }

    private static DictionaryTrainer<TEncoder> Matching<TEncoder>(DictionaryTrainer<TEncoder> trainer, LearningTask task, string path)
        where TEncoder : class, IEncoder
    {
        if (trainer.Task.CoderOptions != task.CoderOptions || trainer.Task.LearningOptions != task.LearningOptions)
        {
            trainer.Dispose();
            throw OtherOptions(path);
        }

        return trainer;
    }

    private static InvalidOperationException OtherOptions(string path) =>
        new($"{path} belongs to a run with other options. Choose another checkpoint folder, or delete the file to start anew.");
}

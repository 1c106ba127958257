using SparseCoding.Diagnostics;
using SparseCoding.Training;

namespace SparseCoding;

/// <summary>
/// Several trainers in one pass over one stream: the data are read and mixed once, and every trainer takes each batch. A trainer ends with the same bits
/// as if it had run alone, because it sees the same batches; so all must agree in what decides those: dimension, batch size, the seed of the
/// data's order (<see cref="TrainingOptions.DataSeed"/>) and the shuffle buffer. Everything else may differ, the number of steps and the
/// kind of encoder too.
/// </summary>
/// <remarks>
/// A trainer that diverges drops out; the others go on, and its <see cref="TrainingDivergedException"/> is thrown at the end (an
/// <see cref="AggregateException"/> where there are several). Dispose it to dispose its trainers.
/// </remarks>
public sealed class MultiTrainer : IDisposable
{
    private readonly string? _folder;
    private readonly List<(string Name, Trainer Trainer)> _trainers = [];

    /// <summary>A pass without trainers.</summary>
    /// <param name="checkpointFolder">Folder in which each trainer has a folder of its name for its checkpoints; null leaves each to its own <see cref="RunContext.Checkpoint"/>.</param>
    public MultiTrainer(string? checkpointFolder = null) => _folder = checkpointFolder;

    /// <summary>The trainers with their names, in the order in which they were added.</summary>
    public IReadOnlyList<KeyValuePair<string, Trainer>> Trainers => [.. _trainers.Select(t => KeyValuePair.Create(t.Name, t.Trainer))];

    /// <summary>Adds a trainer, which this object owns from here on.</summary>
    /// <param name="name">Its name, usable as the name of a folder; each may be given once.</param>
    /// <param name="trainer">The trainer; its context says where it reports and how often it saves.</param>
    /// <returns>The trainer that was given.</returns>
    public TTrainer Add<TTrainer>(string name, TTrainer trainer)
        where TTrainer : Trainer
    {
        ArgumentNullException.ThrowIfNull(trainer);
        CheckName(name);
        if (_trainers.Exists(t => t.Trainer == trainer))
        {
            Throw.Argument($"The trainer '{name}' has been added already.", nameof(trainer));
        }

        Trainer? first = _trainers.Count == 0 ? null : _trainers[0].Trainer;
        if (first is not null)
        {
            Same("Dimension", first.Dimension, trainer.Dimension, name);
            Same("BatchSize", first.Options.BatchSize, trainer.Options.BatchSize, name);
            Same("DataSeed (or, without one, Seed)", first.Options.OrderSeed, trainer.Options.OrderSeed, name);
            Same("ShuffleBufferBytes", first.Options.ShuffleBufferBytes, trainer.Options.ShuffleBufferBytes, name);
        }

        string? folder = _folder is null ? trainer.CheckpointFolder : Path.Combine(_folder, name);
        if (folder is not null && _trainers.Find(t => t.Trainer.CheckpointFolder is { } taken && FullPath(taken) == FullPath(folder)) is { Trainer: not null } other)
        {
            Throw.Argument($"'{name}' and '{other.Name}' have the same checkpoint folder, {folder}, and would overwrite each other. Give each its own, or name one folder for all: new MultiTrainer(folder).", nameof(trainer));
        }

        trainer.CheckpointFolder = folder;
        trainer.Name = name;
        _trainers.Add((name, trainer));
        return trainer;
    }

    /// <summary>Adds a trainer that goes on from its checkpoint where its folder (this object's, or that of the trainer's own context) has one, and starts anew where it has none.</summary>
    /// <param name="name">Its name; see <see cref="Add{TTrainer}(string, TTrainer)"/>.</param>
    /// <param name="create">Makes the trainer anew, <c>() => recipe.CreateTrainer(data, context)</c>.</param>
    /// <param name="resume">Reads a checkpoint, <c>path => SaeTrainer.Resume(path, context)</c>.</param>
    /// <returns>The trainer, whichever it became.</returns>
    /// <exception cref="InvalidOperationException">The checkpoint belongs to a run with other options, another known dictionary or other codes.</exception>
    public TTrainer Add<TTrainer>(string name, Func<TTrainer> create, Func<string, TTrainer> resume)
        where TTrainer : Trainer
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(resume);
        CheckName(name);
        TTrainer fresh = create();
        string? folder = _folder is null ? fresh.CheckpointFolder : Path.Combine(_folder, name);
        if ((folder is null ? null : Trainer.FindCheckpoint(folder)) is not { } path)
        {
            return Add(name, fresh);
        }

        using (fresh)
        {
            TTrainer resumed = resume(path);
            if (!resumed.IsSameRun(fresh))
            {
                resumed.Dispose();
                Throw.InvalidOperation($"{path} belongs to a run with other options. Choose another checkpoint folder, or delete the file to start anew.");
            }

            return Add(name, resumed);
        }
    }

    /// <summary>Runs until every trainer has done its steps.</summary>
    /// <param name="source">Signals, [samples, dimension]; not empty.</param>
    /// <param name="cancellationToken">Stops all after the current step; each that has not diverged has its checkpoint, where there is a folder.</param>
    /// <exception cref="ArgumentException">Over this source the trainers take batches of different sizes.</exception>
    /// <exception cref="InvalidOperationException">A trainer's checkpoint folder holds a run that it was not resumed from.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled; the inner exception says which trainers had diverged or could not be saved, if any.</exception>
    /// <exception cref="TrainingDivergedException">One trainer diverged (see <see cref="TrainingDivergedException.TrainerName"/>); the others have done their steps.</exception>
    /// <exception cref="AggregateException">Several diverged, or the source failed after one had.</exception>
    public void Run(ActivationSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        TrainerLoop.Run(Started(), source, cancellationToken);
    }

    /// <summary>Disposes the trainers.</summary>
    public void Dispose()
    {
        foreach ((_, Trainer trainer) in _trainers)
        {
            trainer.Dispose();
        }
    }

    private static string FullPath(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    private static void Same<T>(string what, T first, T other, string name)
    {
        if (!EqualityComparer<T>.Default.Equals(first, other))
        {
            Throw.Argument($"'{name}' has {what} {other}, but the first trainer has {first}: in one pass all take the same batches. Give it a pass of its own, or make them equal.", "trainer");
        }
    }

    private Trainer[] Started()
    {
        if (_trainers.Count == 0)
        {
            Throw.InvalidOperation("There is no trainer; add one first.");
        }

        return [.. _trainers.Select(t => t.Trainer)];
    }

    private void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) >= 0 || name is "." or "..")
        {
            Throw.Argument($"'{name}' cannot be the name of a folder.", nameof(name));
        }

        if (_trainers.Exists(t => t.Name == name))
        {
            Throw.Argument($"There is a trainer '{name}' already.", nameof(name));
        }
    }
}

using SparseCoding.Diagnostics;

namespace SparseCoding.DictionaryLearning;

/// <summary>What is learned: how many atoms, with which coder, by which options. The same for every trainer of it.</summary>
internal sealed record LearningTask
{
    /// <summary>Name of the encoder, for messages and activities.</summary>
    public required string Encoder { get; init; }

    /// <summary>Number of atoms.</summary>
    public required int AtomCount { get; init; }

    /// <summary>λ of the coder's l1 penalty; 0 for a coder without one.</summary>
    public required float Penalty { get; init; }

    /// <summary>Whether the coder keeps codes non-negative.</summary>
    public required bool NonNegativeCodes { get; init; }

    /// <summary>Whether the coder solves the same problem from any start, so that the codes of the last alternation save work.</summary>
    public required bool WarmStarts { get; init; }

    /// <summary>The coder.</summary>
    public required DictionaryCoder Code { get; init; }

    /// <summary>Operations of coding that many signals of a dimension.</summary>
    public required Func<int, long, FlopCount> CodingFlops { get; init; }

    /// <summary>How it is learned.</summary>
    public required DictionaryLearningOptions Options { get; init; }

    /// <summary>Kind of the checkpoint: a run of one kind is not gone on with by another.</summary>
    public required string Kind { get; init; }

    /// <summary>The coder's options as text: part of the checkpoint, compared on resuming.</summary>
    public required string CoderOptions { get; init; }

    /// <summary>The learning options as text.</summary>
    public required string LearningOptions { get; init; }

    /// <summary>Refuses what does not go together, before any work.</summary>
    public void Validate()
    {
        Options.Update.Validate(Options, Penalty);
        Throw.AtLeast(AtomCount, 1, nameof(AtomCount));
    }
}

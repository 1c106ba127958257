namespace SparseCoding;

/// <summary>Where the atoms of a learned dictionary begin; all are scaled to norm 1. A given dictionary is a start too: pass it to <c>CreateTrainer</c>.</summary>
public enum DictionaryStart
{
    /// <summary>Signals of the first batch, drawn without replacement; more atoms than signals, and signals of norm 0, take random normal directions.</summary>
    Signals,

    /// <summary>Random normal directions.</summary>
    Random,

    /// <summary>Right singular vectors of the first batch, largest first, then signals as <see cref="Signals"/> draws them. The same in every restart but for those.</summary>
    Svd,
}

namespace SparseCoding;

/// <summary>The gradient of a model's tail: how the loss of each row changes with its signal.</summary>
/// <param name="signals">Signals, [samples, dimension].</param>
/// <param name="gradients">Receives the gradients, [samples · dimension].</param>
public delegate void ModelTailGradient(SignalView signals, Span<float> gradients);

namespace SparseCoding;

/// <summary>The rest of a model behind the place where signals were read: gives a loss for each row.</summary>
/// <param name="signals">Signals, [samples, dimension].</param>
/// <param name="losses">Receives the loss of each row, [samples].</param>
public delegate void ModelTail(SignalView signals, Span<double> losses);

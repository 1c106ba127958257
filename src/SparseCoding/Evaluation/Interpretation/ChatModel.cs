namespace SparseCoding;

/// <summary>Any chat model: a prompt in, its answer out. The caller owns connection, keys, retries and cost.</summary>
/// <param name="prompt">The whole prompt.</param>
/// <param name="cancellationToken">Stops the call.</param>
public delegate Task<string> ChatModel(string prompt, CancellationToken cancellationToken);

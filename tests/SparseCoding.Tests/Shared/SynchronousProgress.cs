namespace SparseCoding.Tests;

/// <summary>
/// Progress that is reported on the caller's thread, in order. <see cref="Progress{T}"/> posts to the thread pool, so a test that counts
/// its reports would race with them.
/// </summary>
internal sealed class SynchronousProgress<T>(Action<T>? action = null) : IProgress<T>
{
    private readonly List<T> _reports = [];

    /// <summary>Everything reported so far, in order.</summary>
    public IReadOnlyList<T> Reports
    {
        get
        {
            lock (_reports)
            {
                return [.. _reports];
            }
        }
    }

    /// <inheritdoc/>
    public void Report(T value)
    {
        lock (_reports)
        {
            _reports.Add(value);
        }

        action?.Invoke(value);
    }
}
